"""Read YAML so that every fault is told at once, each with file, line, column and the mend."""

from __future__ import annotations

import difflib
import os
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from maxctl.core.errors import InvalidFileError

Location = tuple[Any, ...]
M = TypeVar("M", bound=BaseModel)
MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data of a YAML file, and where each key and item of it stands (1-based line and column)."""

    name: str
    data: Any
    positions: dict[Location, tuple[int, int]]

    def at(self, location: Location) -> tuple[int, int]:
        """Return line and column of a location, or of the closest part around it that is there."""
        while location and location not in self.positions:
            location = location[:-1]
        return self.positions.get(location, (1, 1))


class _FaultsError(Exception):
    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


def parse(text: str, name: str, error: type[InvalidFileError]) -> Document:
    """Return the document; raises `error` on bad syntax, duplicate keys, aliases and unknown tags."""
    positions: dict[Location, tuple[int, int]] = {}
    problems: list[str] = []
    try:
        _refuse_depth(text, name)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        if node is None:
            raise _FaultsError(f"{name}:1:1: the file is empty")
        _walk(node, (), name, positions, problems, set())
        if problems:
            raise _FaultsError(*problems)
        loader = yaml.SafeLoader("")
        data = loader.construct_document(node)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise error(f"{name} is not valid YAML", problems=(f"{where}: {fault.problem}",)) from None
    except yaml.YAMLError as fault:
        raise error(f"{name} is not valid YAML", problems=(f"{name}: {fault}",)) from None
    except _FaultsError as faults:
        raise error(f"{name} is not valid", problems=faults.problems) from None
    return Document(name, data, positions)


def _refuse_depth(text: str, name: str) -> None:
    """Refuse what is nested so deeply that composing it would overflow the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise _FaultsError(f"{name}:{line}:1: is nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _walk(
    node: yaml.Node,
    at: Location,
    name: str,
    positions: dict[Location, tuple[int, int]],
    problems: list[str],
    seen: set[int],
) -> None:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    positions.setdefault(at, (line, column))
    if id(node) in seen:  # an alias may repeat itself without end
        raise _FaultsError(f"{name}:{line}:{column}: aliases (*name) are not read; write the value out")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        known: dict[str, int] = {}
        for key, value in node.value:
            place = (key.start_mark.line + 1, key.start_mark.column + 1)
            word = str(key.value)
            if word in known:
                problems.append(
                    f"{name}:{place[0]}:{place[1]}: `{word}` stands here twice, first in line {known[word]};"
                    " keep one of them"
                )
            known.setdefault(word, place[0])
            positions[(*at, word)] = place
            _walk(value, (*at, word), name, positions, problems, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*at, index), name, positions, problems, seen)
    elif node.tag.rpartition(":")[2] in ("timestamp", "int", "float"):
        try:
            yaml.SafeLoader("").construct_object(node)
        except (ValueError, OverflowError) as fault:  # 2026-13-45 looks like a date and is none
            problems.append(f"{name}:{line}:{column}: `{node.value}` is no value ({fault}); put it in quotes")


def keys_at(kind: type[BaseModel], location: Location) -> set[str]:
    """Return the keys that a model knows at a location."""
    return _keys_at(kind, location)


def read(path: Path, kind: type[M], error: type[InvalidFileError], name: str | None = None) -> M:
    """Return the file at `path` as a `kind`; raises `error` with every fault found."""
    return validate(document(path, error, name), kind, error)


def document(path: Path, error: type[InvalidFileError], name: str | None = None) -> Document:
    """Return the file at `path` as plain data with positions; raises `error` with every fault found."""
    shown = name or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise error(f"there is no {shown}", problems=(str(path),)) from None
    except UnicodeDecodeError as fault:
        raise error(f"{shown} is not UTF-8 text", problems=(f"byte {fault.start}",)) from None
    return parse(text, shown, error)


def validate(document: Document, kind: type[M], error: type[InvalidFileError]) -> M:
    """Return the document as a `kind`; raises `error` with every fault, its place and its mend."""
    try:
        return kind.model_validate(document.data)
    except ValidationError as faults:
        found = sorted(_problems(document, kind, faults), key=lambda problem: problem[0])
        problems = tuple(f"{document.name}:{line}:{column}: {text}" for (line, column), text in found)
        count = "1 fault" if len(problems) == 1 else f"{len(problems)} faults"
        raise error(f"{document.name} has {count}", problems=problems) from None


