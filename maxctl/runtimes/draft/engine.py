"""The engine that a model of a format is likely served by."""

from __future__ import annotations

from maxctl.runtimes.draft.facts import Facts
from maxctl.runtimes.draft.guess import Guess

_OWN = {"litert": "litert", "onnx": "onnxruntime", "openvino": "openvino"}
_TENSORFLOW = ("tfjs", "saved-model", "keras", "graph-def", "frozen", "tensorflow", "h5")
"""How the names of TensorFlow's formats begin."""
# operators that LiteRT has no built-in for
_NOT_IN_LITERT = frozenset({
    "enter", "exit", "merge", "switch", "nextiteration", "loopcond", "tensorarrayv3", "nonmaxsuppressionv5",
    "nonmaxsuppressionv3", "combinednonmaxsuppression", "stringsplitv2", "hashtablev2", "lookuptablefindv2",
    "decodejpeg", "decodepng", "decodewav", "parseexamplev2", "statelessmultinomial", "randomuniform",
    "extractimagepatches", "cropandresize",
})  # fmt: skip


def engine(facts: Facts) -> Guess:
    """Return the format's own engine, or the one that its conversion most likely reaches."""
    own = _OWN.get(facts.format)
    if own == "litert" and "no_signature" in facts.metadata:
        why = "the file has no signature, by which LiteRT is asked here; OpenVINO reads it without one"
        return Guess("openvino", why, "high", facts.file)
    if own:
        return Guess(
            own,
            f"{facts.format} is {own}'s own format; `maxctl bench` compares it with the others",
            "high",
            facts.format,
        )
    if facts.format.startswith(_TENSORFLOW):
        foreign = sorted(_NOT_IN_LITERT & facts.operators.keys())
        if foreign and not facts.evidence.cut:
            why = f"LiteRT has no {', '.join(foreign[:3])}"
            return Guess("tensorflow", why, "medium", "the operators")
        return Guess(
            "litert",
            "a model of TensorFlow becomes LiteRT, the smallest engine, where its operators allow it",
            "medium",
            facts.format,
        )
    return Guess("onnxruntime", f"a model of format {facts.format} becomes ONNX", "medium", facts.format)
