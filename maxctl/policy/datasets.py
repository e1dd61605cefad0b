"""What is known of training data sets: licenses/datasets.yaml."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.policy import compiled
from maxctl.policy.ruling import Ruling
from maxctl.policy.use import Use


class PerUseCase(BaseModel):
    """A ruling for each use case."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    commercial: Ruling
    internal: Ruling
    research: Ruling

    def of(self, use: Use | str) -> Ruling:
        """Return the ruling for a use; what is known of terms does not tell one delivery from another."""
        return Ruling(getattr(self, Use.of(use).case))


class KnownDataset(BaseModel):
    """A data set, with its terms as published and where they were read."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    id: str
    modality: str
    license: str
    layers: dict[str, str] = Field(default_factory=dict)
    commercial: Literal["yes", "no", "unclear"]
    redistribution: Literal["yes", "no", "links", "unclear"]
    attribution: bool
    share_alike: bool
    personal_data: Literal["none", "faces", "biometric", "pii", "health", "voice", "sensitive"]
    model_clause: Literal["silent", "restricts_trained_models", "frees_trained_models"]
    status: Literal["available", "changed", "withdrawn"]
    verdict: PerUseCase
    aliases: tuple[str, ...]
    aliases_structured_only: tuple[str, ...] = ()
    source: str = Field(min_length=1)
    evidence: Literal["read", "known"]
    note: str | None = None

    @property
    def reaches_models(self) -> bool:
        """Whether its terms speak of trained models, or it was withdrawn: then its deny counts (P3)."""
        return self.model_clause == "restricts_trained_models" or self.status == "withdrawn"


class DatasetsFile(BaseModel):
    """licenses/datasets.yaml, as it stands on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    schema_version: Literal[1]
    datasets: tuple[KnownDataset, ...]


class Datasets:
    """Known data sets, by id and alias."""

    def __init__(self, known: Iterable[KnownDataset]) -> None:
        self.known = tuple(known)

    @classmethod
    def load(cls, path: Path) -> Datasets:
        """Return the data sets of a file; it ships with maxctl, so a fault in it is a bug."""
        return cls(DatasetsFile.model_validate(compiled.read(path)).datasets)

    @cached_property
    def _names(self) -> dict[str, KnownDataset]:
        found = {
            name.lower(): dataset
            for dataset in self.known
            for name in (*dataset.aliases, *dataset.aliases_structured_only)
        }
        return found | {dataset.id.lower(): dataset for dataset in self.known}

    def find(self, name: str) -> KnownDataset | None:
        """Return the data set that a structured field names, by id or any alias; None for an unknown one."""
        return self._names.get(name.strip().lower())

    def closest(self, name: str) -> str | None:
        """Return the id of the data set that is spelled most like `name`, if any is close."""
        close = difflib.get_close_matches(name.strip().lower(), self._names, n=1, cutoff=0.6)
        return self._names[close[0]].id if close else None
