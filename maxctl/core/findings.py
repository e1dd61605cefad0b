"""Findings: problems in the user's model, in one shape for every stage and every output format."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs; `error` fails the stage."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding stands: a project-relative POSIX path or an address, and a 1-based line and column."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: what (`code`, `message`), about what (`subject`), how to mend it (`remedy`), where."""

    code: str
    severity: Severity
    subject: str
    message: str
    remedy: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding, as `maxctl show code` explains it."""

    code: str
    title: str
    why: str
