"""Model files: what loading them would execute. A file that nobody could look into is an error, never fine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import ClassVar

from maxctl.core import digest
from maxctl.core.facts.check import ModelFile
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.health.checks.interface import (
    MEND,
    Check,
    Inventory,
    NothingToCheckError,
    Report,
    Settings,
    SourceFile,
)
from maxctl.health.checks.model_files import recognise
from maxctl.health.checks.model_files.inspection import Inspection, data_only, not_scanned

REMEDIES = {
    "CHK401": "do not load it; ask its source for the weights as safetensors, or rebuild them from a file you trust",
    "CHK402": "convert it to a format that can be checked (safetensors, ONNX, TensorFlow Lite), or leave it out",
    "CHK403": "read what it imports; keep the arrays only, as safetensors or npz without objects",
    "CHK404": "replace it by a layer or an operation of the framework, and load with safe_mode=True",
    "CHK405": "cut it out of the graph in the preparation, and give the model the data instead",
    "CHK406": "leave the file out, or have it name files of its own folder",
    "CHK407": "keep the arrays only, as safetensors or npz without objects",
}
# what whoever loads a harmless pickle can do, by the package whose objects it holds
_OF_ITS_PACKAGE = {
    "torch": "load it with weights_only=True, or convert it to safetensors",
    "sklearn": "ship what `maxctl prepare` makes of it (preparation.format: scikit-learn), or a file of skops",
}


class ModelFiles(Check):
    """Unsafe model files: pickles, Lambda layers, operations that run Python or touch files."""

    name: ClassVar[str] = "model_files"
    codes: ClassVar[tuple[Code, ...]] = (
        Code(
            "CHK401",
            "A model file would execute code when it is loaded",
            "A pickle is a program: whoever loads it gives its author the rights of the loading process.",
        ),
        Code(
            "CHK402",
            "A model file was not scanned",
            "What could not be looked into may hold anything; it counts as unsafe until somebody has looked.",
        ),
        Code(
            "CHK403",
            "A pickle imports something that no list knows",
            "Loading it runs code of another package with arguments from the file; whether that is safe, "
            "only a reader of that package can say.",
        ),
        Code(
            "CHK404",
            "A layer or an operation runs Python",
            "A Lambda layer or a Python function in the graph executes what the file's author wrote.",
        ),
        Code(
            "CHK405",
            "An operation touches files or the network",
            "A model that reads or writes files while it answers can leak or change them.",
        ),
        Code(
            "CHK406",
            "A model file names files outside its folder",
            "Loading it opens files of the machine that nobody has checked or fetched.",
        ),
        Code(
            "CHK407",
            "A pickle that rebuilds data only",
            "Nothing in it is known to be unsafe; still, a format without a program in it is the better one to ship.",
        ),
    )

    def run(self, inventory: Inventory, settings: Settings) -> Report:
        """Return what was found, and for every model file what it is and who looked at it."""
        candidates = [file for file in inventory.files if _is_candidate(file)]
        if not candidates:
            raise NothingToCheckError("no model files")
        seen = _look(candidates, inventory, settings)
        findings: list[Finding] = []
        told: list[ModelFile] = []
        for file in inventory.files:
            inspection = seen.get(file.place)
            if inspection is None:
                continue
            if not inspection.model and not file.tree.artifacts:
                continue
            told.append(
                ModelFile(
                    path=file.place,
                    sha256="" if file.link else digest.of_file(file.path).removeprefix("sha256:"),
                    format=inspection.format,
                    state=inspection.state,
                    reason=inspection.reason,
                    imports=inspection.imports,
                )
            )
            findings += _findings(file, inspection)
        if not told:
            raise NothingToCheckError("no model files")
        return Report(tuple(findings), len(told), model_files=tuple(told))


def _is_candidate(file: SourceFile) -> bool:
    if file.link:
        return file.tree.artifacts or PurePosixPath(file.relative).suffix.lower() in recognise.ALWAYS_MODEL
    if file.path.suffix == ".py":
        return False
    if file.tree.artifacts:
        return True
    with file.path.open("rb") as stream:
        return recognise.worth(file.relative, stream.read(recognise.HEAD))


def _look(candidates: list[SourceFile], inventory: Inventory, settings: Settings) -> dict[str, Inspection]:
    """Return an inspection for each place. Graphs come first: they name the files that are their weights."""
    seen = {
        file.place: not_scanned("symbolic link", "links are not followed") for file in candidates if file.link
    }
    files = [file for file in candidates if not file.link]
    manifests = [file for file in files if file.path.suffix in (".json", ".onnx", ".mlmodel")]
    _inspect(manifests, seen, settings, len(files))
    weights: dict[str, tuple[str, str]] = {}
    for manifest in manifests:
        folder = PurePosixPath(manifest.place).parent
        for name in seen[manifest.place].names:
            weights.setdefault((folder / name).as_posix(), (seen[manifest.place].format, manifest.path.name))
    for file in inventory.files:
        # being named as weights must not hide a file that other loaders would take by its name
        plain = file.path.suffix.lower() not in recognise.ALWAYS_MODEL and not file.link
        if file.place in weights and plain and file.place not in seen:
            kind, manifest_name = weights[file.place]
            seen[file.place] = data_only(
                f"weights of a {kind}", f"raw numbers; {manifest_name} gives them names, types and shapes"
            )
    _inspect([file for file in files if file.place not in seen], seen, settings, len(files))
    return seen


def _inspect(files: list[SourceFile], seen: dict[str, Inspection], settings: Settings, total: int) -> None:
    before = len(seen)
    if not files:
        return
    from maxctl.health.checks.model_files import worker

    settings.progress.advance("model files", before, total)
    inspections = worker.inspect(
        [(file.relative, file.path) for file in files],
        settings.scan_seconds,
        settings.scan_memory,
        lambda done: settings.progress.advance("model files", before + done, total),
    )
    for file, inspection in zip(files, inspections, strict=True):
        seen[file.place] = inspection


def _remedy(code: str, inspection: Inspection) -> str:
    packages = {name.partition(".")[0] for name in inspection.imports} if code == "CHK407" else set()
    return next((mend for package, mend in _OF_ITS_PACKAGE.items() if package in packages), REMEDIES[code])


def _findings(file: SourceFile, inspection: Inspection) -> list[Finding]:
    found = [
        Finding(
            danger.code,
            Severity(danger.severity),
            file.place,
            danger.message,
            _remedy(danger.code, inspection),
            Place(file.place),
        )
        for danger in inspection.dangers
    ]
    if inspection.state == "not scanned":
        # in source code a name such as `x.dat` says little; among the artifacts every file is the model's
        doubtful = (
            not file.tree.artifacts and PurePosixPath(file.relative).suffix.lower() in recognise.MAYBE_MODEL
        )
        missing = [name for name in ("picklescan", "fickling") if find_spec(name) is None]
        found.append(
            Finding(
                "CHK402",
                Severity.WARNING if doubtful and not inspection.dangers else Severity.ERROR,
                file.place,
                f"not scanned ({inspection.format}): {inspection.reason}",
                MEND if missing and missing[0] in inspection.reason else REMEDIES["CHK402"],
                Place(file.place),
            )
        )
    return found
