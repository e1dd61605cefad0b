"""Put several candidates into one table, the best first, and let the gate hold for each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from maxctl.core.errors import MaxctlError, ToolMissingError
from maxctl.core.facts.scan_license import LicenseReason, ScanLicenseFacts, SlotFacts
from maxctl.core.facts.scan_license_comparison import WORDS, LicenseCandidate, LicenseComparisonFacts
from maxctl.core.findings import Finding, Severity
from maxctl.core.quoting import one_line
from maxctl.core.stage import Outcome
from maxctl.licensing.license_codes import NOT_JUDGED
from maxctl.policy.ruling import Ruling

_CONFIDENCE = ("high", "medium", "low", "none")


@dataclass(frozen=True, slots=True)
class Judged:
    """A candidate as it was judged: how it is told of, what was found, and its findings."""

    name: str
    facts: ScanLicenseFacts
    findings: tuple[Finding, ...] = ()


def judge_each(targets: Sequence[str], judge: Callable[[str], Judged]) -> Outcome:
    """Judge the targets one after the other and compare them; one that cannot be judged does not lose the others.

    The outcome has failed if any candidate fails at the gate, as it would alone, or could not be judged: whoever
    passes several to a gate wants all of them to pass. The findings name their candidate, in its order of the table.
    """
    judged: list[Judged] = []
    failed: list[tuple[str, MaxctlError]] = []
    for target in targets:
        try:
            judged.append(judge(target))
        except MaxctlError as error:
            failed.append((target, error))
    if not judged and all(isinstance(error, ToolMissingError) for _, error in failed):
        raise failed[0][1]  # that says nothing of any candidate, and one mend does for all
    judged.sort(key=lambda one: _rank(one.facts))
    findings = [_of_candidate(one.name, finding) for one in judged for finding in one.findings]
    findings += [_not_judged(target, error) for target, error in failed]
    return Outcome.judge(findings, compare([(one.name, one.facts) for one in judged], failed))


def compare(
    judged: Sequence[tuple[str, ScanLicenseFacts]], failed: Sequence[tuple[str, MaxctlError]] = ()
) -> LicenseComparisonFacts:
    """Return the candidates, the best first.

    By the verdict; then by how many slots are denied, and how many are to be reviewed; then by the weakest confidence
    of a slot; then as they were named. Those that could not be judged stand last.
    """
    ordered = sorted(judged, key=lambda one: _rank(one[1]))
    candidates = [
        LicenseCandidate(name=name, verdict=facts.verdict, decided_by=deciding(facts), facts=facts)
        for name, facts in ordered
    ]
    candidates += [
        LicenseCandidate(
            name=name, verdict=None, decided_by=_short(error.message), error=error.message.strip()
        )
        for name, error in failed
    ]
    return LicenseComparisonFacts(candidates=tuple(candidates))


def deciding(facts: ScanLicenseFacts) -> str:
    """Return the reason that the verdict hangs on, in a few words with its slot; "" where all is allowed."""
    if facts.verdict == "allow":
        return ""
    for slot, one in facts.slots.items():
        if one.verdict == facts.verdict:
            decisive = [reason for reason in _standing(one) if reason.ruling == facts.verdict]
            if decisive:
                return _short(f"{slot.value}: {decisive[0].text}")
    # the data asks for a review whatever its own verdict (P2), and a slot may say nothing of itself
    strictest = max(
        ((slot, reason) for slot, one in facts.slots.items() for reason in _standing(one)),
        key=lambda found: Ruling(found[1].ruling).rank,
        default=None,
    )
    return _short(f"{strictest[0].value}: {strictest[1].text}") if strictest else ""


def _standing(slot: SlotFacts) -> list[LicenseReason]:
    return [reason for reason in slot.reasons if reason.waived_by is None]


def _rank(facts: ScanLicenseFacts) -> tuple[int, int, int, int]:
    slots = [one for one in facts.slots.values() if not one.empty]
    return (
        Ruling(facts.verdict).rank,
        sum(one.verdict == "deny" for one in slots),
        sum(one.verdict == "review" for one in slots),
        max(map(_doubt, slots), default=0),
    )


def _doubt(slot: SlotFacts) -> int:
    return _CONFIDENCE.index(slot.confidence)


def _of_candidate(name: str, finding: Finding) -> Finding:
    place = finding.place
    if place is not None and "://" not in place.path:
        place = replace(place, path=f"{name.rstrip('/')}/{place.path}")
    return replace(finding, subject=f"{name}: {finding.subject}", place=place)


def _not_judged(target: str, error: MaxctlError) -> Finding:
    return Finding(
        NOT_JUDGED.code,
        Severity.ERROR,
        target,
        f"could not be judged: {one_line(error.message)}",
        error.hint or f"run `maxctl scan-license {target}` alone to learn more",
    )


def _short(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= WORDS else f"{line[: WORDS - 1].rstrip()}…"
