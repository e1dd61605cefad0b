"""Which task a model does, and how its outputs are read in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from maxctl.runtimes.draft import classes, detection, hooks, masks, model_info, points
from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Answer, Confidence, Guess
from maxctl.runtimes.draft.kind import Entry
from maxctl.runtimes.draft.table import table_answer

Found = tuple[Guess | None, Answer]

# what a class of Hugging Face's transformers ends in, and what its hub calls a pipeline
_ARCHITECTURES = {
    "ForImageClassification": "image-classification",
    "ForSemanticSegmentation": "image-segmentation",
    "ForObjectDetection": "object-detection",
    "ForSequenceClassification": "text-classification",
    "ForAudioClassification": "audio-classification",
    "ForKeypointDetection": "key-points",
}
_PIPELINES = {
    "image-classification": "image-classification",
    "image-segmentation": "image-segmentation",
    "object-detection": "object-detection",
    "text-classification": "text-classification",
    "audio-classification": "audio-classification",
    "voice-activity-detection": "speech-activity",
    "keypoint-detection": "key-points",
    "sentence-similarity": "embedding",
    "feature-extraction": "embedding",
    "image-feature-extraction": "embedding",
    "tabular-classification": "tabular",
    "tabular-regression": "tabular",
}
_ULTRALYTICS = {"detect": "object-detection", "classify": "image-classification"}
_SPEECH = r"\b(vad|voice activity( detection| detector)?|speech activity|silero|speech detection)\b"
TYPES = {
    "object-detection": ("Object Detection", "Vision"),
    "image-classification": ("Image Classification", "Vision"),
    "image-segmentation": ("Image Segmentation", "Vision"),
    "key-points": ("Key Points", "Vision"),
    "audio-classification": ("Audio Classification", "Audio"),
    "speech-activity": ("Voice Activity Detection", "Audio"),
    "text-classification": ("Text Classification", "Text"),
    "embedding": ("Embedding", None),
    "tabular": ("Tabular", None),
    "custom": (None, None),
}
"""What people call models of a task, and their domain, as the Model Asset eXchange names both."""


def task(facts: Facts, entry: Entry) -> Found:
    """Return the task, None where nothing tells it, and how the outputs are read."""
    stated = _stated(facts)
    if stated is None and not entry.known:
        return None, Answer()  # what goes in is not known: a task would be made up
    by_outputs = _BY_KIND[str(entry.kind.value)](facts)
    if stated is None:
        return by_outputs
    if by_outputs[0] is not None and by_outputs[0].value == stated.value:
        both = Guess(stated.value, f"{stated.reason}; {by_outputs[0].reason}", "high", stated.source)
        return both, by_outputs[1]
    answer = _ANSWERS[str(stated.value)](facts)
    if answer is None:
        why = f"{stated.reason}, but the outputs have no form of that task that is known here"
        return custom(facts, why, "medium", stated.source)
    return stated, answer


def _stated(facts: Facts) -> Guess | None:
    """Return the task that a file states: Ultralytics' metadata, config.json, or the model card's front matter."""
    said = facts.metadata.get("task", "")
    if said in _ULTRALYTICS and facts.metadata.get("names"):
        return Guess(_ULTRALYTICS[said], f"its metadata says task {said}", "high", "the model's metadata")
    info = model_info.task_of(facts)
    if info:
        return info
    architectures = facts.document.get("architectures")
    for name in architectures if isinstance(architectures, list) else ():
        for ending, value in _ARCHITECTURES.items():
            if str(name).endswith(ending):
                return Guess(value, f"the architecture is {name}", "high", "config.json")
    for key in ("pipeline_tag", "pipeline"):
        pipeline = _PIPELINES.get(str(facts.evidence.documents.get("README.md", {}).get(key)))
        if pipeline:
            return Guess(
                pipeline,
                f"the model card says {key} {facts.evidence.documents['README.md'][key]}",
                "high",
                "README.md",
            )
    if "modules.json" in facts.evidence.documents:
        return Guess("embedding", "modules.json is that of a sentence transformer", "high", "modules.json")
    return None


def _of_pictures(facts: Facts) -> Found:
    boxes = detection.form(facts)
    if boxes:
        return Guess("object-detection", boxes.reason, boxes.confidence, boxes.source), boxes.answer
    places = points.form(facts)
    if places:
        return (
            Guess("key-points", places.reason, places.confidence, places.tensor.name),
            points.answer(facts, places),
        )
    mask = masks.form(facts)
    if mask:
        return Guess("image-segmentation", mask.reason, mask.confidence, mask.tensor.name), masks.answer(mask)
    vector = classes.vectors(facts)
    if vector and len(facts.outputs) == 1:
        tensor = vector[0]
        if not _labelled(facts, classes.width(tensor)):
            return Guess("embedding", vector[1], vector[2], tensor.name), classes.embedding_answer(
                facts, tensor
            )
    scores = classes.scores(facts)
    return _one_class(facts, scores) if scores else custom(facts, _unknown(facts), "low", facts.file)


def _one_class(facts: Facts, scores: Tensor) -> Found:
    """Return the classification of a picture; one number that is no probability is none."""
    count, end = classes.width(scores), classes.ends_in(facts, scores)
    stated = scores.is_called(r"\blogits?|prob\w*\b")
    if count == 1 and scores.last() != "sigmoid" and not stated:
        why = f"one number for a picture in {scores.name}, and no sigmoid: no task has that"
        return custom(facts, why, "low", scores.name)
    labelled = _labelled(facts, count)
    sure: Confidence = "high" if labelled else "medium" if end or stated else "low"
    named = f", and {labelled} names as many" if labelled else ""
    why = f"a picture in, {count or 'some'} numbers out{end}{named}"
    return Guess("image-classification", why, sure, scores.name), classes.picture_answer(facts, scores)


def _of_sounds(facts: Facts) -> Found:
    scores = classes.scores(facts) or next(
        (
            one
            for one in facts.outputs
            if one.floats and one.is_called(r"\b(output|prob\w*|scores?|speech)\b") and one.rank == 2
        ),
        None,
    )
    speech = facts.speaks_of(_SPEECH)
    if scores and speech:
        why = f"{speech} speaks of voice activity, and there is one score for each window"
        return Guess("speech-activity", why, "high", speech), speech_answer(facts)
    if scores:
        count = classes.width(scores)
        labelled = _labelled(facts, count)
        why = f"a sound in, {count or 'some'} numbers out{classes.ends_in(facts, scores)}"
        sure: Confidence = "high" if labelled else "medium" if (count or 0) > 1 else "low"
        return Guess("audio-classification", why, sure, scores.name), classes.sound_answer(facts, scores)
    vector = classes.vectors(facts)
    if vector:
        return Guess("embedding", vector[1], vector[2], vector[0].name), classes.embedding_answer(
            facts, vector[0]
        )
    return custom(facts, _unknown(facts), "medium", facts.file)


def speech_answer(facts: Facts) -> Answer:
    """Return how speech is found in one score a window."""
    tensor = classes.scores(facts) or facts.outputs[0]
    threshold = {
        "default": 0.5,
        "minimum": 0,
        "maximum": 1,
        "description": "Probability at which speech begins.",
    }
    return Answer(
        roles={"scores": Guess(tensor.name, "a score for each window", "medium", tensor.name)},
        steps=(
            *[
                step
                for step in classes.probabilities(facts, tensor, pairs=False)
                if step.confidence == "high"
            ],
            Guess(
                {"step": "speech_segments", "parameter": "threshold"},
                "scores over time become stretches of speech",
                "medium",
                "a habit",
            ),
        ),
        parameters={"threshold": Guess(threshold, "silero-vad's own default", "medium", "a habit")},
    )


def _of_texts(facts: Facts) -> Found:
    scores = classes.scores(facts)
    generating = "generation_config.json" in facts.evidence.documents or any(
        "past" in one.name for one in facts.inputs
    )
    if generating:
        return custom(
            facts,
            "generation_config.json or past keys: the model writes text, which no task declares",
            "high",
            "generation_config.json",
        )
    vector = classes.vectors(facts)
    tokens = next((one for one in facts.outputs if one.is_called(r"\blast hidden state\b")), None)
    if tokens is None and vector is None:
        tokens = next((one for one in facts.outputs if one.is_called(r"\btoken embeddings\b")), None)
    if vector and not (scores and scores.is_called(r"\blogits?\b")):
        return Guess("embedding", vector[1], "high", vector[0].name), classes.embedding_answer(
            facts, vector[0]
        )
    if tokens is not None and not scores:
        why = f"{tokens.name} has a vector for each token"
        return Guess("embedding", why, "medium", tokens.name), classes.embedding_answer(facts, tokens)
    if scores:
        count = classes.width(scores)
        labelled = _labelled(facts, count)
        why = f"a text in, {count or 'some'} numbers out{classes.ends_in(facts, scores)}"
        return Guess(
            "text-classification", why, "high" if labelled else "medium", scores.name
        ), classes.text_answer(facts, scores)
    return custom(facts, _unknown(facts), "medium", facts.file)


def _of_rows(facts: Facts) -> Found:
    return (
        Guess("tabular", "a table goes in", "medium" if len(facts.outputs) <= 2 else "low", "the inputs"),
        table_answer(facts),
    )


def custom(facts: Facts, reason: str, sure: Confidence, source: str) -> Found:
    """Return a task that answers with the outputs as they are, by a hook that works, until a person knows better."""
    names = [one.name for one in facts.outputs]
    properties = {name: {"type": ["array", "number", "boolean", "string"]} for name in names}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": names,
        "properties": properties,
    }
    hook = Guess(
        hooks.OF_ANYTHING,
        "answers with the outputs as they are, until you make something better of them",
        "low",
        facts.file,
    )
    return Guess("custom", reason, sure, source), Answer(hook=hook, response=schema)


def _unknown(facts: Facts) -> str:
    shapes = ", ".join(
        f"{one.name} {'×'.join('?' if n is None else str(n) for n in one.shape) if one.shape is not None else '?'}"
        for one in facts.outputs[:4]
    )
    return f"no task has outputs such as these ({shapes}): a hook answers with them"


def _labelled(facts: Facts, count: int | None) -> str | None:
    """Return the file whose labels are as many as the classes, or one more or less for the background."""
    for labels in facts.evidence.labels:
        if count is not None and abs(len(labels["rows"]) - count) <= 1 and len(labels["rows"]) > 1:
            return str(labels["source"])
    return None


def _mask_answer(facts: Facts) -> Answer | None:
    found = masks.form(facts)
    return masks.answer(found) if found else _logits_mask(facts)


def _logits_mask(facts: Facts) -> Answer | None:
    """Return the answer of an output of rank 4 that only the file's word makes a map of classes."""
    for one in facts.outputs:
        if one.rank == 4:
            found = masks.MaskForm(
                one, one.integers, not one.integers, (one.shape or (None, None))[1], "rank 4", "medium"
            )
            return masks.answer(found)
    return None


