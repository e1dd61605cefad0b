"""TensorFlow SavedModels: inspect one from its protocol buffer alone, write one from a graph and a signature.

What `write` leaves is one file, `saved_model.pb`, put together here and not by TensorFlow's exporter, which
adds a random id (`fingerprint.pb`). So equal graphs give equal bytes.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maxctl.runtimes import saved_model_files
from maxctl.runtimes.framework import protobuf, tensorflow, tensorflow_module
from maxctl.runtimes.interface import (
    ConversionError,
    CorruptModelError,
    DeclaredTensor,
    ModelDescription,
    ModelFormatError,
    NamedSignature,
    Signature,
    TensorDescription,
    UnknownTensorError,
    UnsafeModelError,
    UnsupportedOperatorError,
    checked_shape,
    license_strings,
    unsafe_among,
)

NAME = "saved-model"
SIGNATURE = "serving_default"
MAX_PB_BYTES = 2**31 - 1
FLOATING = {1, 2, 14, 19}  # DT_FLOAT, DT_DOUBLE, DT_BFLOAT16, DT_HALF

_TRAINING = re.compile(
    r"^(Resource)?(Sparse)?Apply[A-Z]|Grad(V\d|WithIndex)?$|^(Queue|FIFOQueue|RandomShuffle)"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What `write` put into the SavedModel."""

    path: Path
    inputs: tuple[TensorDescription, ...]
    outputs: tuple[TensorDescription, ...]
    operators: Mapping[str, int]
    nodes_in: int
    nodes_out: int


def recognise(path: Path) -> bool:
    """Return whether this is the folder of a SavedModel, or its saved_model.pb."""
    return _pb(path).is_file() and _pb(path).name == "saved_model.pb"


def _pb(path: Path) -> Path:
    return path / "saved_model.pb" if path.is_dir() else path


def inspect(path: Path) -> ModelDescription:
    """Return what saved_model.pb says: parsed, nothing loaded. Imports TensorFlow for its protocols."""
    file = _pb(path)
    saved = _parsed(file)
    meta = _served(saved)
    graph = meta.graph_def
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    operators = Counter(node.op for node in nodes)
    signature = _signature_of(meta)
    extra = sorted(p for p in file.parent.rglob("*") if p.is_file() and not p.is_symlink())
    metadata = {
        "tags": " ".join(meta.meta_info_def.tags),
        "tensorflow_version": meta.meta_info_def.tensorflow_version,
        "signatures": " ".join(_names(meta)),
    }
    texts = [
        node.metadata for node in meta.object_graph_def.nodes for node in [node.user_object] if node.metadata
    ]
    texts += [
        p.read_text(encoding="utf-8", errors="replace")
        for p in extra
        if p.suffix in ("", ".txt", ".md", ".json") and p.stat().st_size < 1 << 20
    ]
    return ModelDescription(
        format=NAME,
        inputs=_described(signature.inputs) if signature else _placeholders(graph),
        outputs=_described(signature.outputs) if signature else (),
        operators=dict(sorted(operators.items())),
        parameters=_parameters(meta, nodes),
        size_bytes=sum(p.stat().st_size for p in extra),
        metadata={key: value for key, value in metadata.items() if value},
        licenses=license_strings(texts),
        unsafe_operators=saved_model_files.unsafe(meta, file.parent, operators),
        signatures=tuple(_signatures(saved)),
    )


def _signatures(saved: Any) -> Iterator[NamedSignature]:
    for meta in saved.meta_graphs:
        for name in _names(meta):
            told = meta.signature_def[name]
            tags = tuple(sorted(meta.meta_info_def.tags))
            yield NamedSignature(name, tags, _described(told.inputs), _described(told.outputs))


def _names(meta: Any) -> list[str]:
    """Return the signatures of a graph, without what TensorFlow keeps among them for itself."""
    return sorted(name for name in meta.signature_def if not name.startswith("__saved_model"))


