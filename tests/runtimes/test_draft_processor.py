"""What a preprocessor_config.json states becomes steps that give the processor's own numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from maxctl.runtimes.draft.processor import processor_steps, timm_steps
from maxctl.serving.steps import PreprocessStep
from maxctl.serving.steps.picture import Picture
from tests.runtimes.record_image_processors import picture, places

RECORDED = json.loads((Path(__file__).parent / "recorded/image_processors.json").read_text())


def run(steps: list[dict[str, Any]]) -> Any:
    value: Any = Picture.whole(picture())
    for step in [*steps, {"step": "layout", "order": "CHW"}]:
        value = TypeAdapter(PreprocessStep).validate_python(step).apply(value)
    return value.tensors()[None][0]


@pytest.mark.parametrize(
    "one", RECORDED, ids=[f"{one['config']['image_processor_type']}-{one['shape'][1]}" for one in RECORDED]
)
def test_steps_give_the_numbers_of_transformers(one: dict[str, Any]) -> None:
    made = run([guess.value for guess in processor_steps(one["config"])])
    assert list(made.shape) == one["shape"]
    expected = np.array(one["values"], np.float32)
    assert np.abs(made.ravel()[places(made.shape)] - expected).max() < 1e-6


def test_each_step_cites_the_keys_that_state_it() -> None:
    config = {
        "feature_extractor_type": "CLIPFeatureExtractor", "size": 224, "resample": 3, "crop_size": 224,
        "do_center_crop": True, "do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25],
    }  # fmt: skip
    resize, crop, normalize = processor_steps(config)
    assert resize.value == {"step": "resize_side", "side": "shorter", "length": 224, "filter": "bicubic"}
    assert "resample 3 is Pillow's bicubic" in resize.reason and resize.confidence == "high"
    assert crop.value["width"] == 224 and "do_center_crop" in crop.reason
    assert normalize.value["divide_by"] == 255 and normalize.value["std"] == [0.25, 0.25, 0.25]


def test_what_a_processor_does_not_do_gives_no_step() -> None:
    config = {
        "do_resize": False,
        "do_center_crop": False,
        "do_rescale": True,
        "do_normalize": False,
        "size": 224,
    }
    assert [guess.value["step"] for guess in processor_steps(config)] == ["scale"]
    assert processor_steps({"do_resize": False, "do_rescale": False, "do_normalize": False}) == []


def test_a_missing_filter_is_told_as_a_default_and_not_as_stated() -> None:
    (resize,) = processor_steps(
        {"image_processor_type": "SiglipImageProcessor", "size": {"height": 8, "width": 8}}
    )
    assert (
        resize.value["filter"] == "bicubic" and resize.confidence == "medium" and "default" in resize.reason
    )


@pytest.mark.parametrize(
    "broken",
    [{"size": "big"}, {"size": {"height": True, "width": 0}}, {"image_mean": "x", "do_normalize": 1}],
)
def test_keys_of_an_unexpected_form_are_left_out(broken: dict[str, Any]) -> None:
    assert processor_steps(broken) == []


def test_timm_s_configuration_gives_the_transforms_of_its_evaluation() -> None:
    config = {
        "pretrained_cfg": {
            "input_size": [3, 224, 224],
            "interpolation": "bicubic",
            "crop_pct": 0.9,
            "mean": [0.5] * 3,
            "std": [0.5] * 3,
        }
    }
    resize, crop, normalize = (guess.value for guess in timm_steps(config))
    assert resize == {"step": "resize_side", "side": "shorter", "length": 248, "filter": "bicubic"}
    assert (crop["width"], crop["height"]) == (224, 224) and normalize["mean"] == [0.5] * 3
    assert timm_steps({"model_type": "bert"}) == []
