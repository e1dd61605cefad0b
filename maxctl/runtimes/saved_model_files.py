"""Which operators of a SavedModel reach out of it: those that fill a table from one of its own assets do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from maxctl.runtimes.framework import tensorflow_module
from maxctl.runtimes.interface import unsafe_among

_TABLES = frozenset({"InitializeTableFromTextFile", "InitializeTableFromTextFileV2"})
_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
_VARIABLE = frozenset({"AssignVariableOp", "ReadVariableOp", "VarIsInitializedOp"})
_ASSETS = "saved_model_assets"
_FILE = 1  # the input that names the file


def unsafe(meta: Any, folder: Path, operators: Iterable[str]) -> tuple[str, ...]:
    """Return the operators that reach files, sockets or Python, sorted; `meta` is a MetaGraphDef, `folder` its own."""
    found = unsafe_among(operators)
    if not _TABLES & set(found) or not _Assets(meta, folder).fill_all_tables():
        return found
    return tuple(operator for operator in found if operator not in _TABLES)


class _Assets:
    """Follows the name of a table's file back through calls, to a tensor that TensorFlow fills with an asset's path."""

    def __init__(self, meta: Any, folder: Path) -> None:
        graph = meta.graph_def
        self.nodes = {node.name: node for node in graph.node}
        self.functions = {function.signature.name: function for function in graph.library.function}
        self.bodies: Mapping[str, Mapping[str, Any]] = {
            name: {node.name: node for node in function.node_def} for name, function in self.functions.items()
        }
        self.objects = meta.object_graph_def
        told = list(_declared(meta))
        self.assets = {asset.tensor_info.name.partition(":")[0] for asset in told}
        self.sound = all(_is_asset(folder, asset.filename) for asset in told)
        self.seen: set[tuple[str, int]] = set()

    def fill_all_tables(self) -> bool:
        """Return whether every table that is filled from a file is filled from an asset."""
        tables = [(None, node) for node in self.nodes.values() if node.op in _TABLES]
        inner = [
            (name, node) for name, body in self.bodies.items() for node in body.values() if node.op in _TABLES
        ]
        return self.sound and all(self._is_asset(node, _FILE, scope) for scope, node in [*tables, *inner])

    def _is_asset(self, node: Any, index: int, scope: str | None) -> bool:
        for _ in range(100):
            if index >= len(node.input) or node.input[index].startswith("^"):
                return False
            name = node.input[index].partition(":")[0]
            if scope is None and name in self.assets:
                return True
            if scope is not None:
                arguments = [argument.name for argument in self.functions[scope].signature.input_arg]
                if name in arguments:
                    return self._argument(scope, arguments.index(name), len(arguments))
            source = (self.nodes if scope is None else self.bodies[scope]).get(name)
            if scope is None and source is not None and source.op == "ReadVariableOp":
                return self._holds_asset(source)
            if source is None or source.op != "Identity":
                return False
            node, index = source, 0
        return False

    def _holds_asset(self, reading: Any) -> bool:
        """Return whether nothing but an asset is ever put into the variable that is read, as TensorFlow 2 does it."""
        handle = reading.input[0].partition(":")[0]
        variable = self.nodes.get(handle)
        users = [
            node
            for node in self.nodes.values()
            if any(name.lstrip("^").partition(":")[0] == handle for name in node.input)
        ]
        puts = [node for node in users if node.op == "AssignVariableOp"]
        return (
            variable is not None
            and variable.op == "VarHandleOp"
            and bool(puts)
            and all(node.op in _VARIABLE for node in users)
            and all(self._is_asset(node, 1, None) for node in puts)
        )

    def _argument(self, function: str, index: int, count: int) -> bool:
        """Return whether all that call a function give an asset for an argument."""
        if (function, index) in self.seen:
            return True  # being followed: the other callers decide
        self.seen.add((function, index))
        found = False
        if function in self.objects.concrete_functions:
            bound = self.objects.concrete_functions[function].bound_inputs
            place = index - (count - len(bound))
            if place < 0 or bound[place] >= len(self.objects.nodes):
                return False
            if self.objects.nodes[bound[place]].WhichOneof("kind") != "asset":
                return False
            found = True
        scopes: list[tuple[str | None, Mapping[str, Any]]] = [(None, self.nodes), *self.bodies.items()]
        for scope, nodes in scopes:
            for node in nodes.values():
                called = [value.func.name for value in node.attr.values() if value.func.name]
                called += [one.name for value in node.attr.values() for one in value.list.func]
                if node.op != function and function not in called:
                    continue
                plain = node.op == function or node.op in _CALLS
                if not plain or not self._is_asset(node, index, scope):
                    return False
                found = True
        return found


def _declared(meta: Any) -> Iterator[Any]:
    """Yield each AssetFileDef: TensorFlow 1 keeps them in a collection, and looks there where there are no others."""
    if meta.asset_file_def:
        yield from meta.asset_file_def
        return
    asset = tensorflow_module("core.protobuf.meta_graph_pb2").AssetFileDef
    for packed in meta.collection_def[_ASSETS].any_list.value if _ASSETS in meta.collection_def else ():
        told = asset()
        if packed.Unpack(told):
            yield told


def _is_asset(folder: Path, name: str) -> bool:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or not name:
        return False
    file = folder / "assets" / name
    return file.is_file() and file.resolve().is_relative_to(folder.resolve())
