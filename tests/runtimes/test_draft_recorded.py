"""Drafts of real models, from what their files say."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.runtimes.drafts import MODELS, drafted, recorded, steps

EXAMPLES = Path(__file__).parents[2] / "examples"
_SUPPRESSED = "class_scores score_threshold non_maximum_suppression clip_boxes"
_ANCHORS = f"decode_boxes sigmoid {_SUPPRESSED}"
_MASK = "mask_threshold resize_mask_to_picture"
EXPECTED: dict[str, tuple[str | None, str, str]] = {
    "basic-pitch": ("custom", "litert", "decode_audio resample windows add_axis |"),
    "blazeface": ("object-detection", "litert", f"decode_image letterbox scale | {_ANCHORS}"),
    "coco-ssd": ("object-detection", "litert", f"decode_image resize scale | {_SUPPRESSED}"),
    "efficientpose": ("key-points", "litert", "decode_image resize scale | sigmoid heat_map_points point_threshold"),
    "emotion": ("image-classification", "litert", "decode_image grayscale resize scale | top_k"),
    "face-detection": ("object-detection", "openvino", f"decode_image letterbox normalize | {_ANCHORS}"),
    "fer": ("image-classification", "litert", "decode_image grayscale resize scale | top_k"),
    "hand-landmark": ("key-points", "openvino", "decode_image resize normalize | point_format"),
    "handtrack": ("object-detection", "tensorflow", "decode_image resize dtype | score_threshold clip_boxes"),
    "image-segmenter": ("image-segmentation", "litert", "decode_image resize_side dtype | resize_mask_to_picture"),
    "mobilefacenet": ("embedding", "litert", "decode_image resize scale | l2_normalize"),
    "movenet-lightning": ("key-points", "litert", "decode_image letterbox dtype | point_threshold"),
    "selfie-segmentation": ("image-segmentation", "openvino", f"decode_image resize normalize | {_MASK}"),
    "silero-vad-4": ("speech-activity", "onnxruntime", "decode_audio resample windows | speech_segments"),
    "silero-vad-6": ("speech-activity", "onnxruntime", "decode_audio resample windows | speech_segments"),
    "text-direction": ("image-classification", "onnxruntime", "decode_image resize normalize layout |"),
    "wake-word": (None, "onnxruntime", "decode_image |"),
    "yolo": ("object-detection", "onnxruntime", f"decode_image letterbox scale layout | box_format {_SUPPRESSED}"),
}  # fmt: skip


def test_every_recorded_model_has_an_expectation() -> None:
    assert {path.stem for path in MODELS.glob("*.json")} == EXPECTED.keys()
    assert all(path.stat().st_size < 5000 for path in MODELS.glob("*.json"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_task_engine_and_steps_are_those_that_the_model_needs(name: str) -> None:
    draft = drafted(recorded(name))
    task, engine, chain = EXPECTED[name]
    assert (draft.task.value if draft.task else None, draft.engine.value) == (task, engine)
    assert " ".join(steps(draft)) == chain


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_guess_has_a_reason_in_words_a_source_and_says_how_sure_it_is(name: str) -> None:
    for guess in drafted(recorded(name)).to_json()["guesses"]:
        assert len(guess["reason"].split()) >= 2 and guess["source"], guess
        assert guess["confidence"] in ("high", "medium", "low")
        assert "\n" not in guess["reason"]


FER_RANGE = {"divide_by": 255, "mean": [0.5], "std": [0.5]}  # fer's own -1 to 1
# example -> what of its committed model.yaml the draft says otherwise, or not at all
DIFFERENCES: dict[str, tuple[str, dict[str, Any]]] = {
    "object_detector": (
        "coco-ssd",
        {"labels": "labels.json", "postprocess.non_maximum_suppression.max_detections": 20},
    ),
    "emotion_classifier": (
        "fer",
        {
            "labels": "labels.json",
            "preprocess.grayscale.formula": "opencv",
            "preprocess.resize.filter": "opencv-bilinear",
            **{f"preprocess.normalize.{key}": value for key, value in FER_RANGE.items()},
        },
    ),
    "image_segmenter": (
        "image-segmenter",
        {"preprocess.resize_side.rounding": "ratio-half-up", "outputs.seg_map": "classes"},
    ),
    "voice_activity": ("silero-vad-6", {}),
}  # fmt: skip


@pytest.mark.parametrize("example", sorted(DIFFERENCES))
def test_the_draft_says_what_the_example_s_author_wrote_but_for_these(example: str) -> None:
    name, differences = DIFFERENCES[example]
    written = _said_by_author(yaml.safe_load((EXAMPLES / example / "model.yaml").read_text()))
    guessed = _said_by_draft(name)
    assert {key: value for key, value in written.items() if not _same(value, guessed.get(key))} == differences


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1e-7
    return bool(one == other)


def _flat(value: Any, at: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {at: value}
    return {
        key: one
        for name, part in value.items()
        for key, one in _flat(part, f"{at}.{name}" if at else name).items()
    }


def _by_name(steps_: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        step["step"]: {key: value for key, value in step.items() if key != "step"} or True for step in steps_
    }


def _said_by_author(spec: dict[str, Any]) -> dict[str, Any]:
    inference = spec["inference"]
    kept = {
        key: inference[key]
        for key in ("engine", "constants", "state", "outputs", "parameters")
        if key in inference
    }
    tensors = {
        f"{side} {tensor['tensor']}": {key: tensor[key] for key in ("dtype", "shape")}
        for side in ("inputs", "outputs")
        for tensor in spec["preparation"].get(side, ())
    }
    return _flat({
        "task": spec["task"],
        "kind": inference.get("input", {}).get("kind", "image"),
        **{key: spec[key] for key in ("labels",) if key in spec},
        **kept,
        **tensors,
        "preprocess": _by_name(inference["preprocess"]),
        "postprocess": _by_name(inference.get("postprocess", [])),
    })  # fmt: skip


def _said_by_draft(name: str) -> dict[str, Any]:
    draft = drafted(recorded(name))
    assert draft.task
    answer = draft.answer
    tensors = {
        f"{side} {guess.value['tensor']}": {key: guess.value[key] for key in ("dtype", "shape")}
        for side, guesses in (("inputs", draft.inputs), ("outputs", draft.outputs))
        for guess in guesses
    }
    values = {
        key: {name: guess.value for name, guess in guesses.items()}
        for key, guesses in (
            ("constants", draft.constants), ("state", draft.state), ("outputs", answer.roles),
            ("parameters", answer.parameters),
        )
    }  # fmt: skip
    return _flat({
        "task": draft.task.value,
        "kind": draft.kind.value,
        "engine": draft.engine.value,
        **values,
        **tensors,
        "preprocess": _by_name([guess.value for guess in draft.preprocess]),
        "postprocess": _by_name([guess.value for guess in answer.steps]),
    })  # fmt: skip


def test_the_recordings_hold_no_path_of_a_machine() -> None:
    for path in MODELS.glob("*.json"):
        assert "/var/" not in path.read_text() and "/tmp/" not in path.read_text()
        assert json.loads(path.read_text())["origin"].startswith(("npm:", "pypi:"))