def take(
    path: Path, out_dir: Path, *, signature: str | None = None, tags: Sequence[str] = ()
) -> ModelDescription:
    """Copy a SavedModel so that it has one graph, tagged `serve`, whose signature `serving_default` is the chosen one.

    Without a choice it is the graph that is tagged `serve`, and in it `serving_default`, or the only signature. Where
    that is so already, the bytes stay as they are, but for what an optimizer kept. Loads nothing. `out_dir` must not
    exist, or be empty. Raises `ModelFormatError` that lists the tags or signatures there are.
    """
    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        raise ModelFormatError(f"{out_dir} is not empty", hint="name a new folder, or remove this one")
    file = _pb(path)
    saved = _parsed(file)
    meta = _tagged(saved, tags)
    name = _chosen(meta, signature)
    operators = [node.op for node in meta.graph_def.node]
    operators += [node.op for function in meta.graph_def.library.function for node in function.node_def]
    if unsafe := saved_model_files.unsafe(meta, file.parent, operators):
        raise UnsafeModelError(
            f"{path} reaches out of its graph: {', '.join(unsafe)}", hint="do not use this model"
        )
    alone = len(saved.meta_graphs) == 1 and set(meta.meta_info_def.tags) == {"serve"}
    if alone and name == SIGNATURE and not _forget_training(meta):
        shutil.copytree(file.parent, out_dir, dirs_exist_ok=True)
        return inspect(out_dir)
    _serve(meta, name)
    kept = type(saved)(saved_model_schema_version=saved.saved_model_schema_version, meta_graphs=[meta])
    # the fingerprint is that of the file before
    others = shutil.ignore_patterns("saved_model.pb", "fingerprint.pb")
    shutil.copytree(file.parent, out_dir, dirs_exist_ok=True, ignore=others)
    (out_dir / "saved_model.pb").write_bytes(kept.SerializeToString(deterministic=True))
    return inspect(out_dir)


def _tagged(saved: Any, tags: Sequence[str]) -> Any:
    there = [set(meta.meta_info_def.tags) for meta in saved.meta_graphs]
    wanted = set(tags) or {"serve"}
    found = [meta for meta, has in zip(saved.meta_graphs, there, strict=True) if has == wanted]
    if not found and not tags:
        found = [meta for meta, has in zip(saved.meta_graphs, there, strict=True) if has >= wanted]
        if not found and len(there) == 1:
            found = list(saved.meta_graphs)
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"[{', '.join(sorted(has))}]" for has in there)
    which = "more than one graph" if found else "no graph"
    raise ModelFormatError(
        f"the SavedModel has {which} with the tags {', '.join(sorted(wanted))}",
        hint=f"choose one by `preparation.tags`: {listed}",
    )


def _chosen(meta: Any, signature: str | None) -> str:
    names = _names(meta)
    if not names:
        raise ModelFormatError(
            "the SavedModel has no signature, so nothing says what it takes and gives",
            hint="export it with one: tf.saved_model.save(…, signatures=…), or model.export(…) of Keras",
        )
    if signature is None:
        if SIGNATURE in names or len(names) == 1:
            return SIGNATURE if SIGNATURE in names else names[0]
        raise ModelFormatError(
            f"the SavedModel has {len(names)} signatures and no {SIGNATURE}",
            hint=f"choose one by `preparation.signature`: {', '.join(names)}",
        )
    if signature not in names:
        raise ModelFormatError(
            f"the SavedModel has no signature `{signature}`", hint=f"it has {', '.join(names)}"
        )
    return signature


def _forget_training(meta: Any) -> bool:
    """Take out what an optimizer kept of each variable; return whether there was any.

    TensorFlow loads it through the class of the optimizer, which is not there without the Keras that wrote it.
    """
    kept = [node for node in meta.object_graph_def.nodes if node.slot_variables]
    for node in kept:
        node.ClearField("slot_variables")
    return bool(kept)


def _serve(meta: Any, name: str) -> None:
    """Leave one signature, as `serving_default`; for TensorFlow 2 it is also a child in the graph of objects."""
    chosen = type(meta.signature_def[name])()
    chosen.CopyFrom(meta.signature_def[name])
    for other in _names(meta):
        del meta.signature_def[other]
    meta.signature_def[SIGNATURE].CopyFrom(chosen)
    meta.meta_info_def.tags[:] = ["serve"]
    nodes = meta.object_graph_def.nodes
    holder = (
        next((c.node_id for c in nodes[0].children if c.local_name == "signatures"), None) if nodes else None
    )
    if holder is None:
        return
    children = [child for child in nodes[holder].children if child.local_name == name]
    if not children:
        meta.ClearField("object_graph_def")  # it is loaded as those of TensorFlow 1, by its signatures alone
        return
    kept = type(children[0])(node_id=children[0].node_id, local_name=SIGNATURE)
    del nodes[holder].children[:]
    nodes[holder].children.append(kept)


