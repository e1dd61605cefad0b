"""The steps from a picture to the tensor that a model takes."""

from __future__ import annotations

from typing import Any

from maxctl.runtimes.draft import model_info, processor
from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Confidence, Guess
from maxctl.runtimes.draft.picture_shape import PictureShape, picture_shape

_MEDIAPIPE = (
    r"\b(mediapipe|blaze\w*|face ?mesh\w*|selfie\w*|keras2tflite\w*|palm|(hand|face|pose) landmark)\b"
)
_IMAGENET = {"divide_by": 255.0, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
_FROM_MINUS_ONE = {"multiply": 2 / 255, "add": -1.0}
_PER_255 = {"multiply": 1 / 255}
_ARITHMETIC = ("mul", "div", "sub", "add")
_DECODE = Guess(
    {"step": "decode_image"}, "a picture's file is decoded to RGB and turned upright", "high", "the task"
)


def picture_steps(facts: Facts, tensor: Tensor | None, task: str) -> tuple[Guess, ...]:
    """Return the steps: decode, size, colours, range, layout and type."""
    shape = picture_shape(tensor) if tensor else None
    if tensor is None or shape is None:
        return (_DECODE,)
    cut = facts.evidence.cut
    if cut:
        return (_DECODE, *_of_graph(cut))
    stated = _stated(facts) or model_info.picture_steps(facts, shape)
    steps = [_DECODE, *(stated or _resizing(facts, shape, task))]
    if shape.channels == 1:  # before resizing, which may leave no whole numbers
        grey = Guess(
            {"step": "grayscale", "formula": "pillow"},
            "the model takes one channel; Pillow's formula is a habit",
            "low",
            tensor.name,
        )
        steps.insert(1, grey)
    if tensor.floats:
        if not any(step.value["step"] in ("scale", "normalize") for step in steps):
            steps += _range(facts, tensor, shape, task)
    else:
        steps += _whole_numbers(facts, tensor, steps)
    if tensor.floats and tensor.dtype in ("float16", "float64"):
        steps.append(
            Guess(
                {"step": "dtype", "dtype": tensor.dtype}, f"the input is {tensor.dtype}", "high", tensor.name
            )
        )
    if shape.layout == "NCHW":
        steps.append(
            Guess({"step": "layout", "order": "CHW"}, "the input has its channels first", "high", tensor.name)
        )
    return tuple(steps)


def _stated(facts: Facts) -> list[Guess]:
    """Return the steps that a file beside the model states; empty where none does."""
    documents = facts.evidence.documents
    if processor.FILE in documents:
        return processor.processor_steps(documents[processor.FILE])
    return processor.timm_steps(facts.document) if facts.document else []


def _of_graph(cut: Any) -> list[Guess]:
    """Return what a graph did before the place where it is cut, read from its own constants."""
    height, width = cut["size"]
    return [
        Guess(
            {"step": "resize", "height": height, "width": width, "filter": "tensorflow-legacy-bilinear"},
            f"the graph's own ResizeBilinear to {height}×{width}, before the place where it is cut",
            "high",
            cut["resize"],
        ),
        Guess(
            {"step": "scale", "multiply": cut["multiply"], "add": -cut["subtract"]},
            f"the graph multiplies by {cut['multiply']:.6g} and subtracts {cut['subtract']:g}",
            "high",
            cut["input"]["tensor"],
        ),
    ]


def _resizing(facts: Facts, shape: PictureShape, task: str) -> list[Guess]:
    height, width = shape.height, shape.width
    yolo = facts.metadata.get("names") is not None and facts.metadata.get("imgsz") is not None
    filter_, why = _filter(facts)
    if yolo or (task == "object-detection" and facts.speaks_of(r"\byolo\w*|ultralytics")):
        side = _yolo_size(facts) or (height or 640, width or 640)
        value: dict[str, Any] = {
            "step": "letterbox",
            "height": side[0],
            "width": side[1],
            "filter": "opencv-bilinear",
        }
        return [
            Guess(
                value,
                "YOLO fits the picture in a grey frame, resized by OpenCV",
                "high" if yolo else "medium",
                "the model's metadata" if yolo else "a habit",
            )
        ]
    if height is None or width is None:
        if task == "image-segmentation" or task == "object-detection":
            length = 512 if task == "image-segmentation" else 640
            value = {
                "step": "resize_side",
                "side": "longer",
                "length": length,
                "filter": filter_,
            }
            reason = f"the model takes any size; {length} for the longer side bounds the work. {why}"
            return [Guess(value, reason, "low", "a habit")]
        value = {"step": "resize", "height": height or 224, "width": width or 224, "filter": filter_}
        return [
            Guess(
                value,
                f"the model takes any size; 224 is what most classifiers were trained with. {why}",
                "low",
                "a habit",
            )
        ]
    framed = facts.speaks_of(r"\bmove ?net\b") or (task == "object-detection" and facts.speaks_of(_MEDIAPIPE))
    if framed:
        value = {"step": "letterbox", "height": height, "width": width, "filter": filter_, "color": [0.0]}
        reason = f"the detectors of MediaPipe and MoveNet keep a picture's proportions; {why}"
        return [Guess(value, reason, "low", framed)]
    value = {"step": "resize", "height": height, "width": width, "filter": filter_}
    size = f"the input has {height}×{width} pixels; {why}"
    return [Guess(value, size, "low", "the input's shape")]


def _filter(facts: Facts) -> tuple[str, str]:
    """Return the filter that models of this origin were likely trained with, and why."""
    if facts.format == "tfjs-graph-model":
        return (
            "tensorflow-legacy-bilinear",
            "TF.js's resizeBilinear is what its packages call: the filter is to be checked",
        )
    if facts.format.startswith(("saved-model", "litert", "keras", "graph-def", "frozen", "h5")):
        return "tensorflow-bilinear", "TensorFlow's bilinear is a habit: the filter is to be checked"
    if "tf2onnx" in facts.metadata.get("producer_name", ""):
        return (
            "tensorflow-bilinear",
            "it comes from TensorFlow, whose bilinear is a habit: the filter is to be checked",
        )
    return "bilinear", "Pillow's bilinear, as torchvision's, is a habit: the filter is to be checked"


def _yolo_size(facts: Facts) -> tuple[int, int] | None:
    numbers = [
        int(part)
        for part in facts.metadata.get("imgsz", "").strip("[]() ").split(",")
        if part.strip().isdigit()
    ]
    return (numbers[0], numbers[-1]) if numbers else None


def _range(facts: Facts, tensor: Tensor, shape: PictureShape, task: str) -> list[Guess]:
    """Return how pixels become the numbers that the model was trained with."""
    stated = facts.evidence.normalization
    if stated:
        mean, std = list(stated["mean"]), list(stated["std"])
        value = {"step": "normalize", "mean": mean, "std": std}
        return [
            Guess(
                value,
                "the normalisation in its TFLite metadata: (value - mean) / std",
                "high",
                "TFLITE_METADATA",
            )
        ]
    if facts.metadata.get("names") is not None and facts.metadata.get("task") is not None:
        return [
            Guess(
                {"step": "scale", **_PER_255},
                "Ultralytics' models take values from 0 to 1",
                "high",
                "the model's metadata",
            )
        ]
    first = tensor.operators[:1]
    if first and first[0] in _ARITHMETIC:
        return [
            _as_they_are(
                f"the graph itself begins with {first[0]}: it takes values from 0 to 255", "medium", tensor
            )
        ]
    mediapipe = facts.speaks_of(_MEDIAPIPE)
    if mediapipe:
        unit = facts.speaks_of(
            r"\b(selfie\w*|\w*landmark\w*|face ?mesh\w*|blazepose (full|heavy|lite)|\w*skeleton|iris\w*|meet)\b"
        ) and not facts.speaks_of(r"\b\w*detect\w*\b")
        if unit:
            return [
                _habit(
                    {"step": "scale", **_PER_255},
                    "MediaPipe's models after a detector take values from 0 to 1",
                    mediapipe,
                )
            ]
        return [
            _habit(
                {"step": "scale", **_FROM_MINUS_ONE},
                "MediaPipe's detectors take values from -1 to 1",
                mediapipe,
            )
        ]
    for pattern, options, reason in _BY_ARCHITECTURE:
        place = facts.speaks_of(pattern)
        if place and not (shape.layout == "NCHW" and options is not _IMAGENET):
            step = "normalize" if "mean" in options else "scale"
            return [_habit({"step": step, **options}, reason, place)]
    if shape.layout == "NCHW" and shape.channels == 3:
        return [
            _habit(
                {"step": "normalize", **_IMAGENET},
                "channels first: torchvision's mean and deviation are a habit",
                tensor.name,
            )
        ]
    return [
        _habit(
            {"step": "scale", **_PER_255},
            "floating-point numbers, and nothing says which: 0 to 1 is a habit",
            tensor.name,
        )
    ]


_BY_ARCHITECTURE: tuple[tuple[str, dict[str, Any], str], ...] = (
    (
        r"\b(mobile ?net\w*|inception\w*|xception|nasnet|deeplab\w*|ssdlite\w*)\b",
        _FROM_MINUS_ONE,
        "models of this family take values from -1 to 1 in TensorFlow",
    ),
    (
        r"\b(resnet\w*|densenet\w*|efficientnet\w*|vit|swin\w*|convnext\w*|regnet\w*)\b",
        _IMAGENET,
        "models of this family take torchvision's mean and deviation",
    ),
)


def _whole_numbers(facts: Facts, tensor: Tensor, steps: list[Guess]) -> list[Guess]:
    """Return the step to whole numbers: as they are, or by the tensor's own scale."""
    quantization = facts.evidence.quantization.get(tensor.name)
    resized = any(
        "tensorflow" in str(step.value.get("filter")) or "torch" in str(step.value.get("filter"))
        for step in steps
    )
    if tensor.dtype == "int8" and quantization:
        scale, zero = quantization[0], int(quantization[1])
        added = _range(facts, tensor, PictureShape("NHWC", None, None, 3), "")
        value = {"step": "dtype", "dtype": "int8", "scale": scale, "zero_point": zero}
        return [*added, Guess(value, f"quantised: value / {scale:.6g} {zero:+d}", "medium", tensor.name)]
    if tensor.dtype == "uint8" and not resized:
        return []
    value = {
        "step": "dtype",
        "dtype": tensor.dtype,
        "rounding": "truncate" if tensor.dtype == "uint8" else "nearest",
    }
    return [
        Guess(
            value,
            f"the model takes {tensor.dtype}, from 0 to 255: a cast drops what is behind the point",
            "medium",
            tensor.name,
        )
    ]


def _as_they_are(reason: str, sure: Confidence, tensor: Tensor) -> Guess:
    return Guess({"step": "dtype", "dtype": "float32"}, reason, sure, tensor.name)


def _habit(value: dict[str, Any], reason: str, source: str) -> Guess:
    return Guess(value, reason, "low", source)
