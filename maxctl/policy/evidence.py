"""What a conclusion rests on: claims, detections, and the reasons that they give."""

from __future__ import annotations

from dataclasses import dataclass, field

from maxctl.core.slot import Slot
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
    confidence: str = "high"
    about: str | None = None
    """The one checkpoint, file or data set that it speaks of; None: of all."""
    restricts: bool = False
    """Whether it forbids uses (`for research only`) beside whatever license there is, and grants nothing."""
    beyond: str | None = None
    """The licenses, empty for none, whose texts stand in its file: it is words of the file that are not theirs."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A license text, notice or tag that the scanner found in a file."""

    expression: str
    spot: Spot
    score: float
    principal: bool = False
    """Whether it stands in a LICENSE-like file at the root, so that it speaks for the whole tree."""
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the conclusion is not what the scanner found, and why."""

    spot: Spot
    detected: str
    concluded: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Base:
    """A model that the weights were made from, or that the code loads; `license` is None where none is known."""

    name: str
    known_as: str | None
    license: str | None
    relation: str
    spot: Spot
    source: str | None = None
    evidence: str | None = None


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
    license: str | None = None
    dataset: str | None = None
    others: tuple[Spot, ...] = ()
    """Further places that it rests on: the other side of a contradiction."""
    waived: str | None = None
    """Who waived it, why and until when."""


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
    derived: tuple[Claim, ...] = ()
    """Licenses of others' work that this was made from, as its documents say."""
    excluded: tuple[Spot, ...] = ()
    """Where somebody says that a license does not reach it."""
    bases: tuple[Base, ...] = ()
    differences: tuple[Difference, ...] = ()
    silent: tuple[Spot, ...] = ()
    """Files of it of which nothing is said, where the others are spoken of one by one."""
    checkpoints: bool = False
    """Whether claims with `about` speak of checkpoints that have a license each."""


@dataclass(frozen=True, slots=True)
class NamedDataset:
    """A data set that something names, before it is judged."""

    id: str
    use: str
    """`training`, `pre-training`, `fine-tuning`, `evaluation` or `unclear`."""
    spot: Spot
    how: str = "spec"
    license: str | None = None
    """What the tree itself says of its license, where nobody knows it."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the policy says of one license that the conclusion rests on."""

    license: str
    ruling: Ruling
    rule: str
    reason: str
    spots: tuple[Spot, ...] = ()


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
    kind: str = "notice"
    spot: Spot | None = None


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
    decisions: tuple[Decided, ...] = ()
    differences: tuple[Difference, ...] = ()
    bases: tuple[Base, ...] = ()
    unknown: tuple[str, ...] = ()
    empty: bool = False
    """Whether there is nothing to judge."""

    @property
    def conflicts(self) -> tuple[Reason, ...]:
        """The reasons that are contradictions."""
        return tuple(
            r for r in self.reasons if r.why in (Why.CLAIMS_DIFFER, Why.TEXT_DIFFERS, Why.CHECKPOINTS_DIFFER)
        )
