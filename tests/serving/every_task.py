"""A small service of every task, each with a real ONNX model of a few nodes, and an input that it answers."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import tokenizers
from onnx import TensorProto, helper
from PIL import Image

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
THRESHOLD = {"threshold": {"default": 0.5, "minimum": 0, "maximum": 1, "description": "Least probability"}}
NAMES = [{"id": 0, "name": "red"}, {"id": 1, "name": "green"}, {"id": 2, "name": "blue"}]
IMAGE = [
    {"step": "decode_image"},
    {"step": "resize", "width": 8, "height": 8, "filter": "nearest"},
    {"step": "scale", "multiply": 1 / 255},
]
HOOK = """
def answer(outputs, value, parameters):
    red, green, blue = outputs["scores"][0].tolist()
    return {"colour": {"red": red, "green": green, "blue": blue}, "above": red > parameters["threshold"]}
"""
RESPONSE = {"type": "object", "required": ["status", "colour"], "properties": {"status": {"type": "string"}}}


@dataclass(frozen=True)
class Example:
    """One task's service: what its service.json says, its model, and a file or JSON value to ask it with."""

    config: dict[str, Any]
    model: Callable[[], Any]
    file: Callable[[], bytes] | None = None
    value: Any = None
    tensor: tuple[str, list[int], list[Any]] | None = None
    """The same as numbers of the Open Inference Protocol: datatype, shape, data."""
    beside: Mapping[str, str] = field(default_factory=dict)


def _graph(nodes: list[Any], inputs: list[Any], outputs: list[Any], weights: list[Any]) -> Any:
    graph = helper.make_graph(nodes, "small", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _info(name: str, shape: list[Any], kind: int = FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def _weights(name: str, values: Any) -> Any:
    values = np.asarray(values)
    kind = INT64 if values.dtype.kind == "i" else FLOAT
    return helper.make_tensor(name, kind, values.shape, values.ravel().tolist())


def _mean_colour() -> Any:
    """`scores` [1,3]: how red, green and blue a picture is."""
    mean = helper.make_node("ReduceMean", ["image"], ["scores"], axes=[1, 2], keepdims=0)
    return _graph([mean], [_info("image", [1, 8, 8, 3])], [_info("scores", [1, 3])], [])


def _same_pixels() -> Any:
    """`maps` [1,8,8,3]: the picture itself."""
    same = helper.make_node("Identity", ["image"], ["maps"])
    return _graph([same], [_info("image", [1, 8, 8, 3])], [_info("maps", [1, 8, 8, 3])], [])


def _one_box() -> Any:
    """The whole picture as one box, whose scores are its mean colours."""
    mean = helper.make_node("ReduceMean", ["image"], ["colour"], axes=[1, 2], keepdims=0)
    nodes = [
        mean,
        helper.make_node("Unsqueeze", ["colour", "one"], ["scores"]),
        helper.make_node("Identity", ["box"], ["boxes"]),
    ]
    outputs = [_info("boxes", [1, 1, 4]), _info("scores", [1, 1, 3])]
    weights = [_weights("one", [1]), _weights("box", np.array([[[0.1, 0.2, 0.8, 0.9]]], np.float32))]
    return _graph(nodes, [_info("image", [1, 8, 8, 3])], outputs, weights)


def _loudness(classes: int) -> Callable[[], Any]:
    """Return a model of windows of 160 samples: the mean square, scaled, and what is left to 1."""

    def model() -> Any:
        nodes = [
            helper.make_node("Mul", ["samples", "samples"], ["squares"]),
            helper.make_node("ReduceMean", ["squares"], ["mean"], axes=[1], keepdims=1),
            helper.make_node("Mul", ["mean", "ten"], ["ten_times"]),
            helper.make_node("Clip", ["ten_times", "zero", "one"], ["loud"]),
            helper.make_node("Sub", ["one", "loud"], ["quiet"]),
            helper.make_node("Concat", ["loud", "quiet"][:classes], ["scores"], axis=1),
        ]
        weights = [
            helper.make_tensor(name, FLOAT, [], [value])
            for name, value in (("zero", 0), ("one", 1), ("ten", 10))
        ]
        return _graph(nodes, [_info("samples", ["n", 160])], [_info("scores", ["n", classes])], weights)

    return model


def _words() -> Any:
    """`vectors` [N,T,3]: a vector for each token, and `scores` [N,3], the mean of a text's."""
    table = np.eye(3, dtype=np.float32)[np.arange(12) % 3]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["vectors"]),
        helper.make_node("ReduceMean", ["vectors"], ["scores"], axes=[1], keepdims=0),
    ]
    outputs = [_info("vectors", ["n", "t", 3]), _info("scores", ["n", 3])]
    return _graph(nodes, [_info("input_ids", ["n", "t"], INT64)], outputs, [_weights("table", table)])