def _parsed(file: Path) -> Any:
    if not file.is_file():
        raise ModelFormatError(f"{file} is not there", hint="name the folder that holds saved_model.pb")
    if file.stat().st_size > MAX_PB_BYTES:
        raise UnsafeModelError(f"{file.name} is larger than a protocol buffer can be")
    saved = tensorflow_module("core.protobuf.saved_model_pb2").SavedModel()
    try:
        saved.ParseFromString(file.read_bytes())
    except protobuf("message").DecodeError as error:
        raise CorruptModelError(f"{file} is no SavedModel: {error}", hint="fetch it again") from error
    if not saved.meta_graphs:
        raise CorruptModelError(f"{file} holds no graph")
    return saved


def _served(saved: Any) -> Any:
    metas = saved.meta_graphs
    exact = next((meta for meta in metas if set(meta.meta_info_def.tags) == {"serve"}), None)
    return exact or next((meta for meta in metas if "serve" in meta.meta_info_def.tags), metas[0])


def _signature_of(meta: Any) -> Any:
    names = _names(meta)
    name = SIGNATURE if SIGNATURE in names else (names[0] if names else None)
    return meta.signature_def[name] if name else None


def _described(tensors: Any) -> tuple[TensorDescription, ...]:
    return tuple(
        TensorDescription(name, type_name(tensors[name].dtype), shape_of(tensors[name].tensor_shape))
        for name in sorted(tensors)
    )


def _placeholders(graph: Any) -> tuple[TensorDescription, ...]:
    return tuple(
        TensorDescription(
            f"{node.name}:0", type_name(node.attr["dtype"].type), shape_of(node.attr["shape"].shape)
        )
        for node in graph.node
        if node.op == "Placeholder"
    )


def type_name(number: int) -> str | None:
    """Return the name of a DataType, such as float32; None for one that is not known."""
    dtypes = tensorflow_module("python.framework.dtypes")
    try:
        return str(dtypes.as_dtype(number).name) if number else None
    except (TypeError, ValueError, KeyError):
        return None


def shape_of(proto: Any) -> tuple[int | None, ...] | None:
    """Return a TensorShapeProto as a tuple, None for open dimensions; None where the rank is not known."""
    return None if proto.unknown_rank else tuple(None if dim.size < 0 else dim.size for dim in proto.dim)


def _parameters(meta: Any, nodes: Iterable[Any]) -> int:
    """Return the elements of floating-point variables, or of constants if there are none, from shapes."""
    objects = meta.object_graph_def.nodes
    slots = {slot.slot_variable_node_id for node in objects for slot in node.slot_variables}  # an optimiser's
    held = [
        (node.variable.dtype, node.variable.shape)
        for index, node in enumerate(objects)
        if node.WhichOneof("kind") == "variable" and index not in slots
    ]
    if not held:
        variables = [node for node in nodes if node.op in ("VariableV2", "VarHandleOp")]
        held = [(node.attr["dtype"].type, node.attr["shape"].shape) for node in variables]
    if not held:
        constants = [node for node in nodes if node.op == "Const"]
        held = [(node.attr["dtype"].type, node.attr["value"].tensor.tensor_shape) for node in constants]
    sizes = [[dim.size for dim in shape.dim] for dtype, shape in held if dtype in FLOATING]
    return sum(math.prod(dims) for dims in sizes if all(size >= 0 for size in dims))


