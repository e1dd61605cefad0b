"""The steps that a `preprocessor_config.json` of Hugging Face's transformers, or timm's `pretrained_cfg`, states.

Facts: the image processors of transformers 4.57 (`image_processing_*.py`, `image_transforms.py`) and
`timm.data.transforms_factory.transforms_imagenet_eval`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from maxctl.runtimes.draft.guess import Confidence, Guess

FILE = "preprocessor_config.json"
_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
_BY_NAME = {name: name for name in _FILTERS.values()}
_PER_255 = 1 / 255

# what a processor's class does where its file does not say so
_RESAMPLE = {
    "CLIP": 3, "DeiT": 3, "Beit": 2, "Bit": 3, "Levit": 3, "PoolFormer": 3, "Siglip": 3, "EfficientNet": 0,
    "BlipImage": 3,
    "ChineseCLIP": 3, "Owl": 3,
}  # fmt: skip
_BY_SHORTER_SIDE = (
    "CLIP",
    "Bit",
    "ConvNext",
    "MobileNetV1",
    "MobileNetV2",
    "MobileViT",
    "Levit",
    "PoolFormer",
)
"""Those that read one number as the length of the shorter side; all others as both sides."""


def processor_steps(config: Mapping[str, Any]) -> list[Guess]:
    """Return the steps up to normalised colours, in the processor's order; empty where it says nothing.

    Each cites the keys that say it. A key of an unexpected form is left out.
    """
    name = _class_of(config)
    sizes = _sizes(config, name)
    steps = _resizing(config, name, sizes)
    if config.get("do_center_crop", "crop_size" in config and "ConvNext" not in name):
        crop = _pair(config.get("crop_size")) or sizes.get("square")
        if crop:
            value = {"step": "crop", "height": crop[0], "width": crop[1], "rounding": "floor"}
            steps.append(_stated(value, f"do_center_crop, crop_size {_written(config.get('crop_size'))}"))
    if isinstance(config.get("size_divisor"), int) and config.get("do_pad", True):
        steps.append(
            _stated({"step": "pad", "multiple": config["size_divisor"], "align": "top-left"}, "size_divisor")
        )
    steps += _values(config)
    if (
        name.startswith("EfficientNet")
        and config.get("include_top", True)
        and _numbers(config.get("image_std"))
    ):
        steps.append(
            _stated(
                {"step": "normalize", "std": list(config["image_std"])},
                "include_top: divided by image_std once more",
            )
        )
    if config.get("do_flip_channel_order"):
        steps.append(_stated({"step": "color_order", "order": "bgr"}, "do_flip_channel_order"))
    return steps


def _class_of(config: Mapping[str, Any]) -> str:
    named = config.get("image_processor_type") or config.get("feature_extractor_type") or ""
    return str(named).removesuffix("Fast").removesuffix("ImageProcessor").removesuffix("FeatureExtractor")


def _sizes(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what `size` asks for: `square` (height, width), `shorter`, `longer`, or shorter with `most`."""
    size = config.get("size")
    if isinstance(size, int) and not isinstance(size, bool):
        shorter = name.startswith(_BY_SHORTER_SIDE)
        return {"shorter": size} if shorter else {"square": (size, size)}
    pair = _pair(size)
    if pair:
        return {"square": pair}
    if not isinstance(size, Mapping):
        return {}
    found = {}
    if isinstance(size.get("shortest_edge"), int):
        found["shorter"] = size["shortest_edge"]
    if isinstance(size.get("longest_edge"), int):
        found["most" if found else "longer"] = size["longest_edge"]
    return found


def _pair(size: object) -> tuple[int, int] | None:
    """Return height and width of a size."""
    if isinstance(size, int) and not isinstance(size, bool) and size > 0:
        return size, size
    if isinstance(size, Mapping):
        height, width = size.get("height"), size.get("width")
        if isinstance(height, int) and isinstance(width, int) and min(height, width) > 0:
            return height, width
    return None


def _resizing(config: Mapping[str, Any], name: str, sizes: Mapping[str, Any]) -> list[Guess]:
    if not config.get("do_resize", bool(sizes)) or not sizes:
        return []
    filter_, sure, how = _filter(config, name)
    said = f"size {_written(config.get('size'))}, {how}"
    if name.startswith("ConvNext") and "shorter" in sizes:  # crop_pct is its own way to crop
        side, part = sizes["shorter"], _part(config, 224 / 256)
        if side >= 384:
            return [_stated({"step": "resize", "height": side, "width": side, "filter": filter_}, said, sure)]
        said += (
            f", crop_pct {part:g}: the shorter side becomes {int(side / part)}, then the middle is cut out"
        )
        return [
            _shorter(int(side / part), filter_, said, sure),
            _stated(
                {"step": "crop", "height": side, "width": side, "rounding": "floor"},
                f"size {side} after crop_pct",
            ),
        ]
    if name.startswith("PoolFormer") and "shorter" in sizes:
        return [
            _shorter(
                int(sizes["shorter"] / _part(config, 0.9)),
                filter_,
                f"{said}, crop_pct",
                sure,
            )
        ]
    if name.startswith("Levit") and "shorter" in sizes:
        side = int(256 / 224 * sizes["shorter"])
        return [_shorter(side, filter_, f"{said}: LeViT's processor takes 256/224 of it", sure)]
    if "square" in sizes:
        height, width = sizes["square"]
        return [_stated({"step": "resize", "height": height, "width": width, "filter": filter_}, said, sure)]
    if "longer" in sizes:
        value = {"step": "resize_side", "side": "longer", "length": sizes["longer"], "filter": filter_}
        return [_stated(value, said, sure)]
    if name.startswith("Yolos"):
        said += "; YOLOS then cuts both sides to multiples of 16, which no step does"
        sure = "low"
    step = _shorter(sizes["shorter"], filter_, said, sure)
    if "most" in sizes:
        step = Guess(
            {**step.value, "most": sizes["most"]},
            step.reason,
            "medium" if sure == "high" else sure,
            step.source,
        )
    return [step]


