"""Make a static catalogue page of the published model, which lists published digests only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from maxctl.core import digest, resources
from maxctl.core.facts.publish import PublishFacts
from maxctl.core.facts.site import PageFile, SiteFacts
from maxctl.core.findings import Code, Finding, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, StageOptions, Verdict
from maxctl.release import site_findings as findings

if TYPE_CHECKING:
    from maxctl.golden.suite import Suite

SITE = "site"
GOLDEN = "golden"
SPEC = (
    "id", "name", "version", "description", "type", "domain", "task", "source", "license", "authors", "choice",
    "sources", "artifacts", "samples", "inference", "service",
)  # fmt: skip


class SiteOptions(StageOptions):
    """Options of site."""

    output: Path | None = Field(
        default=None,
        description="Folder of a catalogue to put the page into, beside other models; nothing is recorded.",
    )


class Site(Stage):
    """Make a static catalogue page of the published model.

    It lists published digests only, loads nothing from elsewhere, and works from a folder as from a server.
    """

    name: ClassVar[str] = "site"
    phase: ClassVar[Phase] = Phase.RELEASE
    needs: ClassVar[tuple[str, ...]] = (
        "fetch", "scan-license", "record", "convert", "package", "build", "regress", "regress-http",
        "regress-image", "publish",
    )  # fmt: skip
    reads: ClassVar[Reads] = Reads(spec=SPEC, files=(f"{GOLDEN}/**",))
    codes: ClassVar[tuple[Code, ...]] = findings.CODES
    Options: ClassVar[type[StageOptions]] = SiteOptions
    Facts = SiteFacts

    def records(self) -> bool:
        """Tell that a page among those of others, in a folder elsewhere, is no part of the record."""
        return self.options.output is None

    def tools(self) -> dict[str, str]:
        """Return what of maxctl itself goes into a page."""
        return {"templates": digest.of_tree(resources.path("templates") / SITE)}

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return which pages were written; a finding for what keeps them from being true."""
        refused = _refused(model, self.needs)
        if refused:
            return Outcome.judge(refused)
        from maxctl.release import site_folder, site_page

        page = site_page.make(model, _suite(model))
        folder = self.options.output or model.write(f"{SITE}/{site_page.PAGE}").parent
        written = site_folder.write(folder, page)
        if any(one.severity is Severity.ERROR for one in written.findings):
            return Outcome.judge(written.findings)
        facts = SiteFacts(
            page=f"{page.entry.id}/{site_page.PAGE}",
            image=page.entry.image.reference,
            files=tuple(
                PageFile(path=path, sha256=digest.of_bytes(content).removeprefix("sha256:"))
                for path, content in sorted(written.files.items())
            ),
            models=written.models,
        )
        return Outcome.judge(written.findings, facts, (SITE,) if self.records() else ())


def _refused(model: ModelView, needs: tuple[str, ...]) -> list[Finding]:
    """Return what makes the page untrue: a run asks for fresh steps, but `--output` takes the record as it is."""
    published = model.result("publish")
    if published.verdict is not Verdict.PASSED:
        return [findings.not_published(str(published.skip or published.verdict))]
    facts = model.facts("publish", PublishFacts)
    others = [
        findings.other_record(f"the recorded result of {step}")
        for step in needs
        if step in facts.rests_on and facts.rests_on[step] != model.result(step).digest()
    ]
    spec = model.spec
    if (spec.service.image, spec.version) != (facts.repository, facts.tag):
        others.append(findings.other_record(f"{spec.service.image}:{spec.version} of model.yaml"))
    others += [
        findings.other_record(f"{GOLDEN}/")
        for output in model.result("record").outputs
        if output.path == GOLDEN and not _unchanged(_golden(model), output.sha256)
    ]
    return others


def _unchanged(folder: Path, sha256: str) -> bool:
    return folder.is_dir() and digest.of_tree(folder) == f"sha256:{sha256}"


def _golden(model: ModelView) -> Path:
    return model.file(f"{GOLDEN}/golden.yaml").parent


def _suite(model: ModelView) -> Suite | None:
    """Return the golden suite, every file verified, or None where there is none to be had."""
    if model.was_skipped("record"):
        return None
    from maxctl.golden import suite

    return suite.load(_golden(model), GOLDEN)
