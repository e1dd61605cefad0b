"""Fetch sources, artifacts and samples, exactly the bytes that the spec names, and apply the project's patches."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from maxctl.core import digest
from maxctl.core.errors import FetchError, SpecError
from maxctl.core.facts.fetch import AppliedPatch, FetchedFile, FetchedSource, FetchFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.slot import Slot
from maxctl.core.spec import Artifact, File, Sample, Source
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, Verdict

if TYPE_CHECKING:
    from maxctl.artifacts.delivery import Delivery, Disappointment, Wanted

OUT = ".maxctl/out/fetch"
SOURCES = f"{OUT}/sources"
ARTIFACTS = f"{OUT}/artifacts"
SAMPLES = f"{OUT}/samples"
PATCHES = "patches/**"
SPEC = Place("model.yaml")

ABSENT = Code(
    "FET001",
    "a mirror does not have the file",
    "A mirror named before the one that delivers was asked and does not have the file. The spec sends everybody "
    "there first for nothing. Known until the bytes are fetched anew: the cache remembers it. A mirror that could "
    "not be asked at all is no finding; it is told while fetch runs.",
)
DIFFERS = Code(
    "FET002",
    "a mirror delivers other bytes",
    "The mirror has something at this address, but not the bytes that the spec names: it was changed, was tampered "
    "with, or the spec was written for another file. None of its bytes reached the project. Known until the bytes "
    "are fetched anew: the cache remembers it.",
)
STRAY_PATCH = Code(
    "FET003",
    "a patch belongs to no source",
    "Patches stand in patches/<name of a source>/. This one is applied to nothing, so the clean-up that somebody "
    "wrote does not happen.",
)
PATCH_REFUSED = Code(
    "FET004",
    "a patch does not apply",
    "A patch must fit the pinned source to the line, without guessing. It was made for another version, stands in "
    "the wrong order, or touches what is not in the source.",
)


class Fetch(Stage):
    """Fetch sources, artifacts and samples, exactly the bytes that the spec names, and apply the patches.

    Mirrors are tried in their order. Bytes are checked while they stream, before anything is unpacked; wrong
    ones never reach the project. A cache shared by all projects spares a second download.
    """

    name = "fetch"
    phase = Phase.LICENSING
    version = 1
    reads = Reads(spec=("sources", "artifacts", "samples"), files=(PATCHES,))
    codes = (ABSENT, DIFFERS, STRAY_PATCH, PATCH_REFUSED)
    Facts = FetchFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Fetch everything, patch the sources, and tell what is there now."""
        from maxctl.artifacts.delivery import Delivery

        spec = model.spec
        wanted = [_wanted(file) for file in (*spec.sources, *spec.artifacts, *spec.samples)]
        _refuse_bad_addresses(wanted)
        _refuse_nested("artifacts", [one.path for one in spec.artifacts])
        _refuse_nested("samples", [one.path for one in spec.samples])
        patches, findings = _patches(model, spec.sources)
        delivery = Delivery(model.root, model.cache, progress)

        for kind, files in ((ARTIFACTS, spec.artifacts), (SAMPLES, spec.samples)):
            for file in files:
                delivery.copy(_wanted(file), model.write(f"{kind}/{file.path}"))
        sources = []
        for source in spec.sources:
            try:
                sources.append(
                    _source(source, delivery, model.write(f"{SOURCES}/{source.name}"), patches[source.name])
                )
            except _RefusedPatch as refused:
                findings.append(refused.finding)

        findings += [_finding(one) for file in wanted for one in delivery.disappointments(file)]
        outputs = [f"{SOURCES}/{source.name}" for source in spec.sources]
        outputs += [ARTIFACTS, *([SAMPLES] if spec.samples else [])]
        facts = FetchFacts(
            sources=tuple(sources),
            artifacts=tuple(map(_fetched, spec.artifacts)),
            samples=tuple(map(_fetched, spec.samples)),
        )
        outcome = Outcome.judge(findings, facts, outputs)
        # with an error the sources are not what the project means them to be: nobody may build on them
        return outcome if outcome.verdict is Verdict.PASSED else Outcome.judge(findings)


class _RefusedPatch(Exception):  # noqa: N818  # carries a finding out of one source; no failure of the stage
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _what(file: File) -> str:
    match file:
        case Source():
            return f"source {file.name}"
        case Artifact():
            return f"artifact {file.path}"
        case Sample():
            return f"sample {file.path}"
    return "file"


