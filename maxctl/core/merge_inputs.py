"""Read the manifests that are to be joined: files from elsewhere, named as the user named them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from maxctl.core import yaml
from maxctl.core.errors import ManifestError, UsageError
from maxctl.core.manifest import SCHEMA_VERSION, Manifest
from maxctl.core.merge import Part

ANEW = "take it anew from the job that made it"


def read_all(files: Iterable[tuple[str, Path]], model: str) -> list[Part]:
    """Return the manifests, given by shown name and place.

    Raises `UsageError` for one that is not there or given twice, and `ManifestError` with the faults of all that
    are damaged, no manifest, of a newer schema, or of another model than `model`.
    """
    seen: dict[Path, str] = {}
    for name, path in files:
        if path.is_dir():
            raise UsageError(
                f"{name} is a folder", hint=f"name the file in it: {name.rstrip('/')}/manifest.yaml"
            )
        if not path.exists():
            raise UsageError(
                f"there is no file {name}", hint=f"{ANEW}; `ls {path.parent}` shows what is there"
            )
        real = Path(os.path.realpath(path))
        if real in seen:
            first = seen[real]
            raise UsageError(
                f"{name} is given twice" if first == name else f"{first} and {name} are the same file",
                hint="name the manifest of each job once",
            )
        seen[real] = name
    parts, faults = [], []
    for path, name in seen.items():
        try:
            parts.append(Part(name, _read(path, name, model)))
        except ManifestError as error:
            faults.append(error)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise ManifestError(
            f"{len(faults)} of {len(seen)} files cannot be joined",
            problems=tuple(line.strip() for error in faults for line in error.message.splitlines()),
            hint=ANEW,
        )
    return parts


def _read(path: Path, name: str, model: str) -> Manifest:
    try:
        document = yaml.document(path, ManifestError, name)
    except ManifestError as error:
        error.hint = ANEW
        raise
    data = document.data if isinstance(document.data, dict) else {}
    version = data.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ManifestError(
            f"{name} has schema version {version}; this maxctl reads up to {SCHEMA_VERSION}",
            hint="pip install --upgrade maxctl",
        )
    if not {"schema_version", "model"} <= data.keys():
        raise ManifestError(
            f"{name} is no manifest: it names no `model`", hint="name the manifest.yaml of each job"
        )
    try:
        manifest = yaml.validate(document, Manifest, ManifestError)
    except ManifestError as error:
        error.hint = ANEW
        raise
    if manifest.model != model:
        raise ManifestError(
            f"{name} is the record of `{manifest.model}`, but model.yaml describes `{model}`",
            hint="join the manifests of one model only",
        )
    return manifest
