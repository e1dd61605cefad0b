"""What scan-license tells: a verdict for each slot, with what it rests on."""

from __future__ import annotations

from typing import Literal

from maxctl.core.facts import Facts, Table
from maxctl.core.spec import Slot

LicenseRuling = Literal["allow", "review", "deny"]


class LicenseSpot(Facts):
    """Where something stands: a project-relative path or an address, a 1-based line, and the words there."""

    path: str
    line: int | None = None
    text: str = ""


class LicenseClaim(LicenseSpot):
    """What someone states: the words, and the SPDX expression that they mean, or None for silence."""

    stated: str | None
    expression: str | None
    found: str
    """`spec`, or the kind of file or field: `package.json`, `License-Expression`, …"""


class LicenseEvidence(LicenseSpot):
    """A license that was found in the files: its first place, and in how many places it stands."""

    expression: str
    places: int


class LicenseReason(Facts):
    """Why the slot is not simply allowed, and what would change that."""

    code: str
    ruling: LicenseRuling
    text: str
    change: str
    place: str | None = None
    tag: str | None = None


class LicenseDataset(Facts):
    """A data set, as judged."""

    id: str
    known_as: str | None
    license: str | None
    use: str
    verdict: LicenseRuling
    tags: tuple[str, ...]
    note: str | None
    source: str | None
    evidence: str | None
    stated_in: str


class LicenseObligation(Facts):
    """What using a slot obliges to."""

    slot: Slot
    license: str
    text: str


class SlotFacts(Facts):
    """One slot. `concluded` is None where nothing is stated; `empty` where there is nothing to judge."""

    verdict: LicenseRuling
    concluded: str | None
    confidence: Literal["high", "medium", "low", "none"]
    empty: bool = False
    claims: tuple[LicenseClaim, ...] = ()
    evidence: tuple[LicenseEvidence, ...] = ()
    conflicts: tuple[str, ...] = ()
    reasons: tuple[LicenseReason, ...] = ()
    datasets: tuple[LicenseDataset, ...] = ()


class ScanLicenseFacts(Facts):
    """The verdict on the model, slot by slot."""

    use_case: Literal["commercial", "internal", "research"]
    verdict: LicenseRuling
    legal_approval_required: bool
    """Whether publishing asks for a legal approval: the verdict is not `allow`."""
    policy: str
    """Digest of the policy that was applied."""
    slots: dict[Slot, SlotFacts]
    obligations: tuple[LicenseObligation, ...] = ()

    def tables(self) -> tuple[Table, ...]:
        """Return one row per slot: verdict, what is concluded, and the first place that it rests on."""
        rows = tuple((slot.value, *_row(facts)) for slot, facts in self.slots.items())
        title = f"licenses for {self.use_case} use: {self.verdict}"
        asks = "; publishing asks for a legal approval" if self.legal_approval_required else ""
        return (Table(title + asks, ("slot", "verdict", "license", "rests on"), rows),)


def _row(facts: SlotFacts) -> tuple[str, str, str]:
    if facts.empty:
        return "–", "–", "nothing to judge"
    spots: list[LicenseSpot] = [*facts.evidence, *facts.claims]
    first = next((f"{spot.path}{f':{spot.line}' if spot.line else ''}" for spot in spots), "")
    places = sum(found.places for found in facts.evidence) or len(facts.claims)
    more = f" +{places - 1}" if places > 1 else ""
    if facts.datasets:
        first = "trained on " + ", ".join(found.id for found in facts.datasets)
        more = ""
    return facts.verdict, facts.concluded or "not stated", first.removeprefix(".maxctl/out/fetch/") + more