def _good() -> Any:
    """Whether a text is a good one: `likely` [N,1] of `text` [N,1], which is a string."""
    known = helper.make_node(
        "LabelEncoder", ["text"], ["likely"], domain="ai.onnx.ml",
        keys_strings=["good dog"], values_floats=[0.75], default_float=0.25,
    )  # fmt: skip
    string = helper.make_tensor_value_info("text", TensorProto.STRING, ["n", 1])
    return _graph([known], [string], [_info("likely", ["n", 1])], [])


def _sum_of_row() -> Any:
    total = helper.make_node("ReduceMean", ["row"], ["value"], axes=[1], keepdims=1)
    return _graph([total], [_info("row", ["n", 3])], [_info("value", ["n", 1])], [])


def _share_of_row() -> Any:
    share = helper.make_node("Softmax", ["row"], ["scores"], axis=1)
    return _graph([share], [_info("row", ["n", 3])], [_info("scores", ["n", 3])], [])


def picture() -> bytes:
    """Return a PNG of 12 x 8 pixels, mostly red."""
    pixels = np.zeros((8, 12, 3), np.uint8)
    pixels[..., 0] = 230
    pixels[2:5, 3:9] = (10, 220, 40)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def sound() -> bytes:
    """Return a WAV file at 8 kHz: .05 s of silence, .35 s of a tone, .05 s of silence."""
    samples = np.zeros(3600, np.float32)
    samples[400:3200] = 0.8 * np.sin(np.arange(2800) / 2.5)
    file = io.BytesIO()
    soundfile.write(file, samples, 8000, format="WAV", subtype="PCM_U8")
    return file.getvalue()


def tokenizer() -> str:
    """Return a tokenizer.json of ten words."""
    words = ["[PAD]", "[UNK]", "the", "quick", "brown", "fox", "jumps", "over", "a", "dog", "good", "bad"]
    made = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]")
    )
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="[PAD] $A", special_tokens=[("[PAD]", 0)]
    )
    return str(made.to_str())


PIXELS = ("UINT8", [1, 2, 3], [250, 0, 0, 250, 0, 0])
SAMPLES = ("FP32", [320], [0.9] * 160 + [0.0] * 160)
AUDIO = [
    {"step": "decode_audio"},
    {"step": "resample", "rate": 16000},
    {"step": "windows", "size": 160, "hop": 160},
]
TOKENS = [{"step": "tokenize", "max_length": 8, "inputs": {"input_ids": "ids"}}]
COLUMNS = [
    {
        "step": "columns",
        "columns": [
            {"name": "age", "minimum": 0, "maximum": 150},
            {"name": "colour", "kind": "category", "categories": ["red", "green"]},
            {"name": "smoker", "kind": "bool", "default": False},
        ],
    }
]
NUMBERS = [
    {
        "step": "columns",
        "columns": [
            {"name": "height"},
            {"name": "weight"},
            {"name": "age", "default": "nan", "minimum": 0, "example": 30},
        ],
    }
]
ROWS = [{"age": 39, "colour": "green"}, [17, "red", True]]