def _wanted(file: File) -> Wanted:
    from maxctl.artifacts.delivery import Wanted
    from maxctl.artifacts.verify import Expected

    return Wanted(_what(file), Expected(file.size, file.sha256), file.mirrors)


def _fetched(file: Artifact | Sample) -> FetchedFile:
    slot = file.slot if isinstance(file, Artifact) else Slot.SAMPLES
    return FetchedFile(path=file.path, slot=slot, size=file.size, sha256=file.sha256, address=file.mirrors[0])


def _source(
    source: Source, delivery: Delivery, target: Path, patches: list[tuple[str, bytes]]
) -> FetchedSource:
    """Unpack one source into the new folder `target` and patch it."""
    from maxctl.artifacts import patch
    from maxctl.artifacts.unpack import unpack

    unpacked = unpack(delivery.get(_wanted(source)), target, strip=source.strip)
    for name, content in patches:
        try:
            patch.apply(target, content, name)
        except patch.PatchRefusedError as error:
            raise _RefusedPatch(
                Finding(
                    PATCH_REFUSED.code,
                    Severity.ERROR,
                    name,
                    error.message,
                    f"make the patch anew against {source.name} as model.yaml pins it, with earlier patches applied",
                    Place(name),
                )
            ) from error
    return FetchedSource(
        name=source.name,
        slot=source.slot,
        size=source.size,
        sha256=source.sha256,
        address=source.mirrors[0],
        files=unpacked.files,
        tree=digest.of_tree(target),
        left_out=unpacked.left_out,
        patches=tuple(AppliedPatch(path=name, sha256=_sha256(content)) for name, content in patches),
    )


def _patches(
    model: ModelView, sources: Iterable[Source]
) -> tuple[dict[str, list[tuple[str, bytes]]], list[Finding]]:
    """Return each source's patches (path, bytes) in order, and a finding for each that belongs to none."""
    found: dict[str, list[tuple[str, bytes]]] = {source.name: [] for source in sources}
    findings = []
    for path in model.files(PATCHES):
        name = path.relative_to(model.root).as_posix()
        place = re.fullmatch(r"patches/([^/]+)/[^/]+\.patch", name)
        if place and place[1] in found:
            found[place[1]].append((name, path.read_bytes()))
        elif name.endswith((".patch", ".diff")):
            findings.append(
                Finding(
                    STRAY_PATCH.code,
                    Severity.ERROR,
                    name,
                    f"{name} belongs to no source: it is not applied",
                    f"delete it, or move it to patches/NAME/….patch; sources: {', '.join(sorted(found)) or 'none'}",
                    Place(name),
                )
            )
    return found, findings


def _refuse_bad_addresses(wanted: Iterable[Wanted]) -> None:
    """Raise `SpecError` with every address that means nothing, before anything is asked for."""
    from maxctl.artifacts.mirrors import parse

    problems = []
    for file in wanted:
        for address in file.addresses:
            try:
                parse(address)
            except FetchError as error:
                problems.append(f"{file.what}: {error.message}" + (f" ({error.hint})" if error.hint else ""))
    if problems:
        raise SpecError("model.yaml names mirrors that cannot be used", problems=tuple(problems))


def _refuse_nested(section: str, paths: list[str]) -> None:
    for path in paths:
        inner = next((other for other in paths if other.startswith(f"{path}/")), None)
        if inner:
            raise SpecError(
                f"model.yaml: {section} has {path} as a file and, for {inner}, as a folder",
                hint="give one of them another path",
            )


def _finding(one: Disappointment) -> Finding:
    from maxctl.artifacts.answers import Answer

    code = ABSENT if one.answer is Answer.ABSENT else DIFFERS
    remedy = (
        "mend the address in model.yaml or leave it out"
        if code is ABSENT
        else (
            "find out why before you trust this mirror; then leave it out of model.yaml,"
            " or correct size and sha256 there"
        )
    )
    return Finding(
        code.code, Severity.WARNING, one.what, f"the mirror {one.address} {one.answer.value}", remedy, SPEC
    )


def _sha256(content: bytes) -> str:
    return digest.of_bytes(content).removeprefix("sha256:")
