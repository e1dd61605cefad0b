"""What is known of AI licenses and of a hub's license tags: licenses/ai_licenses.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from maxctl.policy.datasets import PerUseCase
from maxctl.policy.ruling import Ruling


class AiLicense(BaseModel):
    """A license written for models or their data, with its terms as published and where they were read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    name: str
    spdx: str
    scancode_keys: tuple[str, ...] = ()
    scancode_category: str | None = None
    hub_licenses: tuple[str, ...] = ()
    hub_names: tuple[str, ...] = ()
    commercial: Literal["yes", "no", "conditional", "unclear"]
    threshold: str | None = None
    acceptable_use_policy: str | None = None
    pass_terms_on: bool
    share_alike_derivatives: bool
    attribution: str | None = None
    naming: str | None = None
    output_rule: str | None = None
    note: str | None = None
    verdict: PerUseCase
    territory_excluded: tuple[str, ...] = ()
    verdict_in_excluded_territory: Ruling | None = None
    source: str = Field(min_length=1)
    evidence: Literal["read", "known"]

    def terms(self) -> str:
        """Return in words what a reviewer has to weigh."""
        told = [f"commercial use: {self.commercial}"]
        if self.threshold:
            told.append(f"threshold: {self.threshold}")
        if self.acceptable_use_policy and self.acceptable_use_policy != "none":
            told.append(f"use restrictions: {self.acceptable_use_policy}")
        if self.output_rule:
            told.append(f"outputs: {self.output_rule}")
        if self.territory_excluded:
            told.append(f"not granted in {', '.join(self.territory_excluded)}")
        if self.note:
            told.append(self.note)
        return "; ".join(told)

    def obligations(self) -> tuple[str, ...]:
        """Return in words what using it obliges to."""
        told = []
        if self.attribution and self.attribution != "none":
            told.append(f"attribution: {self.attribution}")
        if self.naming:
            told.append(f"naming: {self.naming}")
        if self.pass_terms_on:
            told.append("pass the terms on to every recipient")
        if self.share_alike_derivatives:
            told.append("derivatives keep the license")
        return tuple(told)


class HubTag(BaseModel):
    """A `license:` value of model cards, and the id it means; None where it names no one license."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    spdx: str | None
    rule: str | None = None
    scancode_32_5_0_reads_it_as: str | None = None


class AiLicensesFile(BaseModel):
    """licenses/ai_licenses.yaml, as it stands on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    schema_version: Literal[1]
    licenses: tuple[AiLicense, ...]
    hub_tags: dict[str, HubTag]


class Knowledge:
    """AI licenses by SPDX id or LicenseRef, and the hub's tags."""

    def __init__(self, licenses: Iterable[AiLicense], hub_tags: Mapping[str, HubTag]) -> None:
        self.licenses = tuple(licenses)
        self._by_id: dict[str, AiLicense] = {}
        self.tags: dict[str, str | None] = {}
        for entry in self.licenses:
            for key in entry.scancode_keys:
                self._by_id[f"licenseref-scancode-{key}".lower()] = entry
            self._by_id[entry.spdx.lower()] = entry
            for tag in (*entry.hub_licenses, *entry.hub_names, entry.id):
                self.tags[tag.lower()] = entry.spdx
        self.tags |= {tag.lower(): meaning.spdx for tag, meaning in hub_tags.items()}

    @classmethod
    def load(cls, path: Path) -> Knowledge:
        """Return the knowledge in a file; it ships with maxctl, so a fault in it is a bug."""
        file = AiLicensesFile.model_validate(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader))
        return cls(file.licenses, file.hub_tags)

    def find(self, license_id: str) -> AiLicense | None:
        """Return what is known of a license id; None for one that is no AI license."""
        return self._by_id.get(license_id.lower())
