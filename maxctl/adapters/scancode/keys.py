"""What decides the answer for a file, in one key: its content and name, and everything that reads them."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path, PurePosixPath

ENGINE = 2
"""Raise it when what is kept for a file, or how it is found, changes."""
DECIDING = (
    "scancode-toolkit", "commoncode", "typecode", "typecode-libmagic", "plugincode", "extractcode",
    "chardet", "pdfminer.six", "binaryornot", "beautifulsoup4", "html5lib", "lxml", "soupsieve", "webencodings",
    "pygments", "pygmars", "fasteners", "text-unidecode", "ftfy", "wcwidth", "intbitset", "cyseq", "pyahocorasick",
    "license-expression", "boolean.py", "attrs", "saneyaml", "pyyaml", "cryptography", "charset-normalizer",
)  # fmt: skip
"""The distributions whose code a scan runs, or may run."""


def site() -> Path | None:
    """Return the folder that scancode-toolkit is installed in, or None."""
    try:
        return Path(str(importlib.metadata.distribution("scancode-toolkit").locate_file("")))
    except importlib.metadata.PackageNotFoundError:
        return None


def environment(folder: Path, rules: str) -> str:
    """Return the digest of all that decides answers besides the files: installed code, rules, Python, year."""
    wanted = {_plain(name) for name in DECIDING}
    installed = sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.name.endswith(".dist-info") and _plain(entry.name.partition("-")[0]) in wanted
    )
    # scancode hints at copyrights by the years up to this one
    parts = [str(ENGINE), rules, sys.version, str(date.today().year), *installed]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def of_file(environment: str, path: str, sha256: str) -> str:
    """Return the key of a file's answer.

    scancode looks at the name (`package.json`, `CREDITS`, `.min.js`) and, for very long lines, at whether
    `locale` stands anywhere in the path.
    """
    parts = [environment, PurePosixPath(path).name, "locale" if "locale" in path else "", sha256]
    return _digest(parts)


def of_details(key: str) -> str:
    """Return the key of the detections behind a file's answer; most files have none."""
    return f"{key}/details"


def of_tree(environment: str, keys: Iterable[tuple[str, str]]) -> str:
    """Return the key of what the files of a tree say of one another, from all their (path, key)."""
    return _digest(["tree", environment, *(part for pair in keys for part in pair)])


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()
