"""What scan-license tells of several candidates: each as it was judged, and which is the better one."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table
from maxctl.core.facts.scan_license import LicenseRuling, ScanLicenseFacts, SlotFacts
from maxctl.core.slot import Slot

NOTHING = "–"
WORDS = 90


class LicenseCandidate(Facts):
    """A candidate: either all that was found of it, or why it could not be judged."""

    name: str
    verdict: LicenseRuling | None
    decided_by: str
    """The reason that the verdict hangs on, or the error; empty where nothing stands against it."""
    facts: ScanLicenseFacts | None = None
    error: str | None = None


class LicenseComparisonFacts(Facts):
    """Candidates, the best first; those that could not be judged stand last."""

    candidates: tuple[LicenseCandidate, ...]

    def tables(self) -> tuple[Table, ...]:
        """Return one row per candidate: the verdict, each slot's verdict and license, and what decided."""
        judged = [one.facts for one in self.candidates if one.facts is not None]
        uses = sorted({facts.use_case for facts in judged})
        title = f"{len(self.candidates)} candidates for {', '.join(uses) or 'no'} use, the best first"
        columns = ("candidate", "verdict", *(slot.value for slot in Slot), "decided by")
        return (Table(title, columns, tuple(map(_row, self.candidates))),)


def _row(candidate: LicenseCandidate) -> tuple[str, ...]:
    if candidate.facts is None:
        return (candidate.name, "not judged", *(NOTHING for _ in Slot), candidate.decided_by)
    cells = (_cell(candidate.facts.slots.get(slot)) for slot in Slot)
    return (
        candidate.name,
        candidate.facts.verdict,
        *cells,
        candidate.decided_by or "nothing stands against it",
    )


def _cell(slot: SlotFacts | None) -> str:
    if slot is None or slot.empty:
        return NOTHING
    if slot.datasets:
        return f"{slot.verdict}\n{', '.join(found.id for found in slot.datasets)}"
    return f"{slot.verdict}\n{slot.concluded or 'not stated'}"
