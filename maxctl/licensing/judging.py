"""Everything that judging takes, loaded once: knowledge, policy, scanner; and what comes of one question."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxctl.adapters import scancode
from maxctl.adapters.scancode import ScannedFile
from maxctl.core import digest, resources
from maxctl.core.progress import Progress
from maxctl.core.stage import Outcome
from maxctl.licensing import evaluation, license_report
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.evaluation import Question
from maxctl.licensing.hearing import Hearing
from maxctl.licensing.trees import Tree, is_scanned
from maxctl.policy import layers, rules, waivers
from maxctl.policy.base_models import BaseModels
from maxctl.policy.catalog import Catalog
from maxctl.policy.datasets import Datasets
from maxctl.policy.knowledge import Knowledge
from maxctl.policy.rules import Policy
from maxctl.policy.ruling import Ruling
from maxctl.policy.use import Case, Delivery, Use

if TYPE_CHECKING:
    from maxctl.core.facts.scan_license import ScanLicenseFacts
    from maxctl.licensing.scan_license import ScanLicenseOptions


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a question: the outcome, the document of license.json, and the lines of any file in it."""

    outcome: Outcome
    facts: ScanLicenseFacts
    document: Mapping[str, Any]
    lines: Callable[[str], list[str] | None]


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges questions: `judge(question, subject)`."""

    known: Known
    policy: Policy
    options: ScanLicenseOptions
    cache: Path
    progress: Progress
    knowledge: str
    """The digest of all that is known of licenses, data sets and base models."""

    @classmethod
    def load(
        cls,
        cache: Path,
        progress: Progress,
        options: ScanLicenseOptions,
        own: Path | None = None,
        shown: str | None = None,
        root: Path | None = None,
    ) -> Judge:
        """Return a judge by a project's own policy, else by the organization's or maxctl's.

        Raises `PolicyError` for a policy that cannot be used.
        """
        folder = resources.path("licenses")
        known = Known(
            Catalog.load(folder / "categories.yaml"),
            Knowledge.load(folder / "ai_licenses.yaml"),
            Datasets.load(folder / "datasets.yaml"),
            BaseModels.load(folder / "base_models.yaml"),
        )
        policy = rules.load(
            own,
            known.catalog,
            known.licenses,
            shown,
            organization=layers.of_organization(os.environ),
            root=root,
            datasets=known.datasets,
        )
        return cls(known, policy, options, cache, progress, knowledge_digest())

    @staticmethod
    def use(case: str, delivery: str) -> Use:
        """Return the use of these names."""
        return Use(Case(case), Delivery(delivery))

    def __call__(self, question: Question, subject: str) -> Judged:
        """Return what comes of a question about something of this name."""
        today = date.today()
        hearing = Hearing(self.cache, self.known, self.knowledge)
        judged = evaluation.evaluate(question, self.policy, self.known, self._scan, hearing, today)
        found = license_report.findings(judged, Ruling(self.options.fail_on))
        facts = license_report.facts(judged, self.policy.digest, self.policy.name)
        document = license_report.document(judged, subject, facts, found)
        outcome = Outcome.judge(found, facts, valid_until=waivers.valid_until(judged.waivers))
        return Judged(outcome, facts, document, _Lines(question.trees))

    def _scan(self, tree: Tree) -> Sequence[ScannedFile]:
        files = [path for path in tree.files if is_scanned(path)]
        return scancode.scan(
            tree.root,
            files,
            self.cache,
            self.progress,
            jobs=self.options.jobs,
            label=tree.name or tree.root.name,
            engine=self.options.engine,
        )


def knowledge_digest() -> str:
    """Return the digest of the knowledge and the default policy that ship with maxctl."""
    folder = resources.path("licenses")
    return digest.of_files(folder, sorted(folder.glob("*.yaml")))


class _Lines:
    """The lines of files by the paths that people are told; None for what is no file of the trees."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        self._places = {tree.tell(str(tree.inside(path))): path for tree in trees for path in tree.files}

    def __call__(self, path: str) -> list[str] | None:
        place = self._places.get(path)
        if place is None or not is_scanned(place):
            return None
        return place.read_bytes().decode("utf-8", "replace").splitlines()
