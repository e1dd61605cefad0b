"""The samples: each picture, sound or video with the license that stands beside it, or that a document gives it."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from maxctl.core.slot import Slot
from maxctl.licensing import trees
from maxctl.licensing.assembly import Parts
from maxctl.licensing.claims import reuse
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.heard import Heard
from maxctl.licensing.trees import folder_of
from maxctl.policy import spdx
from maxctl.policy.evidence import Claim, Detection, Spot, Subject


def subjects(heard: Heard, parts: Parts, known: Known) -> list[Subject]:
    """Return a subject for each group of samples that rest on the same statements; the silent ones are one group."""
    beside = _beside(heard, known)
    general = [c for c in parts.claims[Slot.SAMPLES] if c.about is None]
    named = [c for c in parts.claims[Slot.SAMPLES] if c.about is not None]
    groups: dict[tuple[tuple[Claim, ...], tuple[Detection, ...]], list[str]] = {}
    for path in heard.paths:
        if heard.tree.slot_of(path) is not Slot.SAMPLES or not trees.is_sample(path):
            continue
        own = [*beside.get(str(path), ()), *(c for c in named if _names(c.about or "", path))]
        folder = tuple(
            d
            for d in parts.detections[Slot.SAMPLES]
            if folder_of(PurePosixPath(d.spot.path)) in _above(heard, path) and d.principal
        )
        claims = tuple(own or (() if folder else general))
        groups.setdefault((claims, folder), []).append(heard.tree.tell(str(path)))
    told = [
        Subject(_name(files), claims=claims, detections=detections)
        for (claims, detections), files in groups.items()
    ]
    if not told and parts.claims[Slot.SAMPLES]:
        told.append(Subject("the samples", claims=tuple(parts.claims[Slot.SAMPLES])))
    return told


def _name(files: list[str]) -> str:
    if len(files) == 1:
        return f"the sample {files[0]}"
    return f"{len(files)} samples ({files[0]} and others)"


def _names(about: str, path: PurePosixPath) -> bool:
    """Tell whether a document's name for a sample is this file."""
    bare = about.strip("`*[]() ").lower()
    if any(mark in bare for mark in "*?"):
        return fnmatchcase(path.name.lower(), bare.rpartition("/")[2])
    return path.name.lower() in bare or (path.stem.lower() == bare)


def _above(heard: Heard, path: PurePosixPath) -> set[str]:
    folders = [folder_of(path), *(str(p) for p in path.parent.parents if str(p) != ".")]
    return {heard.tree.tell(folder) for folder in folders if folder}


def _beside(heard: Heard, known: Known) -> dict[str, list[Claim]]:
    """Return, by path, the claims of sidecars, REUSE.toml and dep5."""
    told: dict[str, list[Claim]] = {}
    for path in heard.paths:
        inside = str(path)
        if path.suffix == ".license":
            note = reuse.sidecar(_text(heard, path))
            if note:
                told.setdefault(inside.removesuffix(".license"), []).append(
                    _claim(heard, inside, note, known, "REUSE sidecar")
                )
        elif path.name == "REUSE.toml" or inside.endswith(".reuse/dep5"):
            folder = "" if path.name == "dep5" else folder_of(path)
            for note in reuse.of_files(path.name, _text(heard, path)):
                for other in _matching(heard.paths, note.patterns, folder):
                    told.setdefault(other, []).append(_claim(heard, inside, note, known, path.name))
    return told


def _matching(paths: Iterable[PurePosixPath], patterns: tuple[str, ...], folder: str) -> Iterable[str]:
    prefix = f"{folder}/" if folder else ""
    for path in paths:
        inside = str(path)
        if inside.startswith(prefix) and any(
            fnmatchcase(inside.removeprefix(prefix), p.replace("**", "*")) for p in patterns
        ):
            yield inside


def _claim(heard: Heard, inside: str, note: reuse.Annotation, known: Known, how: str) -> Claim:
    reading = spdx.read(note.stated, known.catalog, known.licenses.tags)
    return Claim(reading, Spot(heard.tree.tell(inside), note.line, note.text), how)


def _text(heard: Heard, path: PurePosixPath) -> str:
    return (heard.tree.root / path).read_bytes()[: 1 << 20].decode("utf-8", "replace")
