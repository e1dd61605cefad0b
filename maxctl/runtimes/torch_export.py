"""Programs that `torch.export.save` wrote, `.pt2`: inspect one from its JSON, and convert it to ONNX.

torch's own loader is not safe with a stranger's file: it unpickles (weights, constants and example inputs may be
pickles), evaluates expressions of sizes and guards as Python, and calls whatever in `torch` a node names. So a file
is read here first, and refused for anything but numbers, operators of torch's own libraries, and sizes that are
arithmetic; and what torch then loads is a copy that holds those alone.

Names of members and keys are those of `torch/export/pt2_archive` and `torch/_export/serde/schema.py` (torch 2.13,
schema 8.20).
"""

from __future__ import annotations

import ast
import contextlib
import json
import math
import re
import tempfile
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from maxctl.runtimes import onnx, to_onnx, zip_archive
from maxctl.runtimes.framework import one_line, torch
from maxctl.runtimes.interface import (
    CorruptModelError,
    ModelDescription,
    ModelFormatError,
    TensorDescription,
    UnsafeModelError,
    UnsupportedOperatorError,
    checked_shape,
    license_strings,
    plain_names,
)
from maxctl.runtimes.wiring import Node, Wiring

NAME = "torch-export"
SUFFIX = ".pt2"
_MARK = "archive_format"
_OLD = "serialized_exported_program.json"
_CODE = (".so", ".cubin", ".cpp", ".o", ".ptx", ".hsaco", ".dll", ".dylib", ".pte")
_MOST_DEPTH = 200
_AGAIN = "save it again where its code is, with torch 2.9 or newer: torch.export.save(program, 'model.pt2')"

# torch._export.serde.schema.ScalarType: name as NumPy or ml_dtypes has it, and bytes of an element
_TYPES = {
    1: ("uint8", 1), 2: ("int8", 1), 3: ("int16", 2), 4: ("int32", 4), 5: ("int64", 8), 6: ("float16", 2),
    7: ("float32", 4), 8: ("float64", 8), 9: ("complex32", 4), 10: ("complex64", 8), 11: ("complex128", 16),
    12: ("bool", 1), 13: ("bfloat16", 2), 28: ("uint16", 2), 29: ("float8_e4m3fn", 1), 30: ("float8_e5m2", 1),
    31: ("float8_e4m3fnuz", 1), 32: ("float8_e5m2fnuz", 1), 33: ("float8_e8m0fnu", 1), 34: ("uint32", 4),
    35: ("uint64", 8),
}  # fmt: skip