def write(graph_def: Any, signature: Signature, out_dir: Path) -> Written:
    """Write what lies between the signature's inputs and outputs as a SavedModel, and return what it holds.

    An input may be any tensor of the graph: the graph is cut there. An output keeps its values; dimensions of
    size 1 that its declared shape leaves out are squeezed. The result has the signature `serving_default`, the
    tag `serve`, and the same bytes for the same graph, signature and TensorFlow. `out_dir` must not exist, or
    be empty. Raises `ModelFormatError`.
    """
    if out_dir.exists() and (not out_dir.is_dir() or any(out_dir.iterdir())):
        raise ModelFormatError(f"{out_dir} is not empty", hint="name a new folder, or remove this one")
    graph = _cut(graph_def, signature)
    outputs = _finish(graph, signature)
    saved = tensorflow_module("core.protobuf.saved_model_pb2").SavedModel(saved_model_schema_version=1)
    meta = saved.meta_graphs.add()
    meta.meta_info_def.tags.append("serve")
    meta.meta_info_def.tensorflow_version = str(tensorflow().__version__)
    meta.graph_def.CopyFrom(graph)
    served = meta.signature_def[SIGNATURE]
    served.method_name = "tensorflow/serving/predict"
    placed = {node.attr[_INPUT].s.decode(): node for node in meta.graph_def.node if _INPUT in node.attr}
    for tensor in signature.inputs:
        _tensor_info(served.inputs[tensor.name], placed[tensor.name].name, tensor.dtype, tensor.shape)
        del placed[tensor.name].attr[_INPUT]
    for tensor, (node, shape) in zip(signature.outputs, outputs, strict=True):
        _tensor_info(served.outputs[tensor.name], node, tensor.dtype, shape)
    data = saved.SerializeToString(deterministic=True)
    out_dir.mkdir(parents=True, exist_ok=True)
    partial = out_dir / ".saved_model.pb.partial"
    partial.write_bytes(data)
    os.replace(partial, out_dir / "saved_model.pb")  # noqa: PTH105 - atomic, and said so
    return Written(
        path=out_dir,
        inputs=tuple(TensorDescription(t.name, t.dtype, t.shape) for t in signature.inputs),
        outputs=tuple(
            TensorDescription(t.name, t.dtype, shape)
            for t, (_, shape) in zip(signature.outputs, outputs, strict=True)
        ),
        operators=dict(sorted(Counter(node.op for node in meta.graph_def.node).items())),
        nodes_in=len(graph_def.node),
        nodes_out=len(meta.graph_def.node),
    )


_INPUT = "_maxctl_input"  # marks a placeholder while the graph is under way


def _tensor_info(info: Any, node: str, dtype: str, shape: tuple[int | None, ...]) -> None:
    info.name = f"{node}:0"
    info.dtype = tensorflow_module("python.framework.dtypes").as_dtype(dtype).as_datatype_enum
    for size in shape:
        info.tensor_shape.dim.add(size=-1 if size is None else size)


def _tensor(name: str) -> tuple[str, int]:
    node, _, index = name.removeprefix("^").partition(":")
    return node, int(index) if index.isdigit() else 0


def _cut(graph_def: Any, signature: Signature) -> Any:
    """Return a new GraphDef with a placeholder for each input, and only what the outputs need."""
    nodes = {node.name: node for node in graph_def.node}
    functions = {function.signature.name: function for function in graph_def.library.function}
    for tensor in (*signature.inputs, *signature.outputs):
        _check_declared(tensor, nodes, functions)
    cuts = {_tensor(tensor.tensor): tensor for tensor in signature.inputs}
    if len(cuts) < len(signature.inputs):
        raise UnknownTensorError("two inputs are the same tensor", hint="declare each tensor once")
    kept, used = _needed(nodes, cuts, signature)
    for tensor in signature.inputs:
        if _tensor(tensor.tensor) not in used:
            raise UnknownTensorError(
                f"input `{tensor.name}` (`{tensor.tensor}`) reaches none of the outputs",
                hint="name a tensor between the model's placeholder and the outputs",
            )
    library = _library([nodes[name] for name in kept], functions)
    _check_operators([nodes[name] for name in kept], library)
    names = {key: _free(tensor.name, kept) for key, tensor in cuts.items()}
    graph = tensorflow_module("core.framework.graph_pb2").GraphDef()
    graph.versions.CopyFrom(graph_def.versions)
    for key, tensor in cuts.items():
        placeholder = graph.node.add(name=names[key], op="Placeholder")
        dtypes = tensorflow_module("python.framework.dtypes")
        placeholder.attr["dtype"].type = dtypes.as_dtype(tensor.dtype).as_datatype_enum
        placeholder.attr["shape"].shape.SetInParent()
        for size in tensor.shape:
            placeholder.attr["shape"].shape.dim.add(size=-1 if size is None else size)
        placeholder.attr[_INPUT].s = tensor.name.encode()
    gone = {node: names[node, index] for node, index in cuts if node not in kept}
    for node in graph_def.node:  # in the order of the original, so that equal graphs stay equal
        if node.name in kept:
            graph.node.append(node)
            _rewire(graph.node[-1], names, gone)
    graph.library.function.extend(library)
    return graph


def _rewire(node: Any, names: Mapping[tuple[str, int], str], gone: Mapping[str, str]) -> None:
    rewired = []
    for name in node.input:
        if name.startswith("^"):
            rewired.append(f"^{gone.get(name[1:], name[1:])}")
        else:
            rewired.append(names.get(_tensor(name), name))
    del node.input[:]
    node.input.extend(rewired)
    for key in [key for key in node.attr if key.startswith("_")]:
        del node.attr[key]  # notes of an optimiser or a trainer, such as colocation with nodes that are gone


