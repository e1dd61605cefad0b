"""Classifiers of pictures, sounds, texts and rows: scores, how they become probabilities, and embeddings."""

from __future__ import annotations

from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess

VECTORS = (
    r"\b(embed(ding)?s?|features?|descriptors?|pooler|pooled|sentence embedding|vector|global pooling)\b"
)
EMBEDDERS = (
    r"\b(face ?net|arc ?face|mobile ?face( ?net)?|insight ?face|embed(ding|der)s?|clip|dino\w*|speaker)\b"
)
SEVERAL_LABELS = "multi_label_classification"


def scores(facts: Facts) -> Tensor | None:
    """Return the one output with a score for each class, [N,C] or [N,1,1,C]; None where there is none, or several."""
    fitting = [
        one
        for one in facts.outputs
        if one.floats and one.rank is not None and len(one.tail()) <= 1 and one.rank > 1
    ]
    if len(fitting) > 1:
        fitting = [one for one in fitting if one.is_called(r"\b(logits?|scores?|prob\w*)\b")]
    return fitting[0] if len(fitting) == 1 else None


def width(tensor: Tensor) -> int | None:
    """Return how many classes a tensor of scores tells apart; None where its last axis is open."""
    tail = tensor.tail()
    if tail:
        return tail[-1]
    return 1 if tensor.shape and tensor.shape[-1] == 1 else None


def probabilities(facts: Facts, tensor: Tensor, *, pairs: bool) -> list[Guess]:
    """Return the steps that make probabilities of scores; with `pairs`, one score becomes those of no and yes."""
    steps: list[Guess] = []
    last, one = tensor.last(), width(tensor) == 1
    stated = tensor.is_called(r"\b(softmax|sigmoid|prob\w*)\b")
    several = facts.document.get("problem_type") == SEVERAL_LABELS
    if last in ("softmax", "sigmoid", "softmaxwithtemperature"):
        pass  # they are probabilities already
    elif several or one:
        why = f"problem_type is {SEVERAL_LABELS}" if several else "one score, and no sigmoid at the end"
        if last or several or tensor.is_called(r"\blogits?\b"):
            steps.append(Guess({"step": "sigmoid"}, why, "high" if several else "medium", tensor.name))
    elif tensor.is_called(r"\blogits?\b"):
        steps.append(Guess({"step": "softmax"}, "logits are no probabilities", "high", tensor.name))
    elif last in ("matmul", "add", "conv", "mean", "globalaveragepool"):
        steps.append(
            Guess(
                {"step": "softmax"}, f"{tensor.name} ends in {last}, not in a softmax", "medium", tensor.name
            )
        )
    elif not last and not stated and not facts.operators.keys() & {"softmax", "sigmoid"}:
        steps.append(
            Guess(
                {"step": "softmax"},
                "no operator of the model is a softmax or a sigmoid",
                "medium",
                facts.file,
            )
        )
    if one and pairs:
        steps.append(
            Guess(
                {"step": "two_classes"},
                "one probability stands for yes: no is what is left",
                "medium",
                tensor.name,
            )
        )
    return steps


def ends_in(facts: Facts, tensor: Tensor) -> str:
    """Return in words whether the scores are probabilities already."""
    if tensor.last() in ("softmax", "sigmoid"):
        return f", which ends in a {tensor.last()}"
    return ""


def picture_answer(facts: Facts, tensor: Tensor) -> Answer:
    """Return the answer of a classifier of pictures: the best five."""
    classes = width(tensor)
    steps = probabilities(facts, tensor, pairs=True)
    if classes is None or classes > 5:
        steps.append(
            Guess({"step": "top_k", "k": 5}, "MAX's classifiers answer with the best five", "low", "a habit")
        )
    return _answer(tensor, steps, 2 if classes == 1 else classes, ends_in(facts, tensor))


def sound_answer(facts: Facts, tensor: Tensor) -> Answer:
    """Return the answer of a classifier of sounds: the mean over its windows, the best five."""
    classes = width(tensor)
    steps = probabilities(facts, tensor, pairs=True)
    steps.append(
        Guess({"step": "average_windows"}, "a sound has several windows, and one answer", "low", "a habit")
    )
    if classes is None or classes > 5:
        steps.append(Guess({"step": "top_k", "k": 5}, "many classes: the best five", "low", "a habit"))
    return _answer(tensor, steps, 2 if classes == 1 else classes, ends_in(facts, tensor))


def text_answer(facts: Facts, tensor: Tensor) -> Answer:
    """Return the answer of a classifier of texts: the probability of every class."""
    classes = width(tensor)
    return _answer(
        tensor,
        probabilities(facts, tensor, pairs=True),
        2 if classes == 1 else classes,
        ends_in(facts, tensor),
    )


def _answer(tensor: Tensor, steps: list[Guess], classes: int | None, end: str) -> Answer:
    sure: Confidence = "high" if tensor.is_called(r"\b(logits?|prob\w*|scores?)\b") or end else "medium"
    return Answer(
        roles={"scores": Guess(tensor.name, f"one number for each class{end}", sure, tensor.name)},
        steps=tuple(steps),
        classes=classes,
    )


def vectors(facts: Facts) -> tuple[Tensor, str, Confidence] | None:
    """Return the output that is an embedding, why, and how sure that is."""
    for one in facts.outputs:
        if one.floats and one.is_called(VECTORS) and one.rank in (None, 2, 4):
            return one, f"an output called {one.name}", "medium"
    single = [one for one in facts.outputs if one.floats and one.rank in (2, 4) and len(one.tail()) == 1]
    if len(facts.outputs) == 1 and single:
        if single[0].last() == "lpnormalization":
            return single[0], "it ends in vectors of length 1", "medium"
        place = facts.speaks_of(EMBEDDERS)
        if place and single[0].last() not in ("softmax", "sigmoid"):
            return single[0], f"{place} speaks of an embedding, and no softmax ends the model", "medium"
    return None


def embedding_answer(facts: Facts, tensor: Tensor) -> Answer:
    """Return the answer of an embedder: one vector, of length 1 where the model does not see to it."""
    steps: list[Guess] = []
    listed = facts.evidence.documents.get("modules.json", {}).get("modules")
    modules = listed if isinstance(listed, list) else []
    pooling = facts.evidence.documents.get("1_Pooling/config.json", {})
    if len(tensor.tail()) == 2:
        if pooling.get("pooling_mode_cls_token"):
            steps.append(
                Guess({"step": "first_token"}, "pooling_mode_cls_token", "high", "1_Pooling/config.json")
            )
        else:
            stated = bool(pooling.get("pooling_mode_mean_tokens"))
            why = (
                "pooling_mode_mean_tokens"
                if stated
                else "a vector for each token: most models take their mean"
            )
            source = "1_Pooling/config.json" if stated else "a habit"
            steps.append(Guess({"step": "mean_pool"}, why, "high" if stated else "low", source))
    if tensor.last() != "lpnormalization":
        stated = any("Normalize" in str(one.get("type")) for one in modules if isinstance(one, dict))
        why = "modules.json names Normalize" if stated else "vectors are compared by their angle: length 1"
        if stated or not modules:
            source = "modules.json" if stated else "a habit"
            steps.append(Guess({"step": "l2_normalize"}, why, "high" if stated else "low", source))
    role = Guess(tensor.name, "vectors of the item, or of its tokens", "medium", tensor.name)
    return Answer(roles={"embedding": role}, steps=tuple(steps))
