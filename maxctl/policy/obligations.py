"""What a license asks of those who use what it covers: licenses/obligations.yaml, and the two lists that follow."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.policy.use import Use


class Kind(StrEnum):
    """A kind of obligation."""

    ATTRIBUTION = "attribution"
    NOTICE = "notice"
    LICENSE_COPY = "license-copy"
    CHANGES_STATED = "changes-stated"
    NAMING = "naming"
    ACCEPTABLE_USE = "acceptable-use"
    PASS_ON = "pass-on"
    SHARE_ALIKE = "share-alike"
    SOURCE_OFFER = "source-offer"
    THRESHOLD = "threshold"
    OUTPUTS = "outputs"


TOLD_TO_RECIPIENTS = frozenset(set(Kind) - {Kind.NAMING, Kind.THRESHOLD, Kind.CHANGES_STATED})
"""What a recipient has to read in NOTICE."""
ASKED_OF_A_REVIEWER = frozenset(set(Kind) - {Kind.ATTRIBUTION, Kind.NOTICE, Kind.LICENSE_COPY})
"""What a person has to do or to check; the others maxctl does itself when it packs."""


class Obligation(BaseModel):
    """One thing that a license asks for, in words; `line` is a text that has to stand somewhere word for word."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    kind: Kind
    text: str = Field(min_length=1)
    line: str | None = None
    when: Literal["distributed", "served", "always"] = Field(
        default="distributed", description="which delivery it is asked for"
    )

    def applies(self, use: Use) -> bool:
        """Tell whether it is asked for this use."""
        return (
            self.when == "always"
            or (use.distributed and self.when == "distributed")
            or (use.served and self.when == "served")
        )

    def __str__(self) -> str:
        return self.text if self.line is None or self.line in self.text else f'{self.text}: "{self.line}"'


class LicenseObligations(BaseModel):
    """What some licenses ask for; nothing at all where the list is empty."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    ids: tuple[str, ...] = Field(min_length=1)
    obligations: tuple[Obligation, ...]
    source: str = Field(min_length=1)
    evidence: Literal["read", "known"]


class ObligationsFile(BaseModel):
    """licenses/obligations.yaml, as it stands on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    schema_version: Literal[1]
    licenses: tuple[LicenseObligations, ...]


def asked(obligations: Iterable[Obligation], use: Use) -> tuple[Obligation, ...]:
    """Return those that apply to the use, each once."""
    return tuple(dict.fromkeys(duty for duty in obligations if duty.applies(use)))


def for_notice(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """Return those that recipients have to be told, for NOTICE; a `line` is printed as it is."""
    return tuple(duty for duty in obligations if duty.kind in TOLD_TO_RECIPIENTS)


def for_reviewer(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """Return those that a person has to do or to check."""
    return tuple(duty for duty in obligations if duty.kind in ASKED_OF_A_REVIEWER)