def _needed(
    nodes: Mapping[str, Any], cuts: Mapping[tuple[str, int], DeclaredTensor], signature: Signature
) -> tuple[set[str], set[tuple[str, int]]]:
    """Return the names of the nodes that the outputs need, and the cut tensors that were reached."""
    kept, used = set[str](), set[tuple[str, int]]()
    cut_nodes = {node for node, _ in cuts}
    for output in signature.outputs:
        waiting = [_tensor(output.tensor)]
        if waiting[0] in cuts:
            raise UnknownTensorError(f"output `{output.name}` is itself an input", hint="name a later tensor")
        while waiting:
            key = waiting.pop()
            if key in cuts:
                used.add(key)
                continue
            name = key[0]
            if name in kept:
                continue
            node = nodes.get(name)
            if node is None:
                raise CorruptModelError(f"the graph refers to a node `{name}` that it does not have")
            if node.op in ("Placeholder", "PlaceholderV2"):
                raise UnknownTensorError(
                    f"output `{output.name}` needs the placeholder `{name}:0`, which is not among the inputs",
                    hint=f"declare `{name}:0` as an input, or cut the graph after it",
                )
            kept.add(name)
            for source in node.input:
                # after a cut node nothing remains to wait for: its control edge goes to the placeholder
                if source.startswith("^") and source[1:] in cut_nodes:
                    continue
                waiting.append(_tensor(source))
    return kept, used


def _check_declared(tensor: DeclaredTensor, nodes: Mapping[str, Any], functions: Mapping[str, Any]) -> None:
    node_name, _, index = tensor.tensor.partition(":")
    node = nodes.get(node_name)
    if node is None:
        near = difflib.get_close_matches(node_name, nodes, n=3, cutoff=0.5)
        near = near or [name for name in nodes if node_name.rsplit("/", 1)[-1].lower() in name.lower()][:3]
        raise UnknownTensorError(
            f"`{tensor.name}`: the graph has no tensor `{tensor.tensor}`",
            hint=f"did you mean {' or '.join(f'`{name}:0`' for name in near)}?"
            if near
            else "see `maxctl inspect`",
        )
    if index and not index.isdigit():
        raise UnknownTensorError(
            f"`{tensor.name}`: `{tensor.tensor}` is no tensor name", hint="write `node:0`"
        )
    dtypes = tensorflow_module("python.framework.dtypes")
    try:
        declared = dtypes.as_dtype(tensor.dtype)
    except TypeError as error:
        raise UnknownTensorError(
            f"`{tensor.name}`: `{tensor.dtype}` is no dtype", hint="such as float32"
        ) from error
    if node.op in functions:
        return
    if tensorflow_module("python.framework.op_def_registry").get(node.op) is None:
        raise UnsupportedOperatorError(
            f"operator `{node.op}` (node `{node.name}`) is unknown to TensorFlow {tensorflow().__version__}",
            hint="cut the graph so that it is left out",
        )
    given = output_types(node)
    if int(index or 0) >= len(given):
        raise UnknownTensorError(
            f"`{tensor.name}`: `{node_name}` ({node.op}) has {len(given)} outputs, so no `{tensor.tensor}`"
        )
    actual = given[int(index or 0)]
    if actual and dtypes.as_dtype(actual) != declared:
        raise UnknownTensorError(
            f"`{tensor.name}`: `{tensor.tensor}` is {dtypes.as_dtype(actual).name}, not {tensor.dtype}",
            hint=f"declare dtype {dtypes.as_dtype(actual).name}",
        )


def output_types(node: Any) -> list[int]:
    """Return the DataType of each output, by the operator's definition; 0 where the node does not say.

    Of an operator that TensorFlow does not know, nothing.
    """
    definition = tensorflow_module("python.framework.op_def_registry").get(node.op)
    if definition is None:
        return []
    types: list[int] = []
    for argument in definition.output_arg:
        if argument.type_list_attr:
            types += list(node.attr[argument.type_list_attr].list.type)
            continue
        default = next((a.default_value.type for a in definition.attr if a.name == argument.type_attr), 0)
        given = node.attr[argument.type_attr].type if argument.type_attr in node.attr else default
        count = node.attr[argument.number_attr].i if argument.number_attr else 1
        types += [argument.type or given] * min(count, 1 << 16)
    return types