EXAMPLES: dict[str, Example] = {
    "object-detection": Example(
        {
            "preprocess": IMAGE,
            "outputs": {"boxes": "boxes", "scores": "scores"},
            "postprocess": [
                {"step": "class_scores"},
                {"step": "non_maximum_suppression", "iou": 0.5, "classes": "agnostic"},
            ],
            "labels": "labels.json",
            "parameters": THRESHOLD,
        },
        _one_box,
        file=picture,
        tensor=PIXELS,
    ),
    "image-classification": Example(
        {
            "preprocess": IMAGE,
            "outputs": {"scores": "scores"},
            "postprocess": [{"step": "top_k", "k": 2}],
            "labels": "labels.json",
        },
        _mean_colour,
        file=picture,
        tensor=PIXELS,
    ),
    "image-segmentation": Example(
        {
            "preprocess": IMAGE,
            "outputs": {"scores": "maps"},
            "postprocess": [{"step": "argmax_mask"}, {"step": "resize_mask_to_picture"}],
            "labels": "labels.json",
        },
        _same_pixels,
        file=picture,
        tensor=PIXELS,
    ),
    "key-points": Example(
        {
            "preprocess": IMAGE,
            "outputs": {"heat_maps": "maps"},
            "postprocess": [
                {"step": "heat_map_points"},
                {"step": "point_threshold", "parameter": "threshold"},
                {"step": "pose_lines", "pairs": [[0, 1], [1, 2]]},
            ],
            "labels": "labels.json",
            "parameters": THRESHOLD,
        },
        _same_pixels,
        file=picture,
        tensor=PIXELS,
    ),
    "audio-classification": Example(
        {
            "input": {"kind": "audio"},
            "preprocess": AUDIO,
            "outputs": {"scores": "scores"},
            "postprocess": [{"step": "average_windows"}, {"step": "top_k", "k": 2}],
            "labels": "labels.json",
        },
        _loudness(2),
        file=sound,
        tensor=SAMPLES,
    ),
    "speech-activity": Example(
        {
            "input": {"kind": "audio"},
            "preprocess": AUDIO,
            "outputs": {"scores": "scores"},
            "postprocess": [{"step": "speech_segments"}],
            "parameters": THRESHOLD,
        },
        _loudness(1),
        file=sound,
        tensor=SAMPLES,
    ),
    "text-classification": Example(
        {
            "input": {"kind": "text"},
            "preprocess": [{"step": "lowercase"}, *TOKENS],
            "outputs": {"scores": "scores"},
            "postprocess": [{"step": "softmax"}],
            "labels": "labels.json",
        },
        _words,
        value=["The quick brown fox", "good dog"],
        beside={"tokenizer.json": tokenizer()},
    ),
    "text-classification-strings": Example(
        {
            "task": "text-classification",
            "input": {"kind": "text"},
            "preprocess": [{"step": "strings", "axes": "N1"}],
            "outputs": {"scores": "likely"},
            "postprocess": [{"step": "two_classes"}],
            "labels": "labels.json",
        },
        _good,
        value=["The quick brown fox", "good dog"],
    ),
    "embedding": Example(
        {
            "input": {"kind": "text"},
            "preprocess": TOKENS,
            "outputs": {"embedding": "vectors"},
            "postprocess": [{"step": "mean_pool"}, {"step": "l2_normalize"}],
        },
        _words,
        value=["a fox", "the dog jumps over the fox"],
        beside={"tokenizer.json": tokenizer()},
    ),
    "tabular": Example(
        {
            "input": {"kind": "table"},
            "preprocess": COLUMNS,
            "outputs": {"scores": "scores"},
            "labels": "labels.json",
        },
        _share_of_row,
        value=ROWS,
        tensor=("BYTES", [2], [json.dumps(row).encode() for row in ROWS]),
    ),
    "tabular-values": Example(
        {
            "task": "tabular",
            "input": {"kind": "table"},
            "preprocess": NUMBERS,
            "outputs": {"values": "value"},
        },
        _sum_of_row,
        value=[[39, 1, 0], {"height": 17, "weight": 0, "age": 1}],
        tensor=("FP32", [2, 3], [39, 1, 0, 17, 0, 1]),
    ),
    "custom": Example(
        {
            "preprocess": IMAGE,
            "hook": "hook.py",
            "response": "response.schema.json",
            "parameters": THRESHOLD,
        },
        _mean_colour,
        file=picture,
        tensor=PIXELS,
        beside={"hook.py": HOOK, "response.schema.json": json.dumps(RESPONSE)},
    ),
}


def write(folder: Path, name: str) -> Path:
    """Lay out the service of a task in a folder, which must be there, and return it."""
    example = EXAMPLES[name]
    weights: bytes = example.model().SerializeToString()
    (folder / "model.onnx").write_bytes(weights)
    for path, text in {"labels.json": json.dumps(NAMES), **example.beside}.items():
        (folder / path).write_text(text)
    config = {
        "schema": "maxctl/service/1",
        "metadata": {
            "id": f"small-{name}",
            "name": f"Small {name}",
            "description": f"Shows what {name} is",
            "type": name.replace("-", " ").title(),
            "source": "https://example.org/small",
            "license": "Apache-2.0",
        },
        "api": {"title": f"Small {name}"},
        "task": name,
        "engine": {
            "name": "onnxruntime", "path": "model.onnx", "sha256": hashlib.sha256(weights).hexdigest(),
        },
        **example.config,
    }  # fmt: skip
    (folder / "service.json").write_text(json.dumps(config))
    return folder


def field_of(name: str) -> str:
    """Return what the input of a task's service is called."""
    kind: str = EXAMPLES[name].config.get("input", {}).get("kind", "image")
    return "rows" if kind == "table" else kind


def tensors(name: str) -> list[tuple[str, list[int], list[Any]]]:
    """Return datatype, shape and data of the tensors that each ask the service of a task."""
    example = EXAMPLES[name]
    found = [] if example.tensor is None else [example.tensor]
    if example.file is not None:
        return [("BYTES", [1], [example.file()]), *found]
    if field_of(name) == "text":
        return [("BYTES", [len(example.value)], [one.encode() for one in example.value]), *found]
    return found


def body(name: str) -> dict[str, Any]:
    """Return the keywords of an HTTP client's `post` that ask the service of a task over MAX's API."""
    example = EXAMPLES[name]
    if example.file is not None:
        return {"files": {field_of(name): ("input", example.file())}}
    return {"json": {field_of(name): example.value}}
