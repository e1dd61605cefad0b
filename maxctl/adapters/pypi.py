"""Download a package from the Python package index that the user has set up, without running anything of it.

A wheel where there is one, by pip. To learn the metadata of a source distribution, pip runs its `setup.py` or build
backend, which is somebody else's code that nobody has checked yet; so maxctl asks the index for that itself, by the
Simple API's JSON: https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import ast
import errno
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urljoin

from packaging.utils import (
    InvalidSdistFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from maxctl.adapters import http, process
from maxctl.adapters.http import AbsentError
from maxctl.core.errors import ChildFailedError, FetchError, ToolMissingError

TIMEOUT_S = 900.0
NOT_ASKED = ("Retrying (", "Could not fetch URL")
INDEX = "https://pypi.org/simple"
JSON = "application/vnd.pypi.simple.v1+json"
LARGEST_PAGE = 64 * 1024 * 1024


def download(name: str, version: str | None, folder: Path) -> Path:
    """Return the wheel for this Python and platform, or else the source distribution, in the empty folder `folder`.

    The newest without a version. Raises `ToolMissingError` without pip, `AbsentError` where the index has neither of
    this version, `FetchError` when the index cannot be asked or gives other bytes than it names, and `OSError` for a
    full disk.
    """
    return _wheel(name, version, folder) or _source(name, version, folder)


def _wheel(name: str, version: str | None, folder: Path) -> Path | None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--no-input",
        "--progress-bar=off",
        f"{name}=={version}" if version else name,
        "-d",
        str(folder),
    ]
    try:
        # in the empty folder, since Python would import from the working directory
        finished = process.run(command, cwd=folder, timeout_s=TIMEOUT_S, ok=range(256))
    except ChildFailedError as error:
        raise FetchError(error.message) from error
    wheels = list(folder.glob("*.whl"))
    if finished.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    said = finished.stderr
    if "No module named pip" in said:
        raise ToolMissingError(
            f"pip is not in the Python that runs maxctl ({sys.executable})", hint="python -m ensurepip"
        )
    if "No space left on device" in said:
        raise OSError(errno.ENOSPC, "No space left on device")
    errors = [line for line in said.splitlines() if line.startswith("ERROR: ")]
    reason = errors[-1].removeprefix("ERROR: ") if errors else f"exit code {finished.returncode}"
    if "No matching distribution" in reason and not any(sign in said for sign in NOT_ASKED):
        return None
    raise FetchError(f"pip: {reason}")


def _source(name: str, version: str | None, folder: Path) -> Path:
    page = _index(folder).rstrip("/") + f"/{canonicalize_name(name)}/"
    try:
        with http.stream(page, accept=JSON) as chunks:
            told = _json(chunks)
    except AbsentError as error:
        raise AbsentError(f"the index has no package {name}: {error.message}") from error
    listed = [(found, file) for file in told if (found := _of_source(file["filename"], version)) is not None]
    whole = f"{name} {version}" if version else name
    if not listed:
        raise AbsentError(f"the index has no wheel of {whole} for this Python, and no source distribution")
    # as pip does: what was withdrawn, and what comes before a release, only where nothing else is there
    _, file = max(
        listed,
        key=lambda one: (not one[1].get("yanked"), not one[0].is_prerelease, one[0], one[1]["filename"]),
    )
    digest = (file.get("hashes") or {}).get("sha256")
    if not digest:
        raise FetchError(f"the index gives no sha256 of {file['filename']}")
    target = folder / PurePosixPath(file["filename"]).name
    heard = hashlib.sha256()
    with http.stream(urljoin(page, file["url"])) as chunks, target.open("wb") as out:
        for chunk in chunks:
            heard.update(chunk)
            out.write(chunk)
    if heard.hexdigest() != digest:
        raise FetchError(
            f"{file['filename']} has sha256 {heard.hexdigest()}, not {digest} as the index names it"
        )
    return target


def _json(chunks: Iterator[bytes]) -> list[dict[str, Any]]:
    """Return the files that a page of the index lists."""
    page = bytearray()
    for chunk in chunks:
        page += chunk
        if len(page) > LARGEST_PAGE:
            raise FetchError(f"the index answers with more than {LARGEST_PAGE} bytes")
    try:
        files = json.loads(page)["files"]
        return [file for file in files if isinstance(file["filename"], str) and isinstance(file["url"], str)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FetchError("the index gives no list of files as JSON (PEP 691)") from error


def version(filename: str) -> str:
    """Return the version that the name of a wheel or of a source distribution tells."""
    parsed = parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename
    return str(parsed(filename)[1])


def _of_source(filename: str, wanted: str | None) -> Version | None:
    """Return the version of a source distribution; None for other files, and for versions that are not wanted."""
    try:
        found = parse_sdist_filename(filename)[1]
        return found if wanted is None or found == Version(wanted) else None
    except (InvalidSdistFilename, InvalidVersion):
        return None


def _index(folder: Path) -> str:
    """Return the address of the index that pip is set up to ask; further ones are not asked."""
    finished = process.run([sys.executable, "-m", "pip", "config", "list"], cwd=folder, timeout_s=TIMEOUT_S)
    told = dict(line.split("=", 1) for line in finished.stdout.splitlines() if "=" in line)
    for key in (":env:.index-url", "download.index-url", "global.index-url"):
        if key in told:
            return str(ast.literal_eval(told[key]))
    return INDEX
