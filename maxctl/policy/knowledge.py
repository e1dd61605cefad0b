"""What is known of AI licenses, of a hub's license tags, and of what licenses ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.policy import compiled
from maxctl.policy.catalog import current
from maxctl.policy.datasets import PerUseCase
from maxctl.policy.obligations import Kind, LicenseObligations, Obligation, ObligationsFile
from maxctl.policy.organization import Limit
from maxctl.policy.phrases import Phrases
from maxctl.policy.ruling import Ruling


class Beside(BaseModel):
    """Phrases that name a license only where one of the words stands in the same text."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    words: tuple[str, ...] = Field(min_length=1)
    phrases: tuple[str, ...] = Field(min_length=1)


class AiLicense(BaseModel):
    """A license written for models or their data, with its terms as published and where they were read."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    id: str
    name: str
    spdx: str
    scancode_keys: tuple[str, ...] = ()
    scancode_category: str | None = None
    hub_licenses: tuple[str, ...] = ()
    hub_names: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    phrases_beside: Beside | None = None
    commercial: Literal["yes", "no", "conditional", "unclear"]
    threshold: str | None = None
    limits: tuple[Limit, ...] = ()
    acceptable_use_policy: str | None = None
    pass_terms_on: bool
    share_alike_derivatives: bool
    attribution: str | None = None
    notice: tuple[str, ...] = ()
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
            verb = "restricted" if self.verdict_in_excluded_territory is Ruling.REVIEW else "not granted"
            told.append(f"{verb} in {', '.join(self.territory_excluded)}")
        if self.note:
            told.append(self.note)
        if self.evidence == "known":
            told.append("public knowledge that was not re-read: verify it")
        return "; ".join(told)

    def obligations(self) -> tuple[Obligation, ...]:
        """Return what using it obliges to; these licenses bind those who serve a model as well."""
        return tuple(
            Obligation(kind=k, text=text, line=line, when="always") for k, text, line in self._asked()
        )

    def _asked(self) -> Iterator[tuple[Kind, str, str | None]]:
        for line in self.notice:
            yield Kind.NOTICE, "carry this line in a Notice file", line
        if self.attribution and self.attribution != "none":
            for part in re.split(r"; | \+ ", self.attribution):
                quoted = re.search(r'"([^"]+)"', part)
                if re.match(r"license copy|copy of terms", part):
                    yield Kind.LICENSE_COPY, "give every recipient a copy of the license", None
                elif re.match(r"(.* )?notices?\b", part, re.IGNORECASE):
                    if not self.notice:
                        yield Kind.NOTICE, f"carry its notice: {part}", quoted.group(1) if quoted else None
                else:
                    yield Kind.ATTRIBUTION, f"attribution: {part}", quoted.group(1) if quoted else None
        if self.naming:
            yield Kind.NAMING, f"naming: {self.naming}", None
        if self.acceptable_use_policy and self.acceptable_use_policy != "none":
            which = "" if self.acceptable_use_policy in ("yes", "AUP") else f": {self.acceptable_use_policy}"
            yield Kind.ACCEPTABLE_USE, f"keep to its use restrictions{which}", None
        if self.pass_terms_on:
            yield Kind.PASS_ON, "pass the terms on to every recipient", None
        if self.share_alike_derivatives:
            yield Kind.SHARE_ALIKE, "derivatives keep the license", None
        if self.threshold:
            yield Kind.THRESHOLD, f"check that its threshold is not reached: {self.threshold}", None
        if self.output_rule:
            yield Kind.OUTPUTS, f"outputs: {self.output_rule}", None


class HubTag(BaseModel):
    """A `license:` value of model cards, and the id it means; None where it names no one license."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    spdx: str | None
    rule: str | None = None
    scancode_32_5_0_reads_it_as: str | None = None


class AiLicensesFile(BaseModel):
    """licenses/ai_licenses.yaml, as it stands on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    schema_version: Literal[1]
    licenses: tuple[AiLicense, ...]
    hub_tags: dict[str, HubTag]


class Knowledge:
    """AI licenses by SPDX id or LicenseRef, the hub's tags, and what open licenses ask for."""

    def __init__(
        self,
        licenses: Iterable[AiLicense],
        hub_tags: Mapping[str, HubTag],
        obligations: Iterable[LicenseObligations] = (),
    ) -> None:
        self.licenses = tuple(licenses)
        self.open_licenses = tuple(obligations)
        self._by_id: dict[str, AiLicense] = {}
        self.tags: dict[str, str | None] = {}
        for entry in self.licenses:
            for key in entry.scancode_keys:
                self._by_id[f"licenseref-scancode-{key}".lower()] = entry
            self._by_id[entry.spdx.lower()] = entry
            for tag in (*entry.hub_licenses, *entry.hub_names, entry.id):
                self.tags[tag.lower()] = entry.spdx
        self._asked = {name: asked for asked in self.open_licenses for name in asked.ids}
        self.tags |= {tag.lower(): meaning.spdx for tag, meaning in hub_tags.items()}

    @classmethod
    def load(cls, path: Path) -> Knowledge:
        """Return the knowledge in a file, and in obligations.yaml beside it.

        They ship with maxctl, so a fault in them is a bug.
        """
        file = AiLicensesFile.model_validate(compiled.read(path))
        asked = ObligationsFile.model_validate(compiled.read(path.with_name("obligations.yaml")))
        return cls(file.licenses, file.hub_tags, asked.licenses)

    def find(self, license_id: str) -> AiLicense | None:
        """Return what is known of a license id; None for one that is no AI license."""
        return self._by_id.get(license_id.lower())

    def obligations(self, license_id: str) -> tuple[Obligation, ...] | None:
        """Return what a license asks for; None where nothing is known of it."""
        base = current(license_id.partition(" WITH ")[0])
        known = self.find(base)
        if known is not None:
            return known.obligations()
        asked = self._asked.get(base)
        return asked.obligations if asked is not None else None

    def named_in(self, text: str) -> list[tuple[AiLicense, int, int]]:
        """Return the AI licenses that prose names by title, each with start and end; the longest title wins."""
        return self._phrases.named_in(text)

    @cached_property
    def _phrases(self) -> Phrases:
        return Phrases(self.licenses)
