"""What a TensorFlow.js graph says beyond its description: neighbours of its ends, shapes in its metadata, and where
a detector of TensorFlow's Object Detection API is best cut.

Such a graph resizes the picture in a loop that only TensorFlow runs. Cut behind it, the loop's constants become
declared steps (`docs/decisions/0004`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maxctl.runtimes import tfjs
from maxctl.runtimes.draft.neighbours import after, before

_SUBTRACTED, _MULTIPLIED = "Preprocessor/sub", "Preprocessor/mul"
_RESIZE = "Preprocessor/map/while/ResizeImage/ResizeBilinear"
_SLICE, _BOXES, _ANCHORS = "Postprocessor/Slice", "Postprocessor/ExpandDims_1", "Postprocessor/ExpandDims"


def tfjs_facts(path: Path) -> dict[str, Any]:
    """Return the fields of `Evidence` that the graph fills. Raises `ModelFormatError` as `tfjs.read` does."""
    model = tfjs.read(path)
    nodes = {str(node["name"]): node for node in model.nodes}
    makes = {name: (str(node["op"]), _taken(node)) for name, node in nodes.items()}
    takes: dict[str, list[tuple[str, list[str]]]] = {}
    for name, (operator, taken) in makes.items():
        for one in taken:
            takes.setdefault(one, []).append((operator, [name]))
    description = tfjs.inspect(path)
    found: dict[str, Any] = {
        "ends": {one.name: before(_base(one.name), makes) for one in description.outputs},
        "begins": {one.name: after(_base(one.name), takes) for one in description.inputs},
        "shapes": _shapes(model.document.get("userDefinedMetadata")),
    }
    cut = _cut(model, nodes)
    return {**found, **({"cut": cut} if cut else {})}


def _base(name: str) -> str:
    return name.split(":")[0]


def _taken(node: Mapping[str, Any]) -> list[str]:
    """Return the nodes whose numbers a node takes."""
    return [_base(str(one)) for one in node.get("input") or [] if not str(one).startswith("^")]


def _shapes(metadata: Any) -> dict[str, list[int | None]]:
    """Return the shapes in the signature that some converters keep as metadata."""
    if isinstance(metadata, str):
        try:
            metadata = json.loads(metadata)
        except ValueError:
            return {}
    signature = metadata.get("signature") if isinstance(metadata, dict) else None
    found: dict[str, list[int | None]] = {}
    for side in ("inputs", "outputs"):
        tensors = signature.get(side) if isinstance(signature, dict) else None
        for key, info in tensors.items() if isinstance(tensors, dict) else ():
            shape = tfjs._shape(info.get("tensorShape")) if isinstance(info, dict) else None
            if shape is not None and shape:
                found[str(info.get("name", key))] = list(shape)
    return found


def _cut(model: tfjs.GraphModel, nodes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return where such a detector is cut, and the constants of what falls away; None for any other graph."""
    if not {_SUBTRACTED, _MULTIPLIED, _RESIZE, _SLICE, _BOXES} <= nodes.keys():
        return None
    weights = tfjs.weights(model)

    def number(node: str, at: int) -> Any:
        return weights.get(_base(str((nodes[node].get("input") or [""] * 9)[at]).lstrip("^")))

    subtract, size = number(_SUBTRACTED, 1), number(_RESIZE, 1)
    multiply = number(_MULTIPLIED, 0)
    multiply = number(_MULTIPLIED, 1) if multiply is None else multiply
    begin, length, anchors = number(_SLICE, 1), number(_SLICE, 2), weights.get(_ANCHORS)
    if (
        any(one is None for one in (subtract, multiply, size, begin, length))
        or size.size != 2
        or begin.size != 3
    ):
        return None
    count = int(anchors.shape[1]) if anchors is not None and anchors.ndim == 3 else None
    classes = int(length.ravel()[2])
    first = int(begin.ravel()[2])
    if classes <= 0:  # up to the last one
        classes = _columns(model) - first
    height, width = (int(one) for one in size.ravel())
    return {
        "input": {"tensor": f"{_SUBTRACTED}:0", "shape": [1, height, width, 3]},
        "boxes": {"tensor": f"{_BOXES}:0", "shape": [1, count, 4]},
        "scores": {"tensor": f"{_SLICE}:0", "shape": [1, count, classes if classes > 0 else None]},
        "size": [height, width],
        "multiply": float(str(multiply.ravel()[0])),
        "subtract": float(str(subtract.ravel()[0])),
        "first_id": first,
        "classes": classes if classes > 0 else None,
        "candidates": count,
        "resize": _RESIZE,
        "slice": _SLICE,
    }


def _columns(model: tfjs.GraphModel) -> int:
    """Return how many scores each box has: those of a predictor's bias, over its boxes, which have 4 numbers each."""
    sizes = {weight.name: weight.elements for weight in model.weights}
    scores = next((sizes[name] for name in sizes if name.endswith("BoxPredictor_0/ClassPredictor/biases")), 0)
    boxes = next(
        (sizes[name] for name in sizes if name.endswith("BoxPredictor_0/BoxEncodingPredictor/biases")), 0
    )
    return scores * 4 // boxes if boxes else 0
