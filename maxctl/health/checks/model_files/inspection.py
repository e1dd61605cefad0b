"""What looking into a model file yields; it travels from the child process to the check as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["scanned", "data only", "not scanned"]


@dataclass(frozen=True, slots=True)
class Danger:
    """Something to report: the finding's code, its severity, and what was seen."""

    code: str
    severity: Literal["error", "warning", "note"]
    message: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is and holds. `names` are other files that it names as its data, relative to its folder."""

    format: str
    state: State
    reason: str
    imports: tuple[str, ...] = ()
    dangers: tuple[Danger, ...] = ()
    names: tuple[str, ...] = ()
    model: bool = True

    def as_json(self) -> dict[str, Any]:
        """Return the inspection as JSON-like data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Inspection:
        """Return the inspection that `as_json` gave."""
        return cls(
            data["format"],
            data["state"],
            data["reason"],
            tuple(data["imports"]),
            tuple(Danger(**danger) for danger in data["dangers"]),
            tuple(data["names"]),
            data["model"],
        )


def rebuilds(imports: tuple[str, ...]) -> Danger:
    """Return the note on a pickle all of whose imports are known to be harmless; the facts hold the whole list."""
    named = ", ".join(imports[:6]) + (f" and {len(imports) - 6} more" if len(imports) > 6 else "")
    return Danger("CHK407", "note", f"loading it runs only functions that rebuild data: {named}")


def data_only(format_: str, reason: str, names: tuple[str, ...] = ()) -> Inspection:
    """Return that a format cannot hold anything to execute."""
    return Inspection(format_, "data only", reason, names=names)


def not_scanned(
    format_: str, reason: str, dangers: tuple[Danger, ...] = (), imports: tuple[str, ...] = ()
) -> Inspection:
    """Return that nothing is known of a file, or of a part of it; what was seen until then still counts."""
    return Inspection(format_, "not scanned", reason, imports, dangers)


def no_model(format_: str, reason: str) -> Inspection:
    """Return that a file holds nothing of a model, on a second look; among the artifacts it is told all the same."""
    return Inspection(format_, "data only", reason, model=False)