_OPERATOR = re.compile(r"torch\.ops\.(?P<name>[a-z_0-9]+\.\w+(\.\w+)?)")
_LIBRARIES = frozenset({"aten", "prims", "quantized_decomposed"})
_HIGHER_ORDER = frozenset({
    "associative_scan", "cond", "map_impl", "scan", "while_loop", "wrap_with_autocast", "wrap_with_set_grad_enabled",
})  # fmt: skip
"""Operators that take graphs and run those alone; others run kernels, libraries or Python."""
_PYTHON = frozenset({
    "_operator.add", "_operator.and_", "_operator.eq", "_operator.floordiv", "_operator.ge", "_operator.getitem",
    "_operator.gt", "_operator.le", "_operator.lt", "_operator.mod", "_operator.mul", "_operator.ne", "_operator.neg",
    "_operator.not_", "_operator.or_", "_operator.pos", "_operator.pow", "_operator.sub", "_operator.truediv",
    "math.ceil", "math.floor", "math.trunc", "torch.sym_float", "torch.sym_int", "torch.sym_ite", "torch.sym_max",
    "torch.sym_min", "torch.sym_not", "torch.sym_sqrt", "torch.sym_sum",
})  # fmt: skip
_UNSAFE = frozenset({"from_file", "save"})
_SIZES = frozenset({
    "Symbol", "Integer", "Rational", "Float", "Mul", "Add", "Pow", "Mod", "PythonMod", "FloorDiv", "CleanDiv",
    "CeilDiv", "CeilToInt", "FloorToInt", "TruncToInt", "RoundToInt", "RoundDecimal", "IntTrueDiv", "FloatTrueDiv",
    "ToFloat", "PowByNatural", "FloatPow", "ModularIndexing", "Max", "Min", "Eq", "Ne", "Lt", "Le", "Gt", "Ge", "And",
    "Or", "Not", "Equality", "Unequality", "StrictLessThan", "LessThan", "StrictGreaterThan", "GreaterThan", "floor",
    "ceiling", "Abs", "Where", "true", "false", "oo", "int_oo", "TruncToFloat", "IsNonOverlappingAndDenseIndicator",
})  # fmt: skip
_SYMBOL = re.compile(r"z?[a-z]{1,2}\d{1,12}")
_FACTS = frozenset({
    "finite", "integer", "negative", "nonnegative", "nonpositive", "nonzero", "positive", "real", "zero",
})  # fmt: skip
"""What torch says of a size beside its name."""
_MOST_POWER = 8
_POWERS = ("Pow", "PowByNatural", "FloatPow")
_TREES = frozenset({
    None, "builtins.tuple", "builtins.list", "builtins.dict", "collections.OrderedDict",
    "torch.fx.immutable_collections.immutable_list", "torch.fx.immutable_collections.immutable_dict",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Program:
    """The one model of a file: what was read, and where its parts stand."""

    root: str
    name: str
    graph: Mapping[str, Any]
    configs: Mapping[str, Mapping[str, Any]]
    """What says which member holds which tensor, by the member's name."""
    texts: tuple[str, ...]
    extra: tuple[str, ...]


def recognise(path: Path) -> bool:
    """Return whether this is an archive of torch.export, of this or of an older layout."""
    if not path.is_file():
        return False
    names = zip_archive.names(path)
    return _OLD in names or any(PurePosixPath(name).parts[1:] == (_MARK,) for name in names)


def inspect(path: Path) -> ModelDescription:
    """Return what the program's JSON says. torch is not imported, nothing is unpickled."""
    with _opened(path) as archive:
        program, sizes = _read(archive, path.name)
        unsafe = _unsafe(program.graph)
        return ModelDescription(
            format=NAME,
            inputs=_inputs(program.graph),
            outputs=_outputs(program.graph),
            operators=dict(sorted(Counter(map(_short, _targets(program.graph))).items())),
            parameters=sizes,
            size_bytes=path.stat().st_size,
            metadata=_metadata(program),
            licenses=license_strings(program.texts),
            unsafe_operators=unsafe,
        )


def wiring(path: Path) -> Wiring:
    """Return which operators take and give which tensors; raises `ModelFormatError`."""
    with _opened(path) as archive:
        program = _read(archive, path.name)[0].graph
        nodes = tuple(
            Node(
                _short(node["target"]),
                tuple(one["arg"]["as_tensor"]["name"] for one in node["inputs"] if "as_tensor" in one["arg"]),
                tuple(one["as_tensor"]["name"] for one in node["outputs"] if "as_tensor" in one),
            )
            for node in program["graph_module"]["graph"]["nodes"]
        )
        specs = program["graph_module"]["signature"]["output_specs"]
        tensors = [one["user_output"]["arg"]["as_tensor"]["name"] for one in specs if one.get("user_output")]
        takes = {one.name: one.name for one in _inputs(program)}
        gives = dict(zip((one.name for one in _outputs(program)), tensors, strict=True))
        return Wiring(nodes, takes, gives)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Give the archive, and raise whatever is wrong with it or its JSON as an error of this family."""
    try:
        with zip_archive.opened(path, "the .pt2 file") as archive:
            yield archive
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        if isinstance(error, ModelFormatError):
            raise
        raise CorruptModelError(
            f"{path.name} is no program of torch.export: {type(error).__name__}: {error}", hint=_AGAIN
        ) from error


def _read(archive: zipfile.ZipFile, name: str) -> tuple[_Program, int]:
    """Return the program, and how many floating-point numbers it holds; what torch must not load is refused."""
    members = zip_archive.members(archive, name)
    if _OLD in members:
        raise ModelFormatError(f"{name} was saved by torch 2.7 or older, as pickles", hint=_AGAIN)
    roots = [key.partition("/")[0] for key in members if PurePosixPath(key).parts[1:] == (_MARK,)]
    if len(roots) != 1:
        raise ModelFormatError(
            f"{name} is no archive of torch.export", hint="`maxctl inspect` tells what it is"
        )
    root = roots[0]
    inside = {key.removeprefix(f"{root}/"): member for key, member in members.items()}
    if compiled := sorted(key for key in inside if key.lower().endswith(_CODE)):
        raise UnsafeModelError(
            f"{name} holds compiled code, {compiled[0]}",
            hint="export the program itself, not what was compiled",
        )
    models = [key for key in inside if re.fullmatch(r"models/[^/]+\.json", key)]
    if len(models) != 1:
        raise ModelFormatError(f"{name} holds {len(models)} programs", hint="save one program in a file")
    model = PurePosixPath(models[0]).stem
    graph = zip_archive.json_member(archive, inside[models[0]])
    configs, count = {}, 0
    for kind, first in (("weights", "weight"), ("constants", "tensor")):
        place = f"data/{kind}/{model}_{kind}_config.json"
        if place not in inside:
            raise ModelFormatError(f"{name} holds its {kind} as pickles, or not at all", hint=_AGAIN)
        config = zip_archive.json_member(archive, inside[place])
        configs[place] = config
        for tensor, payload in config["config"].items():
            count += _tensor(tensor, payload, kind, first, inside, name)
    extra = [key for key in inside if key.startswith("extra/")]
    texts = tuple(zip_archive.text(archive, inside[key]) for key in sorted(extra))
    names = tuple(key.removeprefix("extra/") for key in sorted(extra))
    return _Program(root, model, graph, configs, texts, names), count


def _tensor(
    tensor: str,
    payload: Mapping[str, Any],
    kind: str,
    first: str,
    inside: Mapping[str, zipfile.ZipInfo],
    name: str,
) -> int:
    """Return how many floating-point numbers a tensor has, after a look at where it says that they stand."""
    path = payload["path_name"]
    if payload["use_pickle"] or not re.fullmatch(rf"{first}_\d+", path):
        raise UnsafeModelError(
            f"{name} holds `{tensor}` as a pickle or an object: loading it runs code",
            hint="save plain tensors, contiguous and on the CPU, and no other objects",
        )
    meta = payload["tensor_meta"]
    dtype, width = _dtype(meta)
    shape, strides = ([_known(size) for size in meta[key]] for key in ("sizes", "strides"))
    checked_shape(shape, f"`{tensor}` in {name}")
    checked_shape(strides, f"the strides of `{tensor}` in {name}")
    offset = _known(meta["storage_offset"])
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    member = inside.get(f"data/{kind}/{path}")
    held = 0 if member is None else member.file_size
    if math.prod(shape) and (member is None or offset < 0 or (last + 1) * width > held):
        raise CorruptModelError(f"{name} holds {held} bytes for `{tensor}`, too few", hint="fetch it again")
    return math.prod(shape) if "float" in dtype else 0


def _dtype(meta: Mapping[str, Any]) -> tuple[str, int]:
    known = _TYPES.get(meta["dtype"])
    if known is None:
        raise UnsupportedOperatorError(f"a tensor has the unknown type {meta['dtype']}")
    return known


def _known(size: Mapping[str, Any]) -> int:
    value = size["as_int"]
    if isinstance(value, bool) or not isinstance(value, int):
        raise CorruptModelError(f"{value!r} is no size")
    return value


def _walk(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON document."""
    if depth > _MOST_DEPTH:
        raise UnsafeModelError("the program is nested too deeply")
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _walk(one, depth + 1)


def _targets(graph: Mapping[str, Any]) -> Iterator[str]:
    """Yield the operators that nodes call, those of branches and loops too."""
    for one in _walk(graph):
        if isinstance(one.get("target"), str):
            yield one["target"]
        if isinstance(one.get("as_operator"), str):
            yield one["as_operator"]


def _short(target: str) -> str:
    return target.removeprefix("torch.ops.")


def _unsafe(graph: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the program does beside computing: operators, expressions and objects that are not allowed."""
    found = {_short(target) for target in _targets(graph) if not _allowed(target)}
    for one in _walk(graph):
        expression = one.get("expr_str")
        if expression is not None and not _is_size(expression):
            found.add(f"the size {str(expression)[:100]!r}")
        if one.get("as_custom_obj") or one.get("custom_obj"):
            found.add("an object of a class of its own")
        for key in ("in_spec", "out_spec"):
            if isinstance(one.get(key), str):
                found.update(f"a structure of {kind}" for kind in _foreign_trees(one[key]))
    if graph.get("treespec_namedtuple_fields") or graph.get("graph_module", {}).get(
        "treespec_namedtuple_fields"
    ):
        found.add("a structure of a named tuple")
    return tuple(sorted(found))


def _allowed(target: str) -> bool:
    if target in _PYTHON:
        return True
    match = _OPERATOR.fullmatch(target)
    if match is None:
        return False
    library, operator, *_ = match["name"].split(".")
    return (
        operator in _HIGHER_ORDER
        if library == "higher_order"
        else library in _LIBRARIES and operator not in _UNSAFE
    )


def _is_size(expression: object) -> bool:
    """Tell whether torch may evaluate an expression: arithmetic over named sizes, and no more."""
    if not isinstance(expression, str) or len(expression) > 4000:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return _arithmetic(tree.body)


def _arithmetic(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=bool() | float()):
            return True
        case ast.Constant(value=int() as number):
            return abs(number) < 2**63
        case ast.Name(id=name):
            return name in _SIZES or bool(_SYMBOL.fullmatch(name))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not() | ast.Invert(), operand=operand):
            return _arithmetic(operand)
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            return _arithmetic(left) and not _holds_power(left) and _small(right)
        case ast.BinOp(
            op=ast.Add()
            | ast.Sub()
            | ast.Mult()
            | ast.Div()
            | ast.FloorDiv()
            | ast.Mod()
            | ast.BitAnd()
            | ast.BitOr(),
            left=left,
            right=right,
        ):
            return _arithmetic(left) and _arithmetic(right)
        case ast.Compare(left=left, comparators=others):
            return all(map(_arithmetic, (left, *others)))
        case ast.Call(
            func=ast.Name(id="Symbol"), args=[ast.Constant(value=str() as name)], keywords=keywords
        ):
            facts = [one.arg in _FACTS and isinstance(one.value, ast.Constant) for one in keywords]
            return bool(_SYMBOL.fullmatch(name)) and all(facts)
        case ast.Call(
            func=ast.Name(id="Pow" | "PowByNatural" | "FloatPow"), args=[base, exponent], keywords=[]
        ):
            return _arithmetic(base) and not _holds_power(base) and _small(exponent)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return name in _SIZES and name != "Symbol" and all(map(_arithmetic, arguments))
    return False


def _holds_power(node: ast.expr) -> bool:
    """Tell whether there is a power in an expression: powers of powers grow beyond any memory."""
    return any(
        isinstance(one, ast.Pow) or (isinstance(one, ast.Name) and one.id in _POWERS)
        for one in ast.walk(node)
    )


def _small(node: ast.expr) -> bool:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        match node:
            case ast.Call(func=ast.Name(id="Integer"), args=[inner], keywords=[]):
                return _small(inner)
        return False
    return isinstance(value, int | float) and abs(value) <= _MOST_POWER


def _foreign_trees(text: str) -> Iterator[str]:
    """Yield the containers of arguments that are none of Python's own: torch would import them."""
    try:
        spec = json.loads(text)
    except ValueError:
        yield "no JSON"
        return
    for one in _walk(spec):
        kind = one.get("type")
        if not isinstance(kind, str | None) or kind not in _TREES:
            yield str(kind)[:100]


def _inputs(program: Mapping[str, Any]) -> tuple[TensorDescription, ...]:
    specs = program["graph_module"]["signature"]["input_specs"]
    names = []
    for one in specs:
        user = one.get("user_input")
        if user is None:
            continue
        if "as_tensor" not in user["arg"]:
            kind = next(iter(user["arg"]), "nothing")
            raise UnsupportedOperatorError(
                f"the program takes an argument that is no tensor ({kind.removeprefix('as_')})",
                hint="export it with that argument as a constant",
            )
        names.append(user["arg"]["as_tensor"]["name"])
    return tuple(_described(program, name, name) for name in names)


def _outputs(program: Mapping[str, Any]) -> tuple[TensorDescription, ...]:
    specs = program["graph_module"]["signature"]["output_specs"]
    given = [one["user_output"]["arg"] for one in specs if one.get("user_output")]
    tensors = [arg["as_tensor"]["name"] for arg in given if "as_tensor" in arg]
    if len(tensors) != len(given):
        raise UnsupportedOperatorError(
            "the program gives something that is no tensor", hint="let its forward() return tensors alone"
        )
    return tuple(
        _described(program, tensor, name)
        for tensor, name in zip(tensors, _names(program, len(tensors)), strict=True)
    )


def _names(program: Mapping[str, Any], count: int) -> Sequence[str]:
    """Return what the outputs are called: by the keys of what forward() returns, or by number."""
    calls = program["graph_module"]["module_call_graph"]
    signature = next((call["signature"] for call in calls if call["fqn"] == ""), None)
    paths = list(_leaves(json.loads(signature["out_spec"])[1])) if signature else []
    if len(paths) == count and any(isinstance(part, str) for path in paths for part in path):
        return plain_names(".".join(map(str, path)) for path in paths)
    return to_onnx.numbered(count)


def _leaves(spec: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    children = spec["children_spec"]
    if spec["type"] is None:
        yield path
        return
    keys: Sequence[Any] = range(len(children))
    if str(spec["type"]).endswith(("dict", "Dict")):
        keys = json.loads(spec["context"])
    for key, child in zip(keys, children, strict=True):
        yield from _leaves(child, (*path, key))


def _described(program: Mapping[str, Any], tensor: str, name: str) -> TensorDescription:
    meta = program["graph_module"]["graph"]["tensor_values"][tensor]
    sizes = [size.get("as_int") for size in meta["sizes"]]
    return TensorDescription(name, _dtype(meta)[0], checked_shape(sizes, f"`{name}`", open_too=True))


def _metadata(program: _Program) -> dict[str, str]:
    told = {
        "torch_version": str(program.graph.get("torch_version") or ""),
        "extra_files": ", ".join(program.extra),
    }
    for name, text in zip(program.extra, program.texts, strict=True):
        if len(text) <= zip_archive.MAX_SHOWN:
            told[name] = text
    return {key: value for key, value in told.items() if value}


def convert(path: Path, out: Path) -> ModelDescription:
    """Write the program as a float32 ONNX file with its names, and return what that holds.

    The file that torch loads is a copy without pickles, guards and records of where it was traced. The same program
    and versions give the same bytes. Imports torch. Raises `ModelFormatError`.
    """
    described = inspect(path)
    if described.unsafe_operators:
        raise UnsafeModelError(
            f"{path.name} does more than compute: {', '.join(described.unsafe_operators)}",
            hint="do not load this file",
        )
    framework = torch()
    with tempfile.TemporaryDirectory(prefix="maxctl-torch-") as scratch:
        copy = Path(scratch) / f"program{SUFFIX}"
        with _opened(path) as archive:
            _write_plain(archive, path.name, copy)
        with one_line("torch", path.name, _AGAIN):
            program = framework.export.load(copy)
    inputs = [tensor.name for tensor in described.inputs]
    outputs = [tensor.name for tensor in described.outputs]
    with one_line("torch", path.name, "serve it by its own code in a hook, or change the operator"):
        exported = framework.onnx.export(
            program, (), dynamo=True, input_names=inputs, output_names=outputs, opset_version=to_onnx.OPSET,
            verbose=False,
        )  # fmt: skip
    given = to_onnx.draw(_trials(path))
    with one_line("torch", path.name, _AGAIN):
        answers = _run(framework, program, given)
    expected = dict(zip(outputs, answers, strict=True))
    to_onnx.write(exported.model_proto, out, given, expected, path.name)
    return onnx.inspect(out)


def _run(framework: Any, program: Any, given: Mapping[str, Any]) -> list[Any]:
    trees = framework.utils._pytree
    flat = [framework.from_numpy(array) for array in given.values()]
    args, kwargs = trees.tree_unflatten(flat, program.call_spec.in_spec)
    with framework.no_grad():
        return [one.numpy() for one in trees.tree_leaves(program.module()(*args, **kwargs))]


def _trials(path: Path) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return type and shape of each input as the program was traced with: sizes that it surely takes."""
    with _opened(path) as archive:
        program = _read(archive, path.name)[0].graph
        values = program["graph_module"]["graph"]["tensor_values"]
        return {
            tensor.name: (str(tensor.dtype), tuple(_traced(size) for size in values[tensor.name]["sizes"]))
            for tensor in _inputs(program)
        }


def _traced(size: Mapping[str, Any]) -> int:
    return _known(size if "as_int" in size else size["as_expr"]["hint"])


def _write_plain(archive: zipfile.ZipFile, name: str, copy: Path) -> None:
    """Write the program's numbers and its graph, and nothing else, as torch reads them."""
    program, _ = _read(archive, name)
    graph = dict(program.graph)
    graph["guards_code"] = []  # Python that torch would run; sizes stay checked by the graph itself
    for document in (graph, *program.configs.values()):
        for one in _walk(document):
            if isinstance(one.get("target"), str) and "metadata" in one:
                one["metadata"] = {}
            if one.keys() == {"type", "index"}:  # a device, perhaps one that is not here
                one.update(type="cpu", index=None)
    with zipfile.ZipFile(copy, "w") as plain:

        def put(place: str, data: bytes | str) -> None:
            plain.writestr(f"{program.root}/{place}", data)

        put(_MARK, "pt2")
        put("archive_version", archive.read(f"{program.root}/archive_version"))
        for place in ("byteorder", ".data/version"):
            with contextlib.suppress(KeyError):
                put(place, archive.read(f"{program.root}/{place}"))
        put(f"models/{program.name}.json", json.dumps(graph))
        put(f"data/sample_inputs/{program.name}.pt", b"")
        for place, config in program.configs.items():
            put(place, json.dumps(config))
            folder = place.rpartition("/")[0]
            for path in sorted({payload["path_name"] for payload in config["config"].values()}):
                with contextlib.suppress(KeyError):  # a tensor of no elements may have no member
                    data = archive.read(f"{program.root}/{folder}/{path}")
                    put(f"{folder}/{path}", data)
