"""What a package says of its own license: package.json, METADATA, PKG-INFO, pyproject.toml, setup.cfg and setup.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from maxctl.licensing.claims import structured, tidy

NAMES = ("package.json", "METADATA", "PKG-INFO", "pyproject.toml", "setup.cfg", "setup.py")
Statement = tuple[str, int, str]
"""What is stated, the 1-based line, and the kind of file (or field) it stands in."""

_POINTS_ELSEWHERE = re.compile(r"^see\s+licen[cs]e\s+in\b", re.IGNORECASE)
_LIMITED = re.compile(r"\bfree (?:for|to)\b|restrict|proprietary|non-?\s?commercial|academic", re.IGNORECASE)
"""Classifiers that say less than a license does; they count whatever stands beside them."""
_DESCRIBES = re.compile(r"^[^/]+\.(dist|egg)-info$")


def is_own(path: PurePosixPath, roots: tuple[str, ...]) -> bool:
    """Tell whether a file is metadata of the tree itself, not of something that it contains."""
    folder = str(path.parent) if str(path.parent) != "." else ""
    if path.name not in NAMES:
        return False
    if folder in roots:
        return True
    parent = str(path.parent.parent) if str(path.parent.parent) != "." else ""
    return parent in roots and bool(_DESCRIBES.match(path.parent.name))


def statements(path: Path) -> list[Statement]:
    """Return what a metadata file states about the license; nothing for a file that cannot be read as one.

    Raises `UnreadError` for one that speaks of licenses and cannot be loaded.
    """
    return [one for one in _fields(path) if not _POINTS_ELSEWHERE.match(one[0])]


def pointing(path: Path) -> list[Statement]:
    """Return the fields that say in which file the license stands where no such license file is there to be scanned."""
    return [
        one for one in _fields(path) if _POINTS_ELSEWHERE.match(one[0]) and not _points(one[0], path.parent)
    ]


def _fields(path: Path) -> list[Statement]:
    readers: dict[str, Callable[[str], Iterator[Statement]]] = {
        "package.json": _package_json,
        "METADATA": _core_metadata,
        "PKG-INFO": _core_metadata,
        "pyproject.toml": _pyproject,
        "setup.cfg": _setup_cfg,
        "setup.py": _setup_py,
    }
    text, _ = tidy.decoded(path.read_bytes())
    try:
        return list(readers[path.name](text))
    except structured.UnreadError as fault:
        if structured.matters(fault, text):
            raise
        return []


def _points(stated: str, folder: Path) -> bool:
    """Tell whether a field only says in which file of the package the license stands, and it does."""
    found = _POINTS_ELSEWHERE.match(stated)
    if found is None:
        return False
    named = PurePosixPath(stated[found.end() :].strip(" <>\"'.").removeprefix("./"))
    usual = re.match(r"(?:un)?licen[cs]e|copying", named.name, re.IGNORECASE) is not None
    return not named.name or (usual and ".." not in named.parts and (folder / named).is_file())


def _line(text: str, pattern: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _package_json(text: str) -> Iterator[Statement]:
    data = structured.of_json(text)
    if not isinstance(data, dict):
        return
    line = _line(text, r'^\s*"licen[cs]es?"\s*:')
    stated = data.get("license", data.get("licence"))
    if isinstance(stated, dict):
        stated = stated.get("type")
    if isinstance(stated, str):
        yield stated, line, "package.json"
    old = data.get("licenses")
    if isinstance(old, list):
        types = [item.get("type") for item in old if isinstance(item, dict)]
        names = [name for name in types if isinstance(name, str)]
        if names:
            yield " OR ".join(names), line, "package.json"


def _core_metadata(text: str) -> Iterator[Statement]:
    headers = HeaderParser().parsestr(text)
    expression = headers.get("License-Expression")
    if expression:
        yield expression.strip(), _line(text, r"^License-Expression:"), "License-Expression"
        yield from _limits(text.partition("\n\n")[0])  # with it the older fields say no more than that
        return
    free = (headers.get("License") or "").strip()
    # setuptools writes UNKNOWN where nothing was stated; a whole text here is the scanner's business
    if free and "\n" not in free and len(free) <= 100 and free != "UNKNOWN":
        yield free, _line(text, r"^License:"), "License field"
    yield from _classifiers(text.partition("\n\n")[0])


def _limits(text: str) -> Iterator[Statement]:
    yield from (found for found in _classifiers(text) if _LIMITED.search(found[0]))


def _setup_cfg(text: str) -> Iterator[Statement]:
    section = re.search(r"^\[metadata\]\s*$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    stated = re.search(r"^license\s*[=:]\s*(?!file:)(\S.*)$", section[1], re.MULTILINE) if section else None
    if stated:
        yield stated[1].strip(), _line(text, r"^license\s*[=:]"), "setup.cfg"
    yield from _classifiers(text)


def _setup_py(text: str) -> Iterator[Statement]:
    stated = re.search(r"(?:^|[(,\s])license\s*=\s*['\"]([^'\"\n]{2,80})['\"]", text, re.MULTILINE)
    if stated:
        yield stated[1].strip(), text.count("\n", 0, stated.start(1)) + 1, "setup.py"
    yield from _classifiers(text)


def _classifiers(text: str) -> Iterator[Statement]:
    line, counted = 1, 0
    for found in re.finditer(r"License[ \t]*::[ \t]*([^'\"\n]+)", text):
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        name = found[1].split("::")[-1].strip()
        if name not in ("License", "OSI Approved", "DFSG approved"):
            yield name, line, "classifier"


def _pyproject(text: str) -> Iterator[Statement]:
    project = structured.of_toml(text).get("project")
    stated = project.get("license") if isinstance(project, dict) else None
    if isinstance(stated, dict):
        stated = stated.get("text")
    if isinstance(stated, str) and "\n" not in stated.strip():
        yield stated.strip(), _line(text, r"^\s*license\s*="), "pyproject.toml"
    declared = project.get("classifiers") if isinstance(project, dict) else None
    if isinstance(declared, list):
        yield from _classifiers(text) if not isinstance(stated, str) else _limits(text)
