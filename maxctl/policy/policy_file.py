"""What stands in a policy file: rules by license, category and data set, waivers, and who uses the model."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator

from maxctl.core.slot import Slot
from maxctl.policy.obligations import Obligation
from maxctl.policy.organization import Organization
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.use import Use
from maxctl.policy.waivers import Waiver

Cautious = Literal[Ruling.REVIEW, Ruling.DENY]
Clause = Literal[
    "restricts-models",
    "frees-models",
    "withdrawn",
    "changed-terms",
    "unstated-data",
    "nc-data",
    "unclear-data",
    "share-alike-data",
    "no-redistribution",
    "faces",
    "biometric",
    "pii",
    "health",
    "voice",
    "sensitive",
]
Role = Literal["training", "pre-training", "fine-tuning", "evaluation", "unclear"]


class Part(BaseModel):
    """A part of a policy file: no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ByDelivery(Part):
    """A ruling for each way of delivery; one word stands for both."""

    served: Ruling
    distributed: Ruling

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, data: Any) -> Any:
        if isinstance(data, dict | ByDelivery):
            return data
        if data not in tuple(Ruling):
            raise ValueError(
                f"`{data}` is no ruling; write allow, review or deny, or {{served: …, distributed: …}}"
            )
        return {"served": data, "distributed": data}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(Ruling)}, handler(core)]}


class PerUse(Part):
    """A ruling for each use case, and for each delivery where these differ."""

    commercial: ByDelivery
    internal: ByDelivery
    research: ByDelivery

    def of(self, use: Use) -> Ruling:
        """Return the ruling for a use; delivered both ways the worse counts."""
        found: ByDelivery = getattr(self, use.case)
        return worst(
            ruling
            for ruling, asked in ((found.served, use.served), (found.distributed, use.distributed))
            if asked
        )


class NotAGrant(Part):
    """Categories and ids of texts that decide nothing."""

    categories: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


class CategoryRule(PerUse):
    """What holds for every license of a category."""

    category: str
    reason: str = Field(min_length=1)
    obligations: tuple[Obligation, ...] = Field(
        default=(), description="asked where nothing is known of the single license"
    )


class LicenseRule(PerUse):
    """What holds for single licenses, in some slots or in all."""

    ids: tuple[str, ...] = Field(default=(), description="SPDX ids, LicenseRef-…, or `X WITH exception`")
    keys: tuple[str, ...] = Field(default=(), description="scancode's keys of licenses without an SPDX id")
    slots: tuple[Slot, ...] = Field(default=tuple(Slot), min_length=1)
    reason: str = Field(min_length=1)
    obligations: tuple[Obligation, ...] | None = Field(
        default=None, description="instead of what is known of the license"
    )

    @model_validator(mode="after")
    def _named(self) -> LicenseRule:
        if not self.names:
            raise ValueError("names no license; add `ids` or `keys`")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of its licenses."""
        return (*self.ids, *(f"LicenseRef-scancode-{key}" for key in self.keys))


class ClauseRule(PerUse):
    """What holds where the terms of a data set say all of these; of several rules the strictest counts."""

    when: tuple[Clause, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)


class SetRule(PerUse):
    """What holds for single data sets, whatever their terms say."""

    ids: tuple[str, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)


class RoleRule(Part):
    """How bad a data set can make the slot in a role."""

    role: Role
    at_most: Ruling
    reason: str = Field(min_length=1)


class StatedRule(Part):
    """How bad a license can make the slot that someone states for the data as a whole."""

    at_most: Ruling
    reason: str = Field(min_length=1)


class DataRules(Part):
    """What the terms of training data mean for the model."""

    unknown: Cautious | None = Field(default=None, description="a data set that nobody knows")
    stated: StatedRule | None = None
    roles: tuple[RoleRule, ...] = ()
    clauses: tuple[ClauseRule, ...] = ()
    sets: tuple[SetRule, ...] = ()


class PolicyFile(Part):
    """A policy, as it stands on disk; with `extends` only what differs."""

    schema_version: Literal[1]
    name: str = Field(min_length=1)
    extends: str | None = Field(
        default=None,
        min_length=1,
        description="`default`, or the path of another policy, relative to this one",
    )
    silence: Cautious | None = Field(default=None, description="where nothing is stated")
    unknown: Cautious | None = Field(default=None, description="a license that nobody knows")
    not_a_grant: NotAGrant = NotAGrant()
    categories: tuple[CategoryRule, ...] = ()
    licenses: tuple[LicenseRule, ...] = ()
    data: DataRules = DataRules()
    organization: Organization = Organization()
    waivers: tuple[Waiver, ...] = ()
