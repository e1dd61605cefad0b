"""How the layers of a Keras configuration hang together: inputs and outputs with their shapes, and the way between.

Reads JSON; imports nothing, runs nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from maxctl.runtimes import keras_config
from maxctl.runtimes.interface import TensorDescription, checked_shape, plain_names
from maxctl.runtimes.wiring import Node, Wiring

_GLOBAL = re.compile(r"Global(Average|Avg|Max)Pool")
_CONVOLUTION = re.compile(r"(?:Separable)?Conv(?:olution)?([123])D(?:Transpose)?")
_MOST_LAYERS = 200
_SAME_SHAPE = frozenset({
    "Activation", "ActivityRegularization", "AlphaDropout", "BatchNormalization", "Dropout", "ELU", "GaussianDropout",
    "GaussianNoise", "Identity", "LayerNormalization", "LeakyReLU", "Masking", "PReLU", "ReLU", "Rescaling",
    "Softmax", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "UnitNormalization",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ends:
    """The inputs and outputs of a model, each in the order of Keras's flat lists."""

    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]
    takes: Any
    """What the model is called with: index into `inputs`, or lists and mappings of those."""


def ends_of(model: Mapping[str, Any]) -> Ends:
    """Return inputs and outputs as the configuration tells them; what it does not tell is None."""
    config = model["config"]
    layers = _layers(config)
    if keras_config.plain_name(model) == "Sequential":
        return _ends_of_row(layers, config)
    by_name = {_name(layer): layer for layer in layers}
    takes, gives = config.get("input_layers"), config.get("output_layers")
    inputs, outputs = list(_triples(takes)), list(_triples(gives))
    return Ends(
        _named([(key or name, *_input(by_name.get(name))) for key, (name, _, _) in inputs]),
        _named(
            [
                (key or name, *_output(by_name.get(name), node, by_name.get))
                for key, (name, node, _) in outputs
            ]
        ),
        _numbered(takes, iter(range(len(inputs)))),
    )


def _ends_of_row(layers: list[dict[str, Any]], config: Mapping[str, Any]) -> Ends:
    if not layers:
        return Ends((), (), 0)
    first, last = layers[0], layers[-1]
    dtype, shape = _input(first)
    if shape is None:
        shape = _shape(config.get("build_input_shape"))
    called = _name(first) if keras_config.plain_name(first) == "InputLayer" else f"{_name(first)}_input"
    follows = [{**layer, "inbound_nodes": []} for layer in layers]
    for before, layer in pairwise(follows):
        layer["inbound_nodes"] = [[[_name(before), 0, 0]]]
    if not isinstance(first.get("config"), dict) or keras_config.plain_name(first) != "InputLayer":
        start = {
            "class_name": "InputLayer",
            "config": {"name": called, "batch_shape": list(shape or ()) or None},
        }
        follows[0]["inbound_nodes"] = [[[called, 0, 0]]]
        follows.insert(0, start)
    by_name = {_name(layer): layer for layer in follows}
    return Ends(
        _named([(called, dtype, shape)]), _named([(_name(last), *_output(follows[-1], 0, by_name.get))]), 0
    )


