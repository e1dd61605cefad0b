"""What `check` tells: which checks ran and how they ended, and what each model file would do when loaded."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from maxctl.core.facts import Facts, Table


class CheckSummary(BaseModel):
    """How one check ended, by name; `reason` says why it was skipped, or what it left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    verdict: Literal["passed", "failed", "skipped"]
    skip: Literal["not-applicable", "unavailable"] | None = None
    reason: str | None = None
    files: int = 0
    findings: dict[str, int] = {}


class ModelFile(BaseModel):
    """One model file: `scanned` by the tools, `data only` by its format, or `not scanned`, and why.

    `imports` are the functions and classes that a pickle in it would import, and mostly call, when loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: str
    format: str
    state: Literal["scanned", "data only", "not scanned"]
    reason: str
    imports: tuple[str, ...] = ()


class CheckFacts(Facts):
    """Facts of `check`."""

    checks: tuple[CheckSummary, ...]
    model_files: tuple[ModelFile, ...] = ()

    def tables(self) -> tuple[Table, ...]:
        """Return one table of checks and one of model files."""
        checks = Table(
            "Checks",
            ("check", "verdict", "files", "findings", "reason"),
            tuple(
                (
                    c.name,
                    f"{c.verdict}, {c.skip}" if c.skip else c.verdict,
                    str(c.files) if c.files else "",
                    ", ".join(f"{code} × {count}" for code, count in c.findings.items()),
                    c.reason or "",
                )
                for c in self.checks
            ),
        )
        if not self.model_files:
            return (checks,)
        files = Table(
            "Model files",
            ("file", "format", "state", "reason"),
            tuple((f.path, f.format, f.state, f.reason) for f in self.model_files),
        )
        return (checks, files)
