"""Judge the licenses of code, weights, data, scripts and samples, each by its own evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from maxctl.core import digest, resources
from maxctl.core.errors import SpecError, StageError, UsageError
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, StageOptions
from maxctl.licensing.license_codes import CODES
from maxctl.licensing.own_files import OWN_FILES

if TYPE_CHECKING:
    from maxctl.licensing.evaluation import Question, Scan
    from maxctl.policy.rules import Policy

REPORT = "reports/license.json"
DATA = ("policy.yaml", "categories.yaml", "datasets.yaml", "ai_licenses.yaml")


class ScanLicenseOptions(StageOptions):
    """Options of scan-license."""

    fail_on: Literal["deny", "review"] = Field(
        default="deny",
        description="Fail from this verdict on; a `review` passes otherwise and asks for an approval.",
    )
    use_case: Literal["commercial", "internal", "research"] | None = Field(
        default=None, description="Judge for this use, instead of the spec's licensing.use_case."
    )
    jobs: int = Field(default=2, ge=1, le=64, exclude=True, description="Processes of the scanner.")


class ScanLicense(Stage):
    """Judge the licenses of code, weights, data, scripts and samples, each by its own evidence."""

    name = "scan-license"
    phase = Phase.LICENSING
    version = 1
    needs = ("fetch",)
    reads = Reads(spec=("licensing", "samples", "sources", "artifacts"), files=(*OWN_FILES, "licenses/**"))
    codes = CODES
    Options = ScanLicenseOptions
    Facts = ScanLicenseFacts

    def tools(self) -> dict[str, str]:
        """Return the scanner's version, and the digest of the knowledge and policy that ship with maxctl."""
        from maxctl.adapters import scancode

        folder = resources.path("licenses")
        return {
            "scancode": scancode.version() or "none",
            "license-data": digest.of_files(folder, [folder / name for name in DATA]),
        }

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Judge a project; writes reports/license.json."""
        from maxctl.licensing import evaluation, questions

        own = model.spec.licensing.policy
        if own is not None and not own.startswith("licenses/"):
            raise SpecError(
                f"licensing.policy names {own}, which is outside the folder licenses/",
                hint=f"move it to licenses/{Path(own).name}, and name that in model.yaml",
            )
        use_case = self.options.use_case or model.spec.licensing.use_case
        scan = evaluation.scanner(model.cache, progress, self.options.jobs)
        outcome, text = self._judge(
            lambda policy: questions.of_project(model, policy, use_case),
            scan,
            model.file(own) if own else None,
            own,
        )
        model.write(REPORT).write_text(text, encoding="utf-8")
        return replace(outcome, outputs=(REPORT,))

    def on_path(self, target: str, cache: Path, progress: Progress) -> Outcome:
        """Judge any folder, with maxctl's own policy; nothing is written."""
        from maxctl.licensing import evaluation, questions

        folder = Path(target)
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder {target}", hint="name a folder, or run in a folder with a model.yaml"
            )
        if not any(digest.walk(folder)):
            raise StageError(f"the folder {target} holds no files", hint="name a folder with files in it")
        question = questions.of_folder(folder, self.options.use_case or "commercial")
        scan = evaluation.scanner_of_whole(folder, question.trees, cache, progress, self.options.jobs)
        return self._judge(lambda policy: question, scan)[0]

    def _judge(
        self, ask: Callable[[Policy], Question], scan: Scan, own: Path | None = None, shown: str | None = None
    ) -> tuple[Outcome, str]:
        from maxctl.licensing import evaluation, license_report
        from maxctl.policy import rules
        from maxctl.policy.catalog import Catalog
        from maxctl.policy.datasets import Datasets
        from maxctl.policy.knowledge import Knowledge
        from maxctl.policy.ruling import Ruling

        folder = resources.path("licenses")
        place = own or folder / "policy.yaml"
        knowledge = Knowledge.load(folder / "ai_licenses.yaml")
        policy = rules.load(
            place, Catalog.load(folder / "categories.yaml"), knowledge, shown or "policy.yaml"
        )
        judged = evaluation.evaluate(ask(policy), policy, Datasets.load(folder / "datasets.yaml"), scan)
        found = license_report.findings(judged, Ruling(self.options.fail_on))
        told = license_report.facts(judged, digest.of_file(place))
        return Outcome.judge(found, told), license_report.report(judged, told, found)
