"""All that is known when a file is read: names of licenses, data sets and base models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from maxctl.policy.names import Names

if TYPE_CHECKING:
    from maxctl.licensing.claims.lexicon import Lexicon
    from maxctl.policy.base_models import BaseModels
    from maxctl.policy.catalog import Catalog
    from maxctl.policy.datasets import Datasets, KnownDataset
    from maxctl.policy.knowledge import Knowledge


@dataclass(frozen=True)
class Known:
    """The knowledge that ships with maxctl, as readers use it."""

    catalog: Catalog
    licenses: Knowledge
    datasets: Datasets
    base_models: BaseModels

    @cached_property
    def lexicon(self) -> Lexicon:
        """Finds names of licenses in prose."""
        from maxctl.licensing.claims.lexicon import Lexicon

        return Lexicon(self.catalog, self.licenses, self.dataset_names)

    @cached_property
    def dataset_names(self) -> Names[KnownDataset]:
        """Finds names of data sets in prose; ordinary words are names in structured fields only."""
        return Names((alias, entry) for entry in self.datasets.known for alias in entry.aliases)

    def dataset_names_at(self, words: str) -> bool:
        """Tell whether words name a known data set."""
        return next(iter(self.dataset_names.find(words)), None) is not None
