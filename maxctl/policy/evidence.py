"""What a conclusion rests on: claims, detections, and the reasons that they give."""

from __future__ import annotations

from dataclasses import dataclass, field

from maxctl.core.spec import Slot
from maxctl.policy.ruling import Ruling
from maxctl.policy.spdx import Reading
from maxctl.policy.why import Why


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands, with the words that stand there: a path or an address, and a 1-based line."""

    path: str
    line: int | None = None
    text: str = ""

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Claim:
    """What someone states about a slot, as read, where, and how it was found."""

    reading: Reading
    spot: Spot
    how: str
    """`spec`, or the kind of file: `package.json`, `METADATA`, `pyproject.toml`."""
    own: bool = True
    """Whether it speaks of this slot; the code's license put forward for the weights does not."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A license text, notice or tag that the scanner found in a file."""

    expression: str
    spot: Spot
    score: float
    principal: bool = False
    """Whether it stands in a LICENSE-like file at the root, so that it speaks for the whole tree."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a slot is ruled as it is, and the edit or fact that would change that."""

    why: Why
    ruling: Ruling
    text: str
    change: str
    spot: Spot | None = None
    tag: str | None = None
    """A short name for data reasons: `nc-data`, `share-alike-data`, `unstated-data`, `biometric`, …"""


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing of a slot that has a license of its own: a source tree, the weights, a sample."""

    name: str
    claims: tuple[Claim, ...] = ()
    detections: tuple[Detection, ...] = ()
    files: int = 0
    """How many files of it can carry a notice; 0 where the scanner does not look (weights, pictures)."""
    noticed: int = 0
    """How many of them do carry one."""
    failures: tuple[Spot, ...] = ()
    """Files that could not be scanned, with the reason as text."""


@dataclass(frozen=True, slots=True)
class DatasetFact:
    """A data set of the model, as judged."""

    id: str
    known_as: str | None
    license: str | None
    use: str
    ruling: Ruling
    tags: tuple[str, ...]
    note: str | None
    source: str | None
    evidence: str | None
    stated_in: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that using a slot obliges to."""

    slot: Slot
    license: str
    text: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A slot as judged, with all that it rests on."""

    slot: Slot
    ruling: Ruling
    concluded: str | None
    confidence: str
    """`high`: a claim and the found texts agree; `medium`: one of them alone; `low`: conflict; `none`: silence."""
    claims: tuple[Claim, ...] = ()
    detections: tuple[Detection, ...] = ()
    reasons: tuple[Reason, ...] = ()
    datasets: tuple[DatasetFact, ...] = ()
    obligations: tuple[Obligation, ...] = field(default=())

    @property
    def conflicts(self) -> tuple[Reason, ...]:
        """The reasons that are contradictions."""
        return tuple(r for r in self.reasons if r.why in (Why.CLAIMS_DIFFER, Why.TEXT_DIFFERS))
