"""Every way in which maxctl stops, with its exit code.

An exception means that maxctl or a stage could not do its work. A problem in the user's model is
a `Finding` instead (`core/findings.py`) and leads to exit code 1 without an exception.
"""

from __future__ import annotations

from typing import ClassVar

FINDINGS_AT_THE_GATE = 1
INTERRUPTED = 130


class MaxctlError(Exception):
    """What happened, and in `hint` the next command or edit to try."""

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MaxctlError):
    """The command line asks for something that does not exist or contradicts itself."""

    exit_code = 2


class InvalidFileError(MaxctlError):
    """A spec, manifest, pipeline or policy file cannot be used; `problems` lists every fault found."""

    exit_code = 3

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__("\n".join((message, *(f"  {p}" for p in problems))), hint=hint)
        self.problems = problems


class SpecError(InvalidFileError):
    """`model.yaml` is missing, malformed or contradicts itself."""


class ManifestError(InvalidFileError):
    """`manifest.yaml` is malformed, or was written by a newer maxctl."""


class PipelineError(InvalidFileError):
    """A pipeline names an unknown stage or does not satisfy what a stage needs."""


class ToolMissingError(MaxctlError):
    """A program, package or service that the work needs is not on this machine."""

    exit_code = 4


class FetchError(MaxctlError):
    """No mirror delivered a file."""

    exit_code = 5


class DigestError(FetchError):
    """What was delivered is not what the spec names."""


class UnpackError(FetchError):
    """An archive climbs out of its folder, is too large, or is corrupt."""


class StageError(MaxctlError):
    """A stage could not do its work."""

    exit_code = 6


class StageBugError(StageError):
    """A stage ended in a way that nobody foresaw; the others go on."""

    exit_code = 70


class ChildFailedError(StageError):
    """A child process failed, was killed, or went over a limit."""


class LockHeldError(MaxctlError):
    """Another maxctl works on this project."""

    exit_code = 6


class DiskFullError(MaxctlError):
    """No space is left where maxctl writes."""

    exit_code = 6