def _detection_answer(facts: Facts) -> Answer | None:
    found = detection.form(facts)
    return found.answer if found else None


def _points_answer(facts: Facts) -> Answer | None:
    found = points.form(facts)
    return points.answer(facts, found) if found else None


def _of_scores(make: Callable[[Facts, Tensor], Answer]) -> Callable[[Facts], Answer | None]:
    def answer(facts: Facts) -> Answer | None:
        tensor = classes.scores(facts)
        return None if tensor is None else make(facts, tensor)

    return answer


def _embedding_answer(facts: Facts) -> Answer | None:
    found = classes.vectors(facts)
    tensor = (
        found[0]
        if found
        else next((one for one in facts.outputs if one.floats and one.rank in (None, 2, 3)), None)
    )
    return None if tensor is None else classes.embedding_answer(facts, tensor)


_BY_KIND = {"image": _of_pictures, "audio": _of_sounds, "text": _of_texts, "table": _of_rows}
_ANSWERS: Mapping[str, Callable[[Facts], Answer | None]] = {
    "object-detection": _detection_answer,
    "image-segmentation": _mask_answer,
    "key-points": _points_answer,
    "image-classification": _of_scores(classes.picture_answer),
    "audio-classification": _of_scores(classes.sound_answer),
    "text-classification": _of_scores(classes.text_answer),
    "speech-activity": lambda facts: speech_answer(facts) if facts.outputs else None,
    "embedding": _embedding_answer,
    "tabular": lambda facts: table_answer(facts) if facts.outputs else None,
}


def pipeline_in(card: str) -> Mapping[str, str]:
    """Return `pipeline_tag` and `license` of a model card's front matter."""
    front = re.match(r"---\s*\n(.*?)\n---", card, re.S)
    found = re.findall(r"(?m)^(pipeline_tag|license):\s*['\"]?([\w.\-]+)", front[1] if front else "")
    return dict(found)
