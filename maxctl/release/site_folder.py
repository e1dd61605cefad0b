"""A catalogue's folder: pages of many models, each its own, and the list of them all.

Files are replaced one by one, each whole at any moment, the list last. What maxctl did not make stays.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from maxctl.core.errors import StageError
from maxctl.core.findings import Finding
from maxctl.release import site_entry, site_findings, site_pictures, site_render
from maxctl.release.site_entry import CatalogueEntry, DamagedEntryError
from maxctl.release.site_page import PAGE, Page

TEMPLATE = "catalogue.html.jinja"
_MARK = site_render.GENERATOR.encode()
_HEAD = 4096  # the mark stands among the first lines


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, by path below the folder, which models are listed, and what was found."""

    files: dict[str, bytes]
    models: tuple[str, ...]
    findings: tuple[Finding, ...]


def write(folder: Path, page: Page) -> Written:
    """Write a model's page into a catalogue and list it; an error among the findings means: nothing was written.

    Raises `StageError` where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder):
            return _write(folder, page)
    except OSError as error:
        raise StageError(
            f"the page cannot be written: {error.strerror}: {error.filename or folder}",
            hint="name a folder that you may write to with --output",
        ) from error


def _write(folder: Path, page: Page) -> Written:
    id_ = page.entry.id
    foreign = list(_foreign(folder, id_))
    if foreign:
        return Written({}, (), tuple(foreign))
    entries, damaged = _others(folder, id_)
    entries = sorted((*entries, page.entry), key=lambda one: (one.name.casefold(), one.id))
    # the entry comes after what it names, and the list after the entry
    names = sorted(page.files, key=lambda name: (name == site_entry.FILE, name == PAGE, name))
    files = {f"{id_}/{name}": page.files[name] for name in names}
    files[PAGE] = render(entries).encode("utf-8")
    (folder / id_).mkdir(exist_ok=True)
    for path, content in files.items():
        _replace(folder / path, content)
    return Written(files, tuple(one.id for one in entries), tuple(damaged))


def render(entries: list[CatalogueEntry]) -> str:
    """Return the list of all models, in the given order."""
    shown = [
        site_pictures.show(one.picture, f"m{number}", f"{one.id}/") if one.picture else None
        for number, one in enumerate(entries)
    ]
    rules = "\n".join(one.rules for one in shown if one and one.rules)
    context = {
        "models": list(zip(entries, shown, strict=True)),
        "types": sorted({one.type for one in entries}, key=str.casefold),
    }
    return site_render.render(TEMPLATE, context, ("filter.js",), rules)


def _foreign(folder: Path, id_: str) -> Iterator[Finding]:
    """Yield what stands in the way: the list, or the model's folder, made by somebody else."""
    for path in (PAGE, f"{id_}/{PAGE}"):
        place = folder / path
        if os.path.lexists(place) and not _made_here(place):
            yield site_findings.foreign(path, "was not made by maxctl")
    own = folder / id_
    if own.is_symlink() or (os.path.lexists(own) and not own.is_dir()):
        yield site_findings.foreign(id_, "is no folder of its own")
    elif own.is_dir() and any(own.iterdir()):
        fault = _fault(own / site_entry.FILE)
        if fault:
            yield site_findings.foreign(f"{id_}/{site_entry.FILE}", fault)


def _fault(path: Path) -> str | None:
    """Return why a folder with files is not known as this model's page."""
    if not os.path.lexists(path):
        # a write that was interrupted leaves our page without its entry
        return None if _made_here(path.with_name(PAGE)) else "is missing in a folder that holds other files"
    try:
        site_entry.read(path)
    except DamagedEntryError as error:
        return str(error)
    return None


def _made_here(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return _MARK in file.read(_HEAD)


def _others(folder: Path, id_: str) -> tuple[list[CatalogueEntry], list[Finding]]:
    """Return the entries of the other models, and a warning for each that cannot be read."""
    entries: list[CatalogueEntry] = []
    damaged: list[Finding] = []
    for path in sorted(folder.glob(f"*/{site_entry.FILE}")):
        if path.parent.name == id_:
            continue
        try:
            entries.append(site_entry.read(path))
        except DamagedEntryError as error:
            shown = f"{path.parent.name}/{path.name}".encode(errors="replace").decode()
            damaged.append(site_findings.damaged(shown, str(error)))
    return entries, damaged


def _replace(path: Path, content: bytes) -> None:
    """Write a file by temporary file, fsync and rename; one that is the same already is not touched."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one command at a time list the models of a folder; the lock leaves no file behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
