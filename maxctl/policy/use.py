"""What a model will be used for: the use case, and how users get at it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Case(StrEnum):
    """A use case."""

    COMMERCIAL = "commercial"
    INTERNAL = "internal"
    RESEARCH = "research"


class Delivery(StrEnum):
    """Whether users ask a service, get copies, or both."""

    SERVED = "served"
    DISTRIBUTED = "distributed"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Use:
    """A use case with its delivery."""

    case: Case
    delivery: Delivery = Delivery.BOTH

    @classmethod
    def of(cls, use: Use | str) -> Use:
        """Return the use; a string is the name of a case, delivered both ways. Raises `ValueError` for others."""
        return use if isinstance(use, Use) else cls(Case(use))

    @property
    def served(self) -> bool:
        """Whether users ask a service."""
        return self.delivery is not Delivery.DISTRIBUTED

    @property
    def distributed(self) -> bool:
        """Whether users get copies."""
        return self.delivery is not Delivery.SERVED

    def __str__(self) -> str:
        how = "served and distributed" if self.delivery is Delivery.BOTH else f"{self.delivery} only"
        return f"{self.case} use, {how}"
