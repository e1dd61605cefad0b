"""Ask the golden suite of the wrapped service, and show what differs in a report with pictures."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, field_validator

from maxctl.core import digest
from maxctl.core.errors import UsageError
from maxctl.core.facts.record import RecordFacts
from maxctl.core.facts.regress import CaseFacts, RegressFacts
from maxctl.core.findings import Code
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions
from maxctl.release import regress_findings as findings

if TYPE_CHECKING:
    from maxctl.golden.run import Answer, SuiteResult
    from maxctl.golden.suite import Suite

GOLDEN = "golden"
SERVICE = "service"
BUILT = "built"


class RegressOptions(StageOptions):
    """Options of regress."""

    golden: str = Field(
        default=GOLDEN,
        json_schema_extra={"alone": GOLDEN},
        description="Folder of the golden suite; another one than golden/ is compared with, but not recorded.",
    )
    http: bool = Field(default=False, description="Start the service and ask it over HTTP.")
    image: str | None = Field(
        default=None,
        json_schema_extra={"alone": BUILT},
        description="Start the image that `build` made; with a REFERENCE that one, and nothing is recorded.",
    )
    url: str | None = Field(
        default=None, description="Ask a service that runs at this address; nothing is recorded."
    )
    report: str | None = Field(
        default=None, description="Write the report page here; only where nothing is recorded."
    )

    @field_validator("golden")
    @classmethod
    def _plain(cls, path: str) -> str:
        return PurePosixPath(path).as_posix()


class Regress(Stage):
    """Ask the golden suite of the wrapped service, and show what differs in a report with pictures."""

    name: ClassVar[str] = "regress"
    phase: ClassVar[Phase] = Phase.RELEASE
    needs: ClassVar[tuple[str, ...]] = ("record", "scaffold")
    reads: ClassVar[Reads] = Reads(files=(f"{GOLDEN}/**",))
    codes: ClassVar[tuple[Code, ...]] = findings.CODES
    Options: ClassVar[type[StageOptions]] = RegressOptions
    Facts = RegressFacts

    def records(self) -> bool:
        """Tell whether the project's own suite is asked of the project's own service, or of the image made of it."""
        options = self.options
        return options.url is None and options.golden == GOLDEN and options.image in (None, BUILT)

    def needed(self) -> tuple[str, ...]:
        """Return the steps that it needs: an image is asked without what it was made of."""
        return ("record", "scaffold", "build") if self.options.image == BUILT else self.needs

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return a finding for each difference; the report is an output."""
        if self.options.report is not None:
            raise UsageError(
                "--report is for a run that is not recorded", hint="the page is in reports/ here"
            )
        if model.was_skipped("record"):
            return Outcome.skipped(Skip.NOT_APPLICABLE, "no golden suite was recorded for this model")
        folder = model.file(GOLDEN)
        recorded = model.facts("record", RecordFacts).suite
        target = self._kind()
        image = None
        if self.options.image is not None:
            from maxctl.core.facts.build import BuildFacts

            image = model.facts("build", BuildFacts).image
        service = model.output("scaffold", SERVICE)
        suite, result = self.compare(folder, service, image, model.cache, progress)
        page = f"reports/regress-{target}.html"
        model.write(page).write_text(_page(suite, result, target), encoding="utf-8")
        fingerprint = digest.of_tree(folder)
        found = findings.of(result, page)
        if fingerprint != recorded:
            found.append(findings.not_recorded())
        return Outcome.judge(found, _facts(target, fingerprint, result), (page,))

    def on_path(self, target: str, cache: Path, progress: Progress) -> Outcome:
        """Ask a suite of a service at `--url`, of the image `--image REFERENCE`, else of the one in `service/`."""
        base = Path(target)
        folder = base if (base / "golden.yaml").is_file() else base / self.options.golden
        if self.options.image == BUILT:
            raise UsageError(
                "--image alone is the image that the project's `build` made",
                hint="--image REFERENCE names one",
            )
        suite, result = self.compare(folder, base / SERVICE, self.options.image, cache, progress)
        kind = self._kind()
        page = self.options.report
        if page is not None:
            Path(page).parent.mkdir(parents=True, exist_ok=True)
            asked = self.options.url or self.options.image or kind
            Path(page).write_text(_page(suite, result, asked), encoding="utf-8")
            progress.say(f"the report is in {page}")
        return Outcome.judge(findings.of(result, page), _facts(kind, digest.of_tree(folder), result))

    def _kind(self) -> str:
        options = self.options
        return "url" if options.url else "image" if options.image else "http" if options.http else "service"

    def compare(
        self, folder: Path, service: Path, image: str | None, cache: Path, progress: Progress
    ) -> tuple[Suite, SuiteResult]:
        """Return the suite and how it went: on `image` where one is given, else as the options say."""
        from maxctl.golden import run, suite
        from maxctl.release import targets

        given = [f"--{name}" for name in ("http", "image", "url") if getattr(self.options, name)]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} contradict each other", hint="give one of them")
        asked = suite.load(folder, folder.name)
        opened: AbstractContextManager[Answer]
        if self.options.url:
            opened = targets.elsewhere(self.options.url, asked)
        elif image is not None:
            opened = targets.container(image, asked, cache, progress)
        elif self.options.http:
            opened = targets.started(service, asked, cache, progress)
        else:
            opened = targets.in_process(service, cache, progress)
        with opened as answer:
            return asked, run.run_suite(answer, asked, progress, "golden cases")


def _page(suite: Suite, result: SuiteResult, target: str) -> str:
    from maxctl.release import regress_report

    return regress_report.render(suite, result, target)


def _facts(target: str, fingerprint: str, result: SuiteResult) -> RegressFacts:
    cases = tuple(
        CaseFacts(
            id=case.id,
            verdict=str(case.verdict),
            parts=case.counts.parts,
            expected=case.counts.expected,
            same=case.counts.same,
            missing=case.counts.missing,
            extra=case.counts.extra,
            changed=case.counts.changed,
        )
        for case in result.cases
    )
    return RegressFacts(target=target, suite=fingerprint, cases=cases)
