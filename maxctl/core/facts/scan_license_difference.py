"""What scan-license tells of two states: how the licenses of the one differ from those of the other."""

from __future__ import annotations

from typing import Literal

from maxctl.core.facts import Facts, Table
from maxctl.core.facts.scan_license import LicenseRuling
from maxctl.core.slot import Slot

Turn = Literal["came", "went", "changed"]
Of = Literal["claim", "text", "data set", "base model", "obligation", "file"]
NOTHING = "–"
ROWS = 40
"""More changes are not shown in the table; the facts hold all of them."""


class LicenseChange(Facts):
    """Something that came, went or changed. `before` and `after` are licenses or terms; None where none is stated."""

    of: Of
    turn: Turn
    name: str
    """The path of a claim, text or file; the id of a data set; the name of a base model; the words of an obligation."""
    slot: Slot | None = None
    line: int | None = None
    before: str | None = None
    after: str | None = None


class SlotDifference(Facts):
    """A slot then and now; a verdict is None where there was nothing to judge."""

    verdict_before: LicenseRuling | None
    verdict_after: LicenseRuling | None
    concluded_before: str | None
    concluded_after: str | None
    worse: bool
    """Whether the verdict is a stricter one now."""

    @property
    def same(self) -> bool:
        """Tell whether verdict and license are what they were."""
        then = (self.verdict_before, self.concluded_before)
        return then == (self.verdict_after, self.concluded_after)


class LicenseDifferenceFacts(Facts):
    """The license difference between two states of the same thing."""

    before: str
    """What was compared with, as it is told of."""
    after: str
    use_case: str
    verdict_before: LicenseRuling
    verdict_after: LicenseRuling
    policy_changed: bool
    """Whether the two were judged by different policies: then a verdict may differ where no license does."""
    slots: dict[Slot, SlotDifference]
    changes: tuple[LicenseChange, ...] = ()
    files_compared: bool
    """Whether the files were compared; of a project only the record is."""

    def tables(self) -> tuple[Table, ...]:
        """Return the slots then and now, and the changes."""
        title = (
            f"licenses of {self.after} against {self.before}: {self.verdict_before} → {self.verdict_after}"
        )
        rows = tuple(
            (slot.value, _pair(one.verdict_before, one.verdict_after), _pair(one.concluded_before, one.concluded_after))
            for slot, one in self.slots.items()
        )  # fmt: skip
        slots = Table(title, ("slot", "verdict", "license"), rows)
        if not self.changes:
            return (slots,)
        shown = self.changes[:ROWS]
        more = f", the first {ROWS}" if len(self.changes) > ROWS else ""
        listed = tuple((one.of, one.turn, _named(one), _pair(one.before, one.after)) for one in shown)
        return (slots, Table(f"{len(self.changes)} changes{more}", ("what", "", "which", "license"), listed))


def _pair(before: str | None, after: str | None) -> str:
    if before == after:
        return before or NOTHING
    return f"{before or NOTHING} → {after or NOTHING}"


def _named(change: LicenseChange) -> str:
    return f"{change.name}{f':{change.line}' if change.line else ''}"
