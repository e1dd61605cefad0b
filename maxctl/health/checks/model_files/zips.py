"""Zip archives that hold a model: PyTorch, NumPy `.npz`, Keras, and any other. Read under limits."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import BinaryIO

from maxctl.health.checks.model_files import pickles
from maxctl.health.checks.model_files.inspection import Danger, Inspection, not_scanned, rebuilds
from maxctl.health.checks.model_files.recognise import HDF5, HEAD, NUMPY, ZIP, is_pickle

MAX_MEMBERS = 100_000
MAX_MEMBER_BYTES = 256 * 1024**2
MAX_TOTAL_BYTES = 1024**3
STORAGE = re.compile(r"[^/]+/data/\d+")

Look = Callable[[str, bytes], bool]
Inspect = Callable[[str, bytes], Inspection]


def inspect(stream: BinaryIO, look: Look, inspect_member: Inspect) -> Inspection:
    """Return what the members of an archive hold. `look(name, head)` says whether a member is worth reading."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return _inspect(archive, look, inspect_member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        return not_scanned("zip archive", f"it cannot be read: {error}")


def _inspect(archive: zipfile.ZipFile, look: Look, inspect_member: Inspect) -> Inspection:
    members = [member for member in archive.infolist() if not member.is_dir()]
    kind = _kind([member.filename for member in members])
    if len(members) > MAX_MEMBERS:
        return not_scanned(kind, f"it holds {len(members)} files, more than {MAX_MEMBERS}")
    imports: set[str] = set()
    dangers: list[Danger] = []
    failures: list[str] = []
    total = inspected = 0
    for member in members:
        if member.flag_bits & 1:
            failures.append(f"{member.filename} is encrypted")
            continue
        with archive.open(member) as file:
            head = file.read(HEAD)
            storage = kind == "PyTorch archive" and bool(STORAGE.fullmatch(member.filename))
            if not look(member.filename, head) or (
                storage and not head.startswith((NUMPY, HDF5, *ZIP, b"\x80"))
            ):
                continue
            allowed = min(MAX_MEMBER_BYTES, MAX_TOTAL_BYTES - total)
            data = head + file.read(max(0, allowed - len(head)) + 1)
        if storage and is_pickle(head) and not pickles.reads_as_pickle(io.BytesIO(data), len(data)):
            continue  # raw numbers of a tensor, which begin like a pickle by chance
        total += len(data)
        if len(data) > allowed:
            failures.append(f"{member.filename} unpacks to more than {allowed // 1024**2} MiB")
            continue
        found = inspect_member(member.filename, data)
        inspected += found.model
        imports.update(found.imports)
        dangers += [
            Danger(d.code, d.severity, f"{member.filename}: {d.message}")
            for d in found.dangers
            if d.severity != "note"  # one note for the archive, below
        ]
        if found.state == "not scanned":
            failures.append(f"{member.filename}: {found.reason}")
    names = tuple(sorted(imports))
    if failures:
        return not_scanned(
            kind, "; ".join(failures[:3]) + ("; …" if len(failures) > 3 else ""), tuple(dangers), names
        )
    if names and not dangers:
        dangers.append(rebuilds(names))
    script = "; TorchScript code, which torch interprets" if _holds_script(members) else ""
    return Inspection(
        kind,
        "scanned",
        f"{inspected} of {len(members)} files in it can hold code{script}",
        names,
        tuple(dangers),
        model=kind != "zip archive" or inspected > 0,
    )


def _kind(names: list[str]) -> str:
    if any(name.endswith("/data.pkl") for name in names):
        return "PyTorch archive"
    if "config.json" in names and "metadata.json" in names:
        return "Keras archive"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy archive"
    return "zip archive"


def _holds_script(members: list[zipfile.ZipInfo]) -> bool:
    return any("/code/" in member.filename for member in members)
