"""What scan-license tells: a verdict for each slot, with what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from maxctl.core.facts import Facts, Table
from maxctl.core.slot import Slot

LicenseRuling = Literal["allow", "review", "deny"]
MOST = 12
"""So many rows of a kind are shown in a table; the report has all."""


class LicenseSpot(Facts):
    """Where something stands: a project-relative path or an address, a 1-based line, and the words there."""

    path: str
    line: int | None = None
    text: str = ""

    @property
    def place(self) -> str:
        """`path:line`, without the folder that fetch puts sources in."""
        at = f"{self.path}:{self.line}" if self.line else self.path
        return at.removeprefix(".maxctl/out/fetch/")


class LicenseClaim(LicenseSpot):
    """What someone states: the words, and the SPDX expression that they mean, or None for silence."""

    stated: str | None
    expression: str | None
    found: str
    """`spec`, or the kind of place: `package.json`, `README sentence`, `GGUF metadata general.license`, …"""
    confidence: Literal["high", "medium", "low"] = "high"
    about: str | None = None
    """The one checkpoint, file or data set that it speaks of."""


class LicenseEvidence(LicenseSpot):
    """A license that was found in the files: its first place, and in how many places it stands."""

    expression: str
    places: int


class LicenseDecision(Facts):
    """What the policy says of one license, by which rule, and the places where it is stated or found."""

    license: str
    ruling: LicenseRuling
    rule: str
    reason: str
    places: tuple[str, ...] = ()


class LicenseReason(Facts):
    """Why the slot is not simply allowed, and what would change that."""

    code: str
    ruling: LicenseRuling
    text: str
    change: str
    place: str | None = None
    tag: str | None = None
    waived_by: str | None = None


class LicenseConflict(Facts):
    """Two statements that cannot both hold, or checkpoints under different licenses."""

    kind: Literal["claims", "text", "checkpoints"]
    text: str
    places: tuple[LicenseSpot, ...] = ()


class LicenseDifference(LicenseSpot):
    """Where the conclusion is not what the scanner detected, and why."""

    detected: str
    concluded: str | None
    why: str


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


class LicenseBase(Facts):
    """A model that the weights were made from, as judged."""

    name: str
    known_as: str | None
    license: str | None
    relation: str
    verdict: LicenseRuling
    source: str | None
    evidence: str | None
    stated_in: str


class LicenseObligation(Facts):
    """What using a slot obliges to."""

    slot: Slot
    license: str
    text: str
    kind: str = "notice"
    place: str | None = None


class LicenseTask(Facts):
    """What a person has to do or to check before the model is published."""

    slot: Slot
    text: str
    place: str | None = None


class LicenseWaiver(Facts):
    """What somebody accepted for a while."""

    slot: Slot
    what: str
    reason: str
    owner: str
    expires: str


class SlotFacts(Facts):
    """One slot. `concluded` is None where nothing is stated; `empty` where there is nothing to judge."""

    verdict: LicenseRuling
    concluded: str | None
    detected: str | None = None
    confidence: Literal["high", "medium", "low", "none"]
    empty: bool = False
    claims: tuple[LicenseClaim, ...] = ()
    evidence: tuple[LicenseEvidence, ...] = ()
    decisions: tuple[LicenseDecision, ...] = ()
    conflicts: tuple[LicenseConflict, ...] = ()
    reasons: tuple[LicenseReason, ...] = ()
    differs: tuple[LicenseDifference, ...] = ()
    unknown: tuple[str, ...] = ()
    datasets: tuple[LicenseDataset, ...] = ()
    base_models: tuple[LicenseBase, ...] = ()


class ScanLicenseFacts(Facts):
    """The verdict on the model, slot by slot."""

    use_case: Literal["commercial", "internal", "research"]
    delivery: Literal["served", "distributed", "both"] = "both"
    verdict: LicenseRuling
    legal_approval_required: bool
    """Whether publishing asks for a legal approval: the verdict is not `allow`."""
    policy: str
    """Digest of the policy that was applied."""
    policy_name: str = ""
    slots: dict[Slot, SlotFacts]
    obligations: tuple[LicenseObligation, ...] = ()
    tasks: tuple[LicenseTask, ...] = ()
    waivers: tuple[LicenseWaiver, ...] = ()
    why: Slot | None = Field(default=None, exclude=True)
    """The slot that is to be explained; no part of the record."""

    def tables(self) -> tuple[Table, ...]:
        """Return one row per slot: verdict, what is concluded, and the first place that it rests on."""
        if self.why is not None:
            return explanation(self.why, self.slots[self.why], self)
        rows = tuple((slot.value, *_row(facts)) for slot, facts in self.slots.items())
        delivered = "" if self.delivery == "both" else f", {self.delivery} only"
        title = f"licenses for {self.use_case} use{delivered}: {self.verdict}"
        asks = "; publishing asks for a legal approval" if self.legal_approval_required else ""
        return (Table(title + asks, ("slot", "verdict", "license", "rests on"), rows),)


def explanation(slot: Slot, facts: SlotFacts, whole: ScanLicenseFacts) -> tuple[Table, ...]:
    """Return why a slot is judged as it is: which rule, which evidence, and what would change the verdict."""
    if facts.empty:
        return (Table(f"{slot}: nothing to judge", ("slot", "verdict"), ((slot.value, "–"),)),)
    sure = f", confidence {facts.confidence}"
    title = (
        f"{slot}: {facts.verdict} for {whole.use_case} use; {facts.concluded or 'nothing is stated'}{sure}"
    )
    rules = [(d.ruling, d.license, d.rule, d.reason, _places(d.places)) for d in facts.decisions]
    claims = [
        (
            f"{claim.found}{f' ({claim.about})' if claim.about else ''}",
            claim.expression or claim.stated or "silence",
            claim.place,
            claim.text,
        )
        for claim in facts.claims
    ]
    found = [
        ("scanner", e.expression, e.place + (f" +{e.places - 1}" if e.places > 1 else ""), e.text)
        for e in facts.evidence
    ]
    reasons = [
        (
            reason.ruling,
            reason.code,
            reason.text + (f" [waived by {reason.waived_by}]" if reason.waived_by else ""),
            reason.change,
        )
        for reason in facts.reasons
    ]
    tables = [
        Table(title, ("ruling", "license", "rule", "because", "where"), tuple(rules)),
        Table("evidence", ("found in", "says", "place", "text"), tuple(_most([*claims, *found]))),
        Table("what would change the verdict", ("ruling", "code", "reason", "change"), tuple(_most(reasons))),
    ]
    return tuple(table for table in tables if table.rows or table.title == title)


def _most(rows: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    left = len(rows) - MOST
    if left <= 0:
        return rows
    return [*rows[:MOST], (f"… and {left} more", *("" for _ in rows[0][1:]))]


def _places(places: tuple[str, ...]) -> str:
    shown = ", ".join(place.removeprefix(".maxctl/out/fetch/") for place in places[:2])
    return f"{shown} +{len(places) - 2}" if len(places) > 2 else shown


def _row(facts: SlotFacts) -> tuple[str, str, str]:
    if facts.empty:
        return "–", "–", "nothing to judge"
    spots: list[LicenseSpot] = [*facts.evidence, *facts.claims]
    first = next((spot.place for spot in spots), "")
    places = sum(found.places for found in facts.evidence) or len(facts.claims)
    more = f" +{places - 1}" if places > 1 else ""
    trained = [found.id for found in facts.datasets if found.use != "evaluation"]
    if trained:
        first, more = "trained on " + ", ".join(trained), ""
    return facts.verdict, facts.concluded or "not stated", first + more
