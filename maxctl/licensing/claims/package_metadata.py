"""What a package says of its own license: package.json, METADATA, PKG-INFO, pyproject.toml, setup.cfg and setup.py."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

NAMES = ("package.json", "METADATA", "PKG-INFO", "pyproject.toml", "setup.cfg", "setup.py")
Statement = tuple[str, int, str]
"""What is stated, the 1-based line, and the kind of file (or field) it stands in."""

_POINTS_ELSEWHERE = re.compile(r"^see\s+licen[cs]e\s+in\b", re.IGNORECASE)
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
    """Return what a metadata file states about the license; nothing for a file that cannot be read as one."""
    readers: dict[str, Callable[[str], Iterator[Statement]]] = {
        "package.json": _package_json,
        "METADATA": _core_metadata,
        "PKG-INFO": _core_metadata,
        "pyproject.toml": _pyproject,
        "setup.cfg": _setup_cfg,
        "setup.py": _setup_py,
    }
    text = path.read_text(encoding="utf-8", errors="replace")
    return [found for found in readers[path.name](text) if not _POINTS_ELSEWHERE.match(found[0])]


def _line(text: str, pattern: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _package_json(text: str) -> Iterator[Statement]:
    try:
        data = json.loads(text)
    except ValueError:
        return  # then it declares nothing
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
        return  # with it the older fields say nothing
    free = (headers.get("License") or "").strip()
    # setuptools writes UNKNOWN where nothing was stated; a whole text here is the scanner's business
    if free and "\n" not in free and len(free) <= 100 and free != "UNKNOWN":
        yield free, _line(text, r"^License:"), "License field"
    for classifier in headers.get_all("Classifier") or ():
        parts = [part.strip() for part in classifier.split("::")]
        if parts[0] == "License" and parts[-1] not in ("License", "OSI Approved", "DFSG approved"):
            line = _line(text, rf"^Classifier:\s*{re.escape(classifier.strip())}\s*$")
            yield parts[-1], line, "classifier"


def _setup_cfg(text: str) -> Iterator[Statement]:
    section = re.search(r"^\[metadata\]\s*$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    stated = re.search(r"^license\s*[=:]\s*(?!file:)(\S.*)$", section[1], re.MULTILINE) if section else None
    if stated:
        yield stated[1].strip(), _line(text, r"^license\s*[=:]"), "setup.cfg"
    yield from _classifiers(text)


def _setup_py(text: str) -> Iterator[Statement]:
    stated = re.search(r"^\s*license\s*=\s*['\"]([^'\"\n]{2,80})['\"]", text, re.MULTILINE)
    if stated:
        yield stated[1].strip(), _line(text, r"^\s*license\s*="), "setup.py"
    yield from _classifiers(text)


def _classifiers(text: str) -> Iterator[Statement]:
    for found in re.finditer(r"License :: ([^'\"\n]+)", text):
        name = found[1].split("::")[-1].strip()
        if name not in ("License", "OSI Approved", "DFSG approved"):
            yield name, text.count("\n", 0, found.start()) + 1, "classifier"


def _pyproject(text: str) -> Iterator[Statement]:
    try:
        project = tomllib.loads(text).get("project")
    except tomllib.TOMLDecodeError:
        return  # then it declares nothing
    stated = project.get("license") if isinstance(project, dict) else None
    if isinstance(stated, dict):
        stated = stated.get("text")
    if isinstance(stated, str) and "\n" not in stated.strip():
        yield stated.strip(), _line(text, r"^\s*license\s*="), "pyproject.toml"
    declared = project.get("classifiers") if isinstance(project, dict) else None
    if isinstance(declared, list) and not isinstance(stated, str):
        yield from _classifiers(text)