def _problems(
    document: Document, kind: type[BaseModel], faults: ValidationError
) -> Iterator[tuple[tuple[int, int], str]]:
    found = faults.errors(include_url=False)
    for fault in found:
        location = fault["loc"]
        if fault["type"] == "too_short" and any(
            other["loc"][: len(location)] == location and len(other["loc"]) > len(location) for other in found
        ):
            continue  # pydantic counts only valid items: the faults of the items say it already
        cause = fault.get("ctx", {}).get("error")
        several = getattr(cause, "problems", None)
        if several is not None:  # contradictions found together
            for part, message in several:
                whole = (*location, *part)
                yield document.at(whole), f"{_dotted(whole)}: {message}"
            continue
        yield document.at(location), _say(kind, location, fault)


def _say(kind: type[BaseModel], location: Location, fault: Any) -> str:
    key, inside = (location[-1] if location else ""), _dotted(location[:-1])
    match fault["type"]:
        case "extra_forbidden":
            valid = sorted(_keys_at(kind, location[:-1]))
            close = difflib.get_close_matches(str(key), valid, n=1, cutoff=0.5)
            mend = f"did you mean `{close[0]}`?" if close else f"valid keys: {', '.join(valid)}"
            return f"unknown key `{key}`{f' in {inside}' if inside else ''}; {mend}"
        case "missing":
            return f"`{key}` is missing{f' in {inside}' if inside else ''}; add it"
        case "string_type" if isinstance(fault["input"], int | float):
            return f'{_dotted(location)}: must be text; put it in quotes: "{fault["input"]}"'
        case "string_pattern_mismatch":
            return f"{_dotted(location)}: `{fault['input']}` does not match {fault['ctx']['pattern']}"
        case _:
            got = fault["input"]
            message = str(fault["msg"]).removeprefix("Value error, ")
            told = fault["type"] != "value_error" and isinstance(got, str | int | float | bool)
            shown = f" (it is {got!r})" if told else ""
            return f"{_dotted(location)}: {message[:1].lower()}{message[1:]}{shown}"


def _dotted(location: Location) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def _keys_at(kind: Any, location: Location) -> set[str]:
    """Return the keys that the model knows at a location."""
    for part in location:
        kind = next((found for found in _models(kind) if _has(found, part)), None)
        if kind is None:
            return set()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = _fields(kind)[str(part)].annotation
        else:
            kind = typing.get_args(kind)[-1 if typing.get_origin(kind) is dict else 0]
    return {name for found in _models(kind) for name in _fields(found)}


def _fields(kind: Any) -> dict[str, Any]:
    """Return the fields of a model by the key that stands in the file."""
    return {field.alias or name: field for name, field in getattr(kind, "model_fields", {}).items()}


def _models(kind: Any) -> Iterator[Any]:
    """Yield the models and containers among the alternatives of an annotation."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        yield from _models(typing.get_args(kind)[0])
    elif origin in (typing.Union, types.UnionType):
        for alternative in typing.get_args(kind):
            yield from _models(alternative)
    elif origin in (tuple, list, dict) or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        yield kind


def _has(kind: Any, part: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return part in _fields(kind)
    return (typing.get_origin(kind) is dict) == isinstance(part, str)


def set_text(path: Path, location: Location, value: str) -> None:
    """Write another plain text in the place of the scalar at `location`; not another byte of the file changes.

    Raises `KeyError` where there is no scalar at that place.
    """
    text = path.read_text(encoding="utf-8")
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in location:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((inner for name, inner in pairs if name.value == key), None)
    if not isinstance(node, yaml.ScalarNode):
        raise KeyError(".".join(map(str, location)))
    replace_text(path, text[: node.start_mark.index] + value + text[node.end_mark.index :])


def write(path: Path, data: Any, head: str) -> None:
    """Write data as YAML so that the file is whole or untouched at any moment; `head` is its first comment."""
    body = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    replace_text(path, f"# {head}\n{body}")


def replace_text(path: Path, text: str) -> None:
    """Write a text file by temporary file, fsync and rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Dumper(yaml.CSafeDumper):
    """Writes no aliases: two equal parts of a record are two texts."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
