"""Rank candidate models for a task with reasons, and check the choice that a person recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from maxctl.core.errors import UsageError
from maxctl.core.facts import Facts
from maxctl.core.facts.shortlist import ShortlistFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions, UndeclaredReadError
from maxctl.literature import choice as judgement
from maxctl.literature.choice import REPORT, SPEC, closest

if TYPE_CHECKING:
    from maxctl.literature.source import Candidate, Figure, Grant, Statement


class ShortlistOptions(StageOptions):
    """Options of `shortlist`."""

    top: int = Field(default=10, ge=1, description="How many candidates the report shows.")


class Shortlist(Stage):
    """Rank candidate models for a task with reasons, and check the choice that a person recorded."""

    name = "shortlist"
    phase = Phase.LITERATURE
    reads = Reads(
        spec=("shortlist", "choice", "licensing.use_case", "licensing.policy"),
        files=("shortlist/**", "licenses/**"),
    )
    codes = (
        Code(
            "SHL001",
            "no choice is recorded",
            "Who chose a model, and why, is asked for years later: at a legal question, or when the model ages.",
        ),
        Code(
            "SHL002",
            "the choice is not in the catalogue",
            "A choice that was never compared with anything is not one of the shortlist.",
        ),
        Code(
            "SHL003",
            "the choice was left out of the ranking",
            "Its license forbids the use case, or its weights cannot be had: publishing would fail later.",
        ),
        Code(
            "SHL004",
            "the choice does not lead the ranking",
            "That may well be right: the spec's reason is shown beside the rank, so that a reviewer can weigh both.",
        ),
        Code(
            "SHL005",
            "the weights of the ranking cannot be used",
            "A misspelled criterion would silently count as before.",
        ),
        Code(
            "SHL006",
            "no candidate is left",
            "Every candidate of the catalogue was left out, so there is nothing to choose from.",
        ),
        Code(
            "SHL007",
            "a file lies outside the folder that is read",
            "What a stage does not declare does not enter its key: a change of it would go unnoticed.",
        ),
        Code(
            "SHL008",
            "figures were not read at an address",
            "They come from memory or from a list whose address is not known; they count half in what is known.",
        ),
    )
    Options = ShortlistOptions
    Facts: ClassVar[type[Facts]] = ShortlistFacts

    def tools(self) -> dict[str, str]:
        """Return the digest of the license knowledge and policy that ship with maxctl: they decide who is ranked."""
        from maxctl.core import digest, resources

        return {"license-policy": digest.of_tree(resources.path("licenses"))}

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Rank the project's catalogue, check the spec's choice and write the report."""
        wanted = model.spec.shortlist
        if wanted is None:
            return Outcome.skipped(Skip.NOT_APPLICABLE, "model.yaml has no `shortlist`")
        policy_path = model.spec.licensing.policy
        try:
            catalogue = model.file(wanted.catalogue)
            policy = None if policy_path is None else model.file(policy_path)
        except UndeclaredReadError:
            return Outcome.judge([_outside(wanted.catalogue, policy_path)])
        facts, candidates, findings = assess(
            catalogue,
            wanted.catalogue,
            wanted.weights,
            model.spec.licensing.use_case,
            policy,
            policy_path,
        )
        if facts is None:
            return Outcome.judge(findings)
        choice = model.spec.choice
        facts = facts.model_copy(update={"choice": judgement.recorded(choice, facts)})
        findings += judgement.judged(choice, facts)
        from maxctl.literature import report

        model.write(REPORT).write_text(report.render(facts, candidates, self.options.top), encoding="utf-8")
        return Outcome.judge(findings, facts, [REPORT])

    def on_path(self, target: str, cache: Path, progress: Progress) -> Outcome:
        """Rank any catalogue with the default weights, for commercial use."""
        path = Path(target)
        if path.is_dir():
            raise UsageError(f"{target} is a folder", hint=f"maxctl shortlist {path / 'catalogue.yaml'}")
        facts, _, findings = assess(path, path.name, {}, "commercial", None, None)
        return Outcome.judge(findings, facts)


def assess(
    path: Path,
    name: str,
    overrides: Mapping[str, float],
    use_case: str,
    policy_path: Path | None,
    policy_name: str | None,
) -> tuple[ShortlistFacts | None, dict[str, Candidate], list[Finding]]:
    """Return the ranking of a catalogue file, its candidates by id, and what is wrong with it.

    There are no facts where the weights cannot be used. Raises `CatalogueError` for a malformed catalogue and
    `PolicyError` for a malformed policy.
    """
    from maxctl.literature import facts as told
    from maxctl.literature.admission import Licenses, load_policy
    from maxctl.literature.catalogue import Catalogue
    from maxctl.literature.criteria import DEFAULT_WEIGHTS
    from maxctl.literature.ranking import WeightsError, weights_from

    source = Catalogue(path, name)
    candidates = {candidate.id: candidate for candidate in source.candidates()}
    try:
        weights = weights_from(overrides)
    except WeightsError as fault:
        mend = "give at least one criterion a weight above 0 under shortlist.weights"
        if fault.criterion is not None:
            mend = closest(fault.criterion, DEFAULT_WEIGHTS, "the criteria are")
        return (
            None,
            candidates,
            [Finding("SHL005", Severity.ERROR, "shortlist.weights", str(fault), mend, SPEC)],
        )
    ranking = told.of(source, weights, Licenses(load_policy(policy_path, policy_name), use_case))
    findings = list(_unread(candidates.values(), name))
    if not ranking.ranking:
        findings.append(
            Finding(
                "SHL006",
                Severity.ERROR,
                name,
                "every candidate of the catalogue was left out",
                "add candidates whose licenses permit the use case and whose weights can be had",
                Place(name),
            )
        )
    return ranking, candidates, findings


def _unread(candidates: Iterable[Candidate], name: str) -> Iterator[Finding]:
    unread = [
        f"{candidate.id}: {', '.join(known)}"
        for candidate in candidates
        if (known := _from_memory(candidate))
    ]
    if unread:
        yield Finding(
            "SHL008",
            Severity.NOTE,
            name,
            f"figures of {len(unread)} candidates were not read: {'; '.join(unread)}",
            "look them up, and name the address under `source` with `evidence: read`",
            Place(name),
        )


def _from_memory(candidate: Candidate) -> list[str]:
    entries: dict[str, Figure | Grant | Statement] = {
        "quality": candidate.quality.figure,
        "citations": candidate.citations,
        "stars": candidate.stars,
        "bytes": candidate.bytes,
        "parameters": candidate.parameters,
        "cpu": candidate.cpu,
        "license of the code": candidate.code_license,
        "license of the weights": candidate.weights_license,
    }
    return [kind for kind, entry in entries.items() if entry.evidence == "known"]


def _outside(catalogue: str, policy: str | None) -> Finding:
    wrong = (
        f"shortlist.catalogue `{catalogue}`"
        if not catalogue.startswith("shortlist/")
        else f"policy `{policy}`"
    )
    return Finding(
        "SHL007",
        Severity.ERROR,
        wrong,
        f"{wrong} lies outside the folders shortlist/ and licenses/",
        "move the catalogue below shortlist/, a policy below licenses/, and name the new place in model.yaml",
        SPEC,
    )
