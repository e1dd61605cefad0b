"""Waivers: what someone decided to accept for a while, with a reason, an owner and an end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, model_validator

from maxctl.core.slot import Slot
from maxctl.policy.catalog import current
from maxctl.policy.ruling import Ruling


class Waiver(BaseModel):
    """What is accepted: everything that is named has to match. It counts up to and including `expires`."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    slot: Slot
    code: str | None = Field(default=None, pattern=r"^[A-Z]+[0-9]+$", description="a finding code: LIC003")
    license: str | None = Field(default=None, min_length=1, description="a license id")
    dataset: str | None = Field(default=None, min_length=1, description="the id of a data set")
    path: str | None = Field(default=None, min_length=1, description="a glob: `vendor/*` covers all below")
    to: Ruling | None = Field(default=None, description="allow where it is left out; a deny asks for it")
    reason: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    expires: date

    @model_validator(mode="after")
    def _narrow(self) -> Waiver:
        if self.what == (None,) * 4:
            raise ValueError(
                "name at least one of code, license, dataset and path: a whole slot is not waived"
            )
        if self.to is Ruling.DENY:
            raise ValueError("`to` is allow or review: a rule denies, a waiver does not")
        return self

    @property
    def what(self) -> tuple[str | None, str | None, str | None, str | None]:
        """What is waived: code, license, data set, path."""
        return self.code, self.license, self.dataset, self.path

    def names(self, code: str | None, license: str | None, dataset: str | None, path: str | None) -> bool:
        """Tell whether all that it names is what was found."""
        return (
            self.code in (None, code)
            and (self.license is None or (license is not None and current(self.license) == current(license)))
            and (self.dataset is None or (dataset is not None and self.dataset.lower() == dataset.lower()))
            and (self.path is None or (path is not None and fnmatchcase(path, self.path)))
        )

    def applied(self, ruling: Ruling) -> Ruling:
        """Return what becomes of a ruling; it never gets stricter, and a deny stays one without `to`."""
        if ruling is Ruling.DENY:
            return ruling if self.to is None else self.to
        return min(ruling, self.to or Ruling.ALLOW, key=lambda one: one.rank)

    def __str__(self) -> str:
        keys = ("code", "license", "dataset", "path")
        named = ", ".join(f"{key} {value}" for key, value in zip(keys, self.what, strict=True) if value)
        return f"waiver for {named} in {self.slot} (by {self.owner}, until {self.expires})"


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a waiver today, and the mend."""

    waiver: Waiver
    text: str
    mend: str


def find(
    waivers: Iterable[Waiver],
    slot: Slot,
    ruling: Ruling,
    code: str | None,
    license: str | None,
    dataset: str | None,
    path: str | None,
    today: date,
) -> Waiver | None:
    """Return the first waiver in force that changes the ruling on what was found; None where there is none."""
    return next(
        (
            waiver
            for waiver in waivers
            if waiver.slot is slot
            and today <= waiver.expires
            and waiver.names(code, license, dataset, path)
            and waiver.applied(ruling) is not ruling
        ),
        None,
    )


def remarks(waivers: Iterable[Waiver], used: Iterable[Waiver], today: date) -> tuple[Remark, ...]:
    """Return what has to be told: waivers that are over, and those in force that nothing asked for."""
    taken = set(used)
    told = []
    for waiver in waivers:
        if today > waiver.expires:
            told.append(
                Remark(
                    waiver,
                    f"the {waiver} does not count: it expired on {waiver.expires}",
                    "decide again, and give it a new end and reason; or remove it",
                )
            )
        elif waiver not in taken:
            told.append(
                Remark(
                    waiver,
                    f"the {waiver} matches nothing that was found",
                    "correct what it names, or remove it; a deny is waived only where `to` is stated",
                )
            )
    return tuple(told)


def valid_until(used: Iterable[Waiver]) -> date | None:
    """Return the last day on which all of these count; None for none."""
    return min((waiver.expires for waiver in used), default=None)