def _library(nodes: Iterable[Any], functions: Mapping[str, Any]) -> list[Any]:
    """Return the functions that the nodes call, directly or not, sorted by name."""
    reached: dict[str, Any] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        called = [node.op]
        for value in node.attr.values():
            called += [value.func.name, *(function.name for function in value.list.func)]
        for name in called:
            if name in functions and name not in reached:
                reached[name] = functions[name]
                waiting += functions[name].node_def
    return [reached[name] for name in sorted(reached)]


def _check_operators(nodes: list[Any], library: list[Any]) -> None:
    """Refuse what reaches out of the graph, what TensorFlow does not know, and what only training has."""
    registry = tensorflow_module("python.framework.op_def_registry")
    functions = {function.signature.name for function in library}
    every = [*nodes, *(node for function in library for node in function.node_def)]
    unsafe = unsafe_among((node.op for node in every), saver_too=True)
    if unsafe:
        where = next(node.name for node in every if node.op == unsafe[0])
        raise UnsafeModelError(
            f"the graph reaches out of itself: {', '.join(f'`{op}`' for op in unsafe)} (node `{where}`)",
            hint="do not run this model; cut the graph so that they are left out",
        )
    unknown = sorted({n.op for n in every if n.op not in functions and registry.get(n.op) is None})
    if unknown:
        where = next(node.name for node in every if node.op == unknown[0])
        raise UnsupportedOperatorError(
            f"TensorFlow {tensorflow().__version__} does not know {', '.join(f'`{op}`' for op in unknown)}"
            f" (node `{where}`)",
            hint="cut the graph so that it is left out",
        )
    for node in every:
        trains = (
            node.op.startswith("FusedBatchNorm") and "is_training" in node.attr and node.attr["is_training"].b
        )
        if trains or _TRAINING.search(node.op):
            raise ConversionError(
                f"node `{node.name}` ({node.op}) belongs to training", hint="export the model for inference"
            )
        if node.op == "Placeholder":
            continue
        for value in node.attr.values():
            for shape in (value.shape, *value.list.shape):
                sizes = [dim.size for dim in shape.dim]
                checked_shape(
                    [None if size < 0 else size for size in sizes], f"node `{node.name}`", open_too=True
                )


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _finish(graph: Any, signature: Signature) -> list[tuple[str, tuple[int | None, ...]]]:
    """Add a node for each output, after asking TensorFlow for the shapes; return their names and shapes."""
    tf = tensorflow()
    imported = tf.Graph()
    try:
        with imported.as_default():
            tf.import_graph_def(graph, name="")
    except (ValueError, tf.errors.OpError) as error:
        message = str(error).splitlines()[0]
        raise ConversionError(
            f"TensorFlow refuses the graph: {message}",
            hint="check the declared shapes and types of the inputs",
        ) from error
    taken = {node.name for node in graph.node}
    cuts = {_tensor(t.tensor) for t in signature.inputs}
    finished = []
    for output in signature.outputs:
        node, index = _tensor(output.tensor)
        assert (node, index) not in cuts
        tensor = imported.get_tensor_by_name(f"{node}:{index}")
        given = None if tensor.shape.rank is None else tuple(tensor.shape.as_list())
        squeezed = _squeezed(given, output)
        name = _free(output.name, taken)
        taken.add(name)
        added = graph.node.add(name=name, op="Squeeze" if squeezed else "Identity", input=[f"{node}:{index}"])
        added.attr["T"].type = tensor.dtype.as_datatype_enum
        if squeezed:
            added.attr["squeeze_dims"].list.i.extend(squeezed)
        finished.append((name, output.shape))
    return finished


def _squeezed(given: tuple[int | None, ...] | None, output: DeclaredTensor) -> list[int]:
    """Return the axes of size 1 that the declared shape leaves out; raises where no such choice fits."""
    if given is None:
        return []
    axes: list[int] = []
    rest = list(output.shape)
    for axis, size in enumerate(given):
        left = len(given) - axis
        fits = bool(rest) and (size is None or rest[0] is None or size == rest[0])
        if fits and not (size == 1 and left > len(rest) and rest[0] is None):
            rest.pop(0)
        elif size == 1 and left > len(rest):
            axes.append(axis)
        else:
            rest.append(-1)
            break
    if rest:
        raise UnknownTensorError(
            f"output `{output.name}`: `{output.tensor}` has the shape {_written(given)},"
            f" declared is {_written(output.shape)}",
            hint="declare that shape; only dimensions of size 1 may be left out",
        )
    return axes


def _written(shape: tuple[int | None, ...]) -> str:
    return f"[{', '.join('null' if size is None else str(size) for size in shape)}]"