def _shorter(length: int, filter_: str, reason: str, sure: Confidence) -> Guess:
    return _stated(
        {"step": "resize_side", "side": "shorter", "length": length, "filter": filter_}, reason, sure
    )


def _filter(config: Mapping[str, Any], name: str) -> tuple[str, Confidence, str]:
    """Return the filter, how sure it is, and what says so."""
    code = config.get("resample")
    if isinstance(code, int) and code in _FILTERS:
        return _FILTERS[code], "high", f"resample {code} is Pillow's {_FILTERS[code]}"
    if isinstance(code, str) and code.lower() in _BY_NAME:
        return code.lower(), "high", f"resample {code}"
    known = next((code for kind, code in _RESAMPLE.items() if name.startswith(kind)), None)
    if known is not None:
        return (
            _FILTERS[known],
            "medium",
            f"no resample; the default of {name}ImageProcessor is {_FILTERS[known]}",
        )
    return "bilinear", "medium" if name else "low", "no resample; bilinear is the default of most processors"


def _values(config: Mapping[str, Any]) -> list[Guess]:
    """Return how pixels become numbers: rescale_factor first, then mean and std."""
    mean: Any = config.get("image_mean")
    std: Any = config.get("image_std")
    normalizes = config.get("do_normalize", mean is not None) and _numbers(mean) and _numbers(std)
    rescales = config.get("do_rescale", "rescale_factor" in config or normalizes)
    factor = config.get("rescale_factor", _PER_255)
    factor = float(factor) if isinstance(factor, int | float) and not isinstance(factor, bool) else _PER_255
    per_255 = rescales and math.isclose(factor, _PER_255, rel_tol=1e-6) and not config.get("rescale_offset")
    steps = []
    if rescales and not (per_255 and normalizes):
        add = -1.0 if config.get("rescale_offset") else 0.0
        value = {"step": "scale", "multiply": factor, **({"add": add} if add else {})}
        steps.append(_stated(value, f"rescale_factor {factor:.6g}" + (", rescale_offset" if add else "")))
    if normalizes:
        value = {
            "step": "normalize",
            **({"divide_by": 255.0} if per_255 else {}),
            "mean": list(mean),
            "std": list(std),
        }
        steps.append(
            _stated(value, "image_mean and image_std" + (", after rescale_factor 1/255" if per_255 else ""))
        )
    return steps


def _part(config: Mapping[str, Any], default: float) -> float:
    """Return `crop_pct`, where it is a part of a whole."""
    part = config.get("crop_pct")
    return float(part) if isinstance(part, int | float) and 0.01 < part <= 4 else default


def _numbers(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, int | float) for one in value)


def _written(size: object) -> str:
    if isinstance(size, Mapping):
        return ", ".join(f"{key} {value}" for key, value in size.items())
    return str(size)


def _stated(value: dict[str, Any], reason: str, sure: Confidence = "high") -> Guess:
    return Guess(value, reason, sure, FILE)


def timm_steps(config: Mapping[str, Any]) -> list[Guess]:
    """Return the steps of timm's evaluation for a `pretrained_cfg`; empty where there is none."""
    stated = config.get("pretrained_cfg", config)
    size, mean, std = (
        (stated.get(key) for key in ("input_size", "mean", "std"))
        if isinstance(stated, Mapping)
        else (None,) * 3
    )
    if not (
        isinstance(size, list)
        and len(size) == 3
        and all(isinstance(one, int) for one in size)
        and _numbers(mean)
        and _numbers(std)
    ):
        return []
    _, height, width = size
    part = _part(stated, 0.875)
    filter_ = _BY_NAME.get(str(stated.get("interpolation")), "bicubic")
    wanted = math.floor(height / part), math.floor(width / part)
    said = f"input_size {height}×{width}, crop_pct {part:g}, interpolation {stated.get('interpolation')}"
    if stated.get("crop_mode") == "squash" or height != width:
        resize = {"step": "resize", "height": wanted[0], "width": wanted[1], "filter": filter_}
    else:
        resize = {"step": "resize_side", "side": "shorter", "length": wanted[0], "filter": filter_}
    return [
        Guess(resize, said, "high", "config.json"),
        Guess(
            {"step": "crop", "height": height, "width": width},
            "timm cuts the middle out",
            "high",
            "config.json",
        ),
        Guess(
            {"step": "normalize", "divide_by": 255.0, "mean": mean, "std": std},
            "mean and std",
            "high",
            "config.json",
        ),
    ]
