"""The dependencies that a source tree declares, read from its files: nothing of it is executed."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from maxctl.health.checks.dependencies import setup_py

DEVELOPMENT = re.compile(r"dev|test|doc|lint|build|ci\b")
CONDA_NAMES = {"pytorch": "torch", "opencv": "opencv-python", "py-opencv": "opencv-python"}


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared dependency: normalised name, how it stands there, file and line.

    `extra`: needed only for an extra or for development. `lock`: the file is one from which an environment is
    made, so that a version is expected. `pinned`: exactly one version; `bounded`: any limit at all.
    """

    name: str
    text: str
    file: str
    line: int | None
    extra: bool
    lock: bool
    pinned: bool
    bounded: bool


class UnreadableError(ValueError):
    """A file that declares dependencies cannot be read: `line` and the reason."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


def declares(relative: str) -> bool:
    """Tell whether a file, by its path, is one that declares dependencies."""
    return _reader(relative) is not None


def of_file(relative: str, path: Path) -> Iterator[Declared | UnreadableError]:
    """Yield what a file declares, and the parts of it that cannot be read without executing it."""
    read = _reader(relative)
    if read is None:
        return
    try:
        yield from read(relative, path.read_text(encoding="utf-8", errors="replace"))
    except (ValueError, SyntaxError, RecursionError, configparser.Error, yaml.YAMLError) as error:
        yield UnreadableError(str(error).splitlines()[0] if str(error) else type(error).__name__)


def _reader(relative: str) -> Any:
    path = PurePosixPath(relative)
    parent = path.parent.name
    if path.suffix == ".txt" and (
        path.name.startswith("requirements")
        or "requirements" in path.stem.split("-")
        or parent == "requirements"
    ):
        return _requirements
    if path.name in ("METADATA", "PKG-INFO") and (path.name == "PKG-INFO" or parent.endswith(".dist-info")):
        return _metadata
    if path.name in ("environment.yml", "environment.yaml"):
        return _conda
    return {"setup.py": _setup_py, "setup.cfg": _setup_cfg, "pyproject.toml": _pyproject}.get(path.name)


def _requirement(
    text: str, file: str, line: int | None, *, extra: bool, lock: bool
) -> Declared | UnreadableError:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        return UnreadableError(f"`{text[:80]}` is no requirement: {str(error).splitlines()[0]}", line)
    operators = {specifier.operator for specifier in requirement.specifier}
    exact = requirement.url is not None or bool(
        operators & {"==", "==="} and not any(s.version.endswith(".*") for s in requirement.specifier)
    )
    extra = extra or bool(requirement.marker and "extra" in str(requirement.marker))
    return Declared(
        canonicalize_name(requirement.name),
        text.split(";")[0].strip(),
        file,
        line,
        extra,
        lock,
        exact,
        exact or bool(operators),
    )


def _requirements(file: str, text: str) -> Iterator[Declared | UnreadableError]:
    extra = bool(DEVELOPMENT.search(file.rpartition("/")[2]))
    for number, line in enumerate(text.replace("\\\n", " \n").splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        egg = re.search(r"#egg=([A-Za-z0-9._-]+)", line)
        if not line or line.startswith("--hash"):
            continue
        if egg and ("+" in line or "://" in line):
            pinned = bool(re.search(r"@[0-9a-f]{7,40}(#|$)", line))
            yield Declared(canonicalize_name(egg[1]), line, file, number, extra, True, pinned, pinned)
        elif not line.startswith("-") and "://" not in line.split("@")[0] and not line.startswith((".", "/")):
            yield _requirement(re.split(r"\s--?\w", line)[0].strip(), file, number, extra=extra, lock=True)


def _setup_py(file: str, text: str) -> Iterator[Declared | UnreadableError]:
    for requirement in setup_py.read(text):
        if requirement.text is None:
            reason = f"`{requirement.key}` is computed; it is not known without running the file"
            yield UnreadableError(reason, requirement.line)
        else:
            yield _requirement(requirement.text, file, requirement.line, extra=requirement.extra, lock=False)


def _setup_cfg(file: str, text: str) -> Iterator[Declared | UnreadableError]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    for line in parser.get("options", "install_requires", fallback="").splitlines():
        if line.strip():
            yield _requirement(line.strip(), file, _line_of(text, line.strip()), extra=False, lock=False)
    if parser.has_section("options.extras_require"):
        for _, value in parser.items("options.extras_require"):
            for line in filter(str.strip, value.splitlines()):
                yield _requirement(line.strip(), file, _line_of(text, line.strip()), extra=True, lock=False)


def _pyproject(file: str, text: str) -> Iterator[Declared | UnreadableError]:
    data = tomllib.loads(text)
    project = data.get("project", {})
    groups = [*project.get("optional-dependencies", {}).values(), *data.get("dependency-groups", {}).values()]
    for extra, items in ((False, project.get("dependencies", [])), *((True, group) for group in groups)):
        for item in items:
            if isinstance(item, str):
                yield _requirement(item, file, _line_of(text, item), extra=extra, lock=False)
    poetry = data.get("tool", {}).get("poetry", {})
    for name, value in poetry.get("dependencies", {}).items():
        version = (
            value.get("version", "") if isinstance(value, dict) else value if isinstance(value, str) else ""
        )
        if canonicalize_name(name) != "python":
            optional = isinstance(value, dict) and bool(value.get("optional"))
            pinned = bool(re.fullmatch(r"(==)?\s*\d[\w.]*", version))
            yield Declared(
                canonicalize_name(name),
                f"{name} {version}".strip(),
                file,
                _line_of(text, name),
                optional,
                False,
                pinned,
                version not in ("", "*"),
            )


def _metadata(file: str, text: str) -> Iterator[Declared | UnreadableError]:
    message = HeaderParser().parsestr(text)
    for value in message.get_all("Requires-Dist") or []:
        yield _requirement(
            str(value), file, _line_of(text, f"Requires-Dist: {value}"), extra=False, lock=False
        )


def _conda(file: str, text: str) -> Iterator[Declared | UnreadableError]:
    data = yaml.safe_load(text)
    entries = data.get("dependencies", []) if isinstance(data, dict) else []
    for entry in entries or []:
        if isinstance(entry, dict):
            for item in entry.get("pip") or []:
                if isinstance(item, str) and not item.startswith("-"):
                    yield _requirement(item, file, _line_of(text, item), extra=False, lock=True)
        elif isinstance(entry, str):
            match = re.match(r"(?:[\w.-]+::)?([\w.-]+)\s*(.*)", entry)
            if match and match[1] != "python":
                name = canonicalize_name(CONDA_NAMES.get(match[1], match[1]))
                pinned = bool(re.match(r"={1,2}\s*\d", match[2]))
                yield Declared(name, entry, file, _line_of(text, entry), False, True, pinned, bool(match[2]))


def _line_of(text: str, needle: str) -> int | None:
    position = text.find(needle)
    return text.count("\n", 0, position) + 1 if position >= 0 else None
