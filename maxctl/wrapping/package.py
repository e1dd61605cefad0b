"""Pack the converted model, its labels and its licence texts into one archive, and keep it in the store.

Its name is `<id>-<version>.tar.gz`. A name is given once: when the model changes, so must the version.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from maxctl.core import digest
from maxctl.core.errors import StageError, UnpackError
from maxctl.core.facts.package import Member, PackageFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage

if TYPE_CHECKING:
    from maxctl.artifacts.pack import Packed
    from maxctl.artifacts.store import Store

ARTIFACTS = ".maxctl/out/fetch/artifacts"
SOURCES = ".maxctl/out/fetch/sources"
OUT = ".maxctl/out/package"
# LICENSE, LICENSE-MIT, NOTICE.txt, COPYING.LESSER; but no program that happens to be called license.py
LICENSE_TEXT = re.compile(
    r"(?!.*\.(py|[cm]?[jt]s|go|rs|c|h|sh|java|json|ya?ml|toml|html?)$)(licen[cs]e|notice|copying|copyright)s?([._-].*)?",
    re.IGNORECASE,
)
LABEL_FILES = ("labels*", "labels/**")

NAME_TAKEN = Code(
    "PKG001",
    "the archive's name is taken by another content",
    "Images, approvals and other people's builds point to the name. If its content changed, every digest"
    " written down elsewhere would be a lie. A changed model is a new version.",
)
NO_LICENSE_TEXT = Code(
    "PKG002",
    "no licence text to pack",
    "Most licences, Apache-2.0 and MIT among them, ask that their text goes along with every copy.",
)


class Package(Stage):
    """Pack model, labels and licence texts into an archive in the store."""

    name: ClassVar[str] = "package"
    phase: ClassVar[Phase] = Phase.WRAPPING
    # what is unsafe (check) or denied (scan-license) is not packed, though nothing of those two is read
    needs: ClassVar[tuple[str, ...]] = ("fetch", "scan-license", "check", "prepare", "convert")
    reads: ClassVar[Reads] = Reads(
        spec=("id", "version", "labels", "inference.engine", "package.store", "sources"), files=LABEL_FILES
    )
    codes: ClassVar[tuple[Code, ...]] = (NAME_TAKEN, NO_LICENSE_TEXT)
    Facts = PackageFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return the facts of the archive; a changed archive under a taken name is a finding."""
        from maxctl.artifacts import pack, store

        engine = model.spec.inference.engine
        path = _model_path(model)
        files, entry = _model(path)
        entry_sha256 = digest.of_path(path).removeprefix("sha256:")
        if model.spec.labels is not None:
            files["labels.json"] = _labels(model, model.spec.labels)
        texts = _license_texts(model)
        archive = f"{model.spec.id}-{model.spec.version}.tar.gz"
        output = f"{OUT}/{archive}"
        target = model.write(output)
        progress.say(f"packing {archive}")
        packed = pack.pack({**files, **texts}, target)
        kept = store.open_store(model.spec.package.store, model.root)
        findings = [] if texts else [_no_license_text()]
        try:
            kept.put(archive, target)
        except store.StoreConflictError as error:
            again = _same_inside(kept, archive, target, packed)
            if again is None:
                findings.append(_name_taken(archive, error))
                return Outcome.judge(findings)
            packed = again
        facts = PackageFacts(
            archive=archive,
            size=packed.size,
            sha256=packed.sha256,
            address=kept.address(archive),
            engine=engine,
            model=entry,
            model_sha256=entry_sha256,
            labels="labels.json" if model.spec.labels else None,
            members=tuple(Member(path=one.path, size=one.size, sha256=one.sha256) for one in packed.members),
        )
        return Outcome.judge(findings, facts, (output,))


def _model_path(model: ModelView) -> Path:
    """Return the model in the form for the chosen engine, which convert or prepare has made."""
    from maxctl.core.facts.convert import ConvertFacts

    path = model.facts("convert", ConvertFacts).chosen().path
    return model.output("convert" if "/out/convert/" in path else "prepare", path)


def _model(path: Path) -> tuple[dict[str, Path], str]:
    """Return the files of the model by their path in the archive, and the path that the engine loads."""
    if path.is_file():
        return {path.name: path}, path.name
    return {f"{path.name}/{file.relative_to(path).as_posix()}": file for file in digest.walk(path)}, path.name


def _labels(model: ModelView, labels: str) -> Path:
    path = model.file(labels)
    if not path.is_file():
        raise StageError(
            f"there is no file {labels}, which `labels` in model.yaml names", hint="add it, or mend the path"
        )
    return path


def _license_texts(model: ModelView) -> dict[str, Path]:
    """Return the licence texts of each source and of the artifacts, by path in the archive.

    They stand at the top, or where a wheel has them: in its .dist-info folder, or that one's `licenses`.
    """
    names = [source.name for source in model.spec.sources]
    folders = {name: model.output("fetch", f"{SOURCES}/{name}") for name in names}
    folders["artifacts"] = model.output("fetch", ARTIFACTS)
    return {
        f"licenses/{name}/{path.relative_to(folder).as_posix()}": path
        for name, folder in sorted(folders.items())
        if folder.is_dir()
        for path in sorted(
            (*folder.iterdir(), *folder.glob("*.dist-info/*"), *folder.glob("*.dist-info/licenses/**/*"))
        )
        if path.is_file() and not path.is_symlink() and LICENSE_TEXT.fullmatch(path.name)
    }


def _same_inside(kept: Store, archive: str, target: Path, packed: Packed) -> Packed | None:
    """Return the store's own archive, copied to `target`, where it only was compressed by another zlib."""
    from maxctl.artifacts import pack

    held = kept.find(archive)
    if held is None:
        return None
    kept.get(archive, target, held)
    try:
        same = pack.contents(target) == packed.members
    except UnpackError:  # whatever it is, it is not ours
        return None
    return pack.Packed(target.stat().st_size, held, packed.members) if same else None


def _no_license_text() -> Finding:
    return Finding(
        NO_LICENSE_TEXT.code,
        Severity.WARNING,
        "licenses",
        "no source and no artifact brings a licence text along",
        "add the LICENSE file of the model's publisher to `sources` in model.yaml",
        Place("model.yaml"),
    )


def _name_taken(archive: str, error: Exception) -> Finding:
    return Finding(
        NAME_TAKEN.code,
        Severity.ERROR,
        archive,
        str(error),
        "raise `version` in model.yaml; an archive that nobody got yet may be deleted from the store instead",
        Place("model.yaml"),
    )