def _layers(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    held = config.get("layers")
    return [one for one in held if _is_layer(one)] if isinstance(held, list) else []


def _is_layer(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("class_name"), str)


def _name(layer: Mapping[str, Any]) -> str:
    config = layer.get("config")
    name = layer.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return str(name or layer.get("class_name"))


def _is_triple(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 3
        and isinstance(value[0], str)
        and not isinstance(value[1], list | dict)
    )


def _triples(value: Any) -> Iterator[tuple[str | None, tuple[str, int, int]]]:
    """Yield the tensors of a structure, sorted by key as Keras flattens it: (key, (layer, node, tensor))."""
    if _is_triple(value):
        node = value[1] if isinstance(value[1], int) else 0
        yield None, (value[0], node, value[2] if isinstance(value[2], int) else 0)
    elif isinstance(value, dict):
        for key in sorted(value):
            for inner, triple in _triples(value[key]):
                yield inner or str(key), triple
    elif isinstance(value, list):
        for one in value:
            yield from _triples(one)


def _numbered(value: Any, numbers: Iterator[int]) -> Any:
    """Return a structure of tensors with the place of each in Keras's flat list."""
    if _is_triple(value):
        return next(numbers)
    if isinstance(value, dict):
        return {key: _numbered(value[key], numbers) for key in sorted(value)}
    return [_numbered(one, numbers) for one in value] if isinstance(value, list) else []


def _named(
    tensors: list[tuple[str, str | None, tuple[int | None, ...] | None]],
) -> tuple[TensorDescription, ...]:
    names = plain_names(name for name, _, _ in tensors)
    return tuple(
        TensorDescription(name, dtype, shape) for name, (_, dtype, shape) in zip(names, tensors, strict=True)
    )


def _input(layer: Mapping[str, Any] | None) -> tuple[str | None, tuple[int | None, ...] | None]:
    """Return dtype and shape of what a layer at the beginning takes."""
    config = layer.get("config") if layer else None
    if layer is None or not isinstance(config, dict):
        return None, None
    if isinstance(config.get("layers"), list):  # a model is the first layer
        ends = ends_of(layer)
        return (ends.inputs[0].dtype, ends.inputs[0].shape) if ends.inputs else (None, None)
    return _dtype(config), _shape(config.get("batch_shape") or config.get("batch_input_shape"))


def _output(
    layer: Mapping[str, Any] | None, node: int, before: Callable[[str], Mapping[str, Any] | None]
) -> tuple[str | None, tuple[int | None, ...] | None]:
    """Return dtype and shape of what a layer gives, where the configuration and simple rules tell them.

    `before` returns the layer of a name.
    """
    if layer is None or not keras_config.is_known(layer):
        return None, None
    config = layer.get("config")
    if not isinstance(config, dict) or keras_config.plain_name(layer) not in keras_config.LAYERS:
        return None, None
    if isinstance(config.get("layers"), list):
        ends = ends_of(layer)
        return (ends.outputs[0].dtype, ends.outputs[0].shape) if ends.outputs else (None, None)
    return _dtype(config), _given(layer, node, before, 0)


def _given(
    layer: Mapping[str, Any], node: int, before: Callable[[str], Mapping[str, Any] | None], depth: int
) -> tuple[int | None, ...] | None:
    """Return the shape that a layer gives; of a head after unknown layers at least how many axes it has."""
    kind, config = keras_config.plain_name(layer), layer["config"]
    if kind == "InputLayer":
        return _input(layer)[1]
    if convolved := _CONVOLUTION.fullmatch(kind):
        open_sizes = (None,) * int(convolved[1])
        filters = _count(config.get("filters"))
        last = config.get("data_format", "channels_last") == "channels_last"
        return (None, *open_sizes, filters) if last else (None, filters, *open_sizes)
    head = kind in _SAME_SHAPE or kind in ("Dense", "Flatten") or bool(_GLOBAL.match(kind))
    if not head or depth > _MOST_LAYERS:
        return None
    taken = _taken(layer, node)
    if taken is None:  # Keras 2 names the layer before and no shape
        source = before(_before(layer, node))
        if source is not None and isinstance(source.get("config"), dict):
            taken = _given(source, 0, before, depth + 1)
    if kind in _SAME_SHAPE or not taken:
        flat = kind == "Flatten" or (bool(_GLOBAL.match(kind)) and not config.get("keepdims"))
        return (None, None) if taken is None and flat else taken
    if kind == "Dense":
        return (*taken[:-1], _count(config.get("units")))
    if kind == "Flatten":
        known = None not in taken[1:]
        return (taken[0], math.prod(size or 0 for size in taken[1:]) if known else None)
    last = config.get("data_format", "channels_last") == "channels_last"
    return None if config.get("keepdims") or len(taken) < 2 else (taken[0], taken[-1] if last else taken[1])


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _before(layer: Mapping[str, Any], node: int) -> str:
    """Return the name of the layer that one of Keras 2 takes its first tensor from."""
    nodes = layer.get("inbound_nodes")
    value = nodes[node] if isinstance(nodes, list) and 0 <= node < len(nodes) else None
    while isinstance(value, list) and value:
        if isinstance(value[0], str):
            return value[0]
        value = value[0]
    return ""


def _taken(layer: Mapping[str, Any], node: int) -> tuple[int | None, ...] | None:
    """Return the shape of the first tensor that a layer takes, as Keras 3 writes it down."""
    nodes = layer.get("inbound_nodes")
    waiting = [nodes[node]] if isinstance(nodes, list) and 0 <= node < len(nodes) else []
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            config = value.get("config")
            if value.get("class_name") == "__keras_tensor__" and isinstance(config, dict):
                return _shape(config.get("shape"))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    built = layer.get("build_config")
    return _shape(built.get("input_shape")) if isinstance(built, dict) else None


def _dtype(config: Mapping[str, Any]) -> str | None:
    """Return the type that a layer computes in; Keras's default where it says nothing."""
    dtype = config.get("dtype")
    if isinstance(dtype, dict):
        inner = dtype.get("config")
        dtype = inner.get("name") if isinstance(inner, dict) else None
        if not isinstance(dtype, str):
            return None
    if dtype is None:
        return "float32"
    return dtype.removeprefix("mixed_") if isinstance(dtype, str) else None


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    """Return a shape with its batch axis, or None where it is none, or that of several tensors."""
    if not isinstance(shape, list) or any(isinstance(size, list | dict) for size in shape):
        return None
    return checked_shape(shape, "an input of the model", open_too=True)


def wiring(model: Mapping[str, Any]) -> Wiring:
    """Return which layers take and give which tensors; an activation inside a layer counts as one of its own."""
    nodes: list[Node] = []
    takes, gives = _wire(model, "", nodes)
    ends = ends_of(model)
    return Wiring(
        tuple(nodes),
        dict(zip((one.name for one in ends.inputs), takes, strict=False)),
        dict(zip((one.name for one in ends.outputs), gives, strict=False)),
    )


def _wire(model: Mapping[str, Any], inside: str, nodes: list[Node]) -> tuple[list[str], list[str]]:
    """Append what a model's layers do to `nodes`; return the tensors that the model takes and gives."""
    config = model["config"]
    layers = _layers(config)
    if keras_config.plain_name(model) == "Sequential":
        rest = [layer for layer in layers if keras_config.plain_name(layer) != "InputLayer"]
        row = [f"{inside}{number}" for number in range(len(rest) + 1)]
        for layer, (before, base) in zip(rest, pairwise(row), strict=True):
            _wire_layer(layer, base, [[f"{before}:0:0"]], nodes)
        return [f"{row[0]}:0:0"], [f"{row[-1]}:0:0"]
    for layer in layers:
        calls = layer.get("inbound_nodes")
        taken = [_tensors(call, inside) for call in calls] if isinstance(calls, list) else []
        _wire_layer(layer, f"{inside}{_name(layer)}", taken, nodes)
    return _tensors(config.get("input_layers"), inside), _tensors(config.get("output_layers"), inside)


def _tensors(value: Any, inside: str) -> list[str]:
    return [f"{inside}{name}:{node}:{tensor}" for _, (name, node, tensor) in _triples(value)]


def _wire_layer(layer: Mapping[str, Any], base: str, calls: list[list[str]], nodes: list[Node]) -> None:
    """Append the calls of a layer, each by what it takes; the results of call N are `base:N:0`, `base:N:1` ..."""
    config = layer.get("config")
    inner: Mapping[str, Any] = config if isinstance(config, dict) else {}
    if isinstance(inner.get("layers"), list):
        takes, gives = _wire(layer, f"{base}/", nodes)
        for number, taken in enumerate(calls):
            nodes += [Node("Identity", (outer,), (own,)) for outer, own in zip(taken, takes, strict=False)]
            nodes += [Node("Identity", (own,), (f"{base}:{number}:{at}",)) for at, own in enumerate(gives)]
        return
    kind, activation = keras_config.plain_name(layer), _activation(inner)
    if kind == "Activation":
        kind, activation = activation or "Identity", None
    for number, taken in enumerate(calls):
        given = f"{base}:{number}:0"
        if taken and activation:
            nodes.append(Node(kind, tuple(taken), (f"{given}, before {activation}",)))
            nodes.append(Node(activation, (f"{given}, before {activation}",), (given,)))
        elif taken:
            nodes.append(Node(kind, tuple(taken), (given,)))


def _activation(config: Mapping[str, Any]) -> str | None:
    """Return the name of a layer's activation; None where it has none, or a linear one."""
    value = config.get("activation")
    if isinstance(value, dict):  # Keras 3 writes a function, or a layer
        value = value.get("config") if value.get("class_name") == "function" else value.get("class_name")
    return value if isinstance(value, str) and value != "linear" else None
