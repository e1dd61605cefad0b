"""Core ML models (`.mlmodel`): layers and programs are data; what they may name is another file, or a class of the app.

Field numbers are those of coremltools' `mlmodel/format/*.proto`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from maxctl.health.checks.model_files import graphs
from maxctl.health.checks.model_files.inspection import Inspection, not_scanned
from maxctl.runtimes import wire

KIND = "Core ML"
_PIPELINES = {200: True, 201: True, 202: False}
"""Type -> whether the pipeline stands in a message of its own."""
_NETWORKS = frozenset({303, 403, 500})
_PROGRAM, _CUSTOM, _LINKED = 502, 555, 556
_DATA = frozenset({
    300, 301, 302, 304, 400, 401, 402, 404, 501, 600, 601, 602, 603, 604, 606, 607, 609, 610, 900, *range(2000, 2004),
})  # fmt: skip
"""Types that hold numbers and tables only: regressors, trees, encoders, Apple's own."""
_MODEL_FOLDER = "@model_path/"


def inspect(data: bytes) -> Inspection:
    """Return what a model names beside numbers; raises `MalformedError` for what is no protocol buffer."""
    operations: Counter[str] = Counter()
    files: set[str] = set()
    classes: set[str] = set()
    waiting = [memoryview(data)]
    while waiting:
        types = list(_types(waiting.pop()))
        if not types:
            return not_scanned(KIND, "no field of it says which kind of model it is")
        for number, content in types:
            if number in _PIPELINES:
                inner = wire.messages(content, 1) if _PIPELINES[number] else [content]
                waiting += [model for pipeline in inner for model in wire.messages(pipeline, 1)]
            elif number in _NETWORKS:
                _network(content, operations, classes)
            elif number == _PROGRAM:
                _program(content, operations, files)
            elif number == _CUSTOM:
                classes.add(wire.text(content, 10))
            elif number == _LINKED:
                files |= set(_linked(content))
            elif number not in _DATA:
                return not_scanned(KIND, f"a model of type {number}, which no check knows")
    plain = {path.removeprefix(_MODEL_FOLDER) for path in files if path}
    outside = sorted(path for path in plain if graphs.leaves(path) or path.startswith(("$", "@", "~")))
    needs = f"; needs the app's own {', '.join(sorted(classes))}" if classes else ""
    return Inspection(
        KIND,
        "scanned",
        f"{operations.total()} operations of {len(operations)} kinds{needs}",
        dangers=tuple(map(graphs.outside, outside)),
        names=tuple(sorted(plain - set(outside))),
    )


def _types(model: memoryview) -> Iterator[tuple[int, memoryview]]:
    for number, _, value in wire.fields(model):
        if number >= 200 and isinstance(value, memoryview):
            yield number, value


def _network(network: memoryview, operations: Counter[str], classes: set[str]) -> None:
    waiting = [network]
    while waiting:
        for layer in wire.messages(waiting.pop(), 1):
            for number, _, value in wire.fields(layer):
                if number < 100 or not isinstance(value, memoryview):
                    continue
                operations[str(number)] += 1
                if number == 500:
                    classes.add(wire.text(value, 10))
                inner = {605: (1, 2), 615: (3, 4)}.get(number, ())  # branch and loop hold networks
                waiting += [part for field in inner for part in wire.messages(value, field)]


def _program(program: memoryview, operations: Counter[str], files: set[str]) -> None:
    blocks = [block for function in _entries(program, 2) for block in _entries(function, 3)]
    while blocks:
        for operation in wire.messages(blocks.pop(), 3):
            operations[wire.text(operation, 1)] += 1
            blocks += wire.messages(operation, 4)
            values = list(_entries(operation, 5))
            for argument in _entries(operation, 2):
                values += [value for one in wire.messages(argument, 1) for value in wire.messages(one, 2)]
            while values:
                value = values.pop()
                files |= {wire.text(blob, 1) for blob in wire.messages(value, 5)}
                for immediate in wire.messages(value, 3):
                    parts = [part for field in (2, 3) for part in wire.messages(immediate, field)]
                    values += [inner for part in parts for inner in wire.messages(part, 1)]
                    pairs = [pair for part in wire.messages(immediate, 4) for pair in wire.messages(part, 1)]
                    values += [
                        inner for pair in pairs for field in (1, 2) for inner in wire.messages(pair, field)
                    ]


def _entries(message: memoryview, field: int) -> Iterator[memoryview]:
    """Yield the values of a map."""
    for entry in wire.messages(message, field):
        yield from wire.messages(entry, 2)


def _linked(model: memoryview) -> Iterator[str]:
    for file in wire.messages(model, 1):
        name, search = ("".join(wire.text(one, 1) for one in wire.messages(file, field)) for field in (1, 2))
        yield from (f"{place}/{name}" if place not in ("", ".") else name for place in search.split(":"))
