"""What stages tell one another through the manifest: one small model per stage, one file each."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Table:
    """Facts as a person reads them: a title, column heads, and rows of text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Facts(BaseModel):
    """Facts of one stage. Only what decides something later belongs here: no times, no machine facts."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def tables(self) -> tuple[Table, ...]:
        """Return what a terminal shows of these facts."""
        return ()
