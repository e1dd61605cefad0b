"""Judge the licenses of code, weights, data, scripts and samples, each by its own evidence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from maxctl.core import digest, resources
from maxctl.core.errors import SpecError
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.progress import Progress
from maxctl.core.slot import Slot
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, StageOptions
from maxctl.licensing.license_codes import CODES, COMPARED
from maxctl.licensing.own_files import OWN_FILES

if TYPE_CHECKING:
    from maxctl.licensing.answers import Answers
    from maxctl.licensing.judging import Judge

OUTPUTS = ("license.json", "license.html", "license.cdx.json", "NOTICE", "LICENSES", "LICENSES-MISSING.txt")


class ScanLicenseOptions(StageOptions):
    """Options of scan-license."""

    fail_on: Literal["deny", "review"] = Field(
        default="deny",
        description="Fail from this verdict on; a `review` passes otherwise and asks for an approval.",
    )
    use_case: Literal["commercial", "internal", "research"] | None = Field(
        default=None, description="Judge for this use, instead of the spec's licensing.use_case."
    )
    delivery: Literal["served", "distributed", "both"] | None = Field(
        default=None, description="Whether users ask a service, get copies, or both."
    )
    engine: Literal["fast", "scancode"] = Field(
        default="fast", description="`scancode` runs the program itself: slow, with the same answers."
    )
    why: Slot | None = Field(
        default=None,
        exclude=True,
        description="Explain one slot: the rules, the evidence, and what would change the verdict.",
    )
    report: Path | None = Field(
        default=None,
        exclude=True,
        description="Of a PATH: write the report, the BOM, NOTICE and LICENSES/ into this folder.",
    )
    against: str | None = Field(
        default=None,
        exclude=True,
        description="Tell what differs from a revision: of PATH's git repository, or of the record in the project's.",
    )
    jobs: int = Field(default=2, ge=1, le=64, exclude=True, description="Processes of the scanner.")


class ScanLicense(Stage):
    """Judge the licenses of code, weights, data, scripts and samples, each by its own evidence.

    PATH is a folder, an archive, a git address, npm:NAME or pypi:NAME; several are compared.
    """

    name = "scan-license"
    phase = Phase.LICENSING
    version = 5
    needs = ("fetch",)
    reads = Reads(
        spec=("licensing", "samples", "sources", "artifacts", "id"), files=(*OWN_FILES, "licenses/**")
    )
    codes = (*CODES, *COMPARED)
    Options = ScanLicenseOptions
    Facts = ScanLicenseFacts

    def records(self) -> bool:
        """A comparison with a revision is told, not recorded."""
        return self.options.against is None

    def tools(self) -> dict[str, str]:
        """Return the scanner's version, and the digest of the knowledge and policy that ship with maxctl."""
        from maxctl.adapters import scancode
        from maxctl.policy import layers

        folder = resources.path("licenses")
        organization = layers.of_organization(os.environ)
        extended = layers.stack(None, None, organization=organization) if organization else ()
        return {
            "scancode": scancode.version() or "none",
            "license-data": digest.of_files(folder, sorted(folder.glob("*.yaml"))),
            **(
                {"organization-policy": digest.of_value([layer.digest for layer in extended])}
                if extended
                else {}
            ),
        }

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Judge a project; writes its papers into reports/."""
        from maxctl.licensing import questions
        from maxctl.licensing.papers import written

        licensing = model.spec.licensing
        own = licensing.policy
        if own is not None and not own.startswith("licenses/"):
            raise SpecError(
                f"licensing.policy names {own}, which is outside the folder licenses/",
                hint=f"move it to licenses/{Path(own).name}, and name that in model.yaml",
            )
        judge = self._judge(model.cache, progress, model.file(own) if own else None, own, model.root)
        use = judge.use(
            self.options.use_case or licensing.use_case, self.options.delivery or licensing.delivery
        )
        judged = judge(questions.of_project(model, judge.policy, use), model.spec.id)
        reports = model.write("reports/license.json").parent
        written.write(judged.document, judged.lines, reports)
        names = tuple(f"reports/{name}" for name in OUTPUTS if (reports / name).exists())
        return replace(judged.outcome, outputs=names)

    def on_paths(self, targets: Sequence[str], cache: Path, progress: Progress) -> Outcome:
        """Judge what was named, with maxctl's own policy or the organization's; nothing is recorded."""
        kept = self._kept(targets, cache)
        key = kept.key(Path(targets[0]), targets[0]) if kept is not None else None
        known = kept.get(key) if kept is not None and key is not None else None
        if known is not None:
            from maxctl.licensing import answers

            progress.say(f"{targets[0]}: nothing changed since it was judged")
            return self._shown(answers.outcome(known))
        from maxctl.licensing import paths

        told = paths.judged(targets, self.options, self._judge(cache, progress), cache, progress)
        if kept is not None and key is not None and told.document is not None and told.valid_until is None:
            kept.put(key, told.document)
        return self._shown(told)

    def _kept(self, targets: Sequence[str], cache: Path) -> Answers | None:
        """Return the kept answers, where the question is about one folder as it stands."""
        one = len(targets) == 1 and Path(targets[0]).is_dir()
        if not one or self.options.report is not None or self.options.against is not None:
            return None
        from maxctl.adapters import scancode
        from maxctl.licensing.answers import Answers

        return Answers(cache, self.options.model_dump(mode="json"), scancode.version() or "none")

    def _shown(self, told: Outcome) -> Outcome:
        """Return the outcome with the slot that `--why` asks about, and its findings alone."""
        why = self.options.why
        if why is None or not isinstance(told.facts, ScanLicenseFacts):
            return told
        findings = tuple(finding for finding in told.findings if finding.subject == why)
        return replace(told, facts=self.present(told.facts), findings=findings)

    def present(self, facts: ScanLicenseFacts) -> ScanLicenseFacts:
        """Return the facts as they are to be shown: with the slot that `--why` asks about."""
        return facts.model_copy(update={"why": self.options.why})

    def _judge(
        self,
        cache: Path,
        progress: Progress,
        own: Path | None = None,
        shown: str | None = None,
        root: Path | None = None,
    ) -> Judge:
        from maxctl.licensing.judging import Judge

        return Judge.load(cache, progress, self.options, own, shown, root)
