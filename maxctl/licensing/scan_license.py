"""Judge the licenses of code, weights, data, scripts and samples, each by its own evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field

from maxctl.core import digest, resources
from maxctl.core.errors import StageError, UsageError
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, StageOptions
from maxctl.licensing.license_codes import CODES
from maxctl.licensing.own_files import OWN_FILES

REPORT = "reports/license.json"
DATA = ("policy.yaml", "categories.yaml", "datasets.yaml", "ai_licenses.yaml")


class ScanLicenseOptions(StageOptions):
    """Options of scan-license."""

    fail_on: Literal["deny", "review"] = Field(
        default="deny",
        description="fail from this verdict on; a `review` passes otherwise and asks for an approval",
    )
    use_case: Literal["commercial", "internal", "research"] | None = Field(
        default=None, description="judge for this use, instead of the spec's licensing.use_case"
    )
    jobs: int = Field(default=2, ge=1, le=64, exclude=True, description="processes of the scanner")


class ScanLicense(Stage):
    """Judge the licenses of code, weights, data, scripts and samples, each by its own evidence."""

    name = "scan-license"
    phase = Phase.LICENSING
    version = 1
    needs = ("fetch",)
    reads = Reads(spec=("licensing", "samples", "sources", "artifacts"), files=(*OWN_FILES, "licenses/**"))
    codes = CODES
    Options = ScanLicenseOptions

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
        from maxctl.licensing import questions

        own = model.spec.licensing.policy
        if own is not None and not own.startswith("licenses/"):
            raise UsageError(
                f"licensing.policy names {own}, which is outside the folder licenses/",
                hint=f"move it to licenses/{Path(own).name}, and name that in model.yaml",
            )
        policy_path = resources.path("licenses") / "policy.yaml" if own is None else model.file(own)
        use_case = self.options.use_case or model.spec.licensing.use_case
        outcome, text = self._judge(
            policy_path,
            own,
            lambda policy: questions.of_project(model, policy, use_case),
            model.cache,
            progress,
        )
        model.write(REPORT).write_text(text, encoding="utf-8")
        return Outcome(outcome.verdict, outcome.findings, outcome.facts, outputs=(REPORT,))

    def on_path(self, target: str, cache: Path, progress: Progress) -> Outcome:
        """Judge any folder, with maxctl's own policy; nothing is written."""
        from dataclasses import replace

        from maxctl.licensing import questions

        folder = Path(target)
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder {target}", hint="name a folder, or run in a folder with a model.yaml"
            )
        if not any(digest.walk(folder)):
            raise StageError(f"the folder {target} holds no files", hint="name a folder with files in it")
        question = replace(questions.of_folder(folder), use_case=self.options.use_case or "commercial")
        return self._judge(
            resources.path("licenses") / "policy.yaml", None, lambda policy: question, cache, progress
        )[0]

    def _judge(
        self,
        policy_path: Path,
        shown: str | None,
        ask: Callable[..., object],
        cache: Path,
        progress: Progress,
    ) -> tuple[Outcome, str]:
        from maxctl.licensing import evaluation, license_report
        from maxctl.policy import rules
        from maxctl.policy.catalog import Catalog
        from maxctl.policy.datasets import Datasets
        from maxctl.policy.knowledge import Knowledge
        from maxctl.policy.ruling import Ruling

        folder = resources.path("licenses")
        catalog = Catalog.load(folder / "categories.yaml")
        knowledge = Knowledge.load(folder / "ai_licenses.yaml")
        policy = rules.load(policy_path, catalog, knowledge, shown or "licenses/policy.yaml (maxctl's own)")
        question = ask(policy)
        assert isinstance(question, evaluation.Question)
        scan = evaluation.scanner(cache, progress, self.options.jobs)
        judged = evaluation.evaluate(question, policy, Datasets.load(folder / "datasets.yaml"), scan)
        found = license_report.findings(judged, Ruling(self.options.fail_on))
        told = license_report.facts(judged, digest.of_file(policy_path))
        return Outcome.judge(found, told), license_report.report(judged, told, found)
