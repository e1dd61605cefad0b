"""What fetch tells: which bytes the project has, exactly. Not which mirror delivered them: bytes are bytes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from maxctl.core.facts import Facts, Table
from maxctl.core.slot import Slot


class Fetched(BaseModel):
    """Exact bytes. `address` is the first mirror that the spec names, whichever delivered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slot: Slot
    size: int
    sha256: str
    address: str


class FetchedFile(Fetched):
    """An artifact or a sample, at `path` in its folder."""

    path: str


class AppliedPatch(BaseModel):
    """A patch of the project, in the order of application."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: str


class FetchedSource(Fetched):
    """An archive of source code. `size` and `sha256` are the archive's, `tree` is the digest after the patches."""

    name: str
    files: int
    """Unpacked files, before the patches."""
    tree: str
    patches: tuple[AppliedPatch, ...] = ()
    left_out: tuple[str, ...] = ()
    """Members that were not unpacked, since no tree's digest counts them: compiled Python, git folders."""


class FetchFacts(Facts):
    """Everything that was fetched."""

    sources: tuple[FetchedSource, ...] = ()
    artifacts: tuple[FetchedFile, ...] = ()
    samples: tuple[FetchedFile, ...] = ()

    def tables(self) -> tuple[Table, ...]:
        """Return one row for each fetched file."""
        rows = [
            (
                f"source {one.name}",
                one.slot.value,
                str(one.size),
                one.sha256[:12],
                f"{one.files} files" + (f", {len(one.patches)} patched in" if one.patches else ""),
            )
            for one in self.sources
        ]
        rows += [
            (f"{kind} {one.path}", one.slot.value, str(one.size), one.sha256[:12], "")
            for kind, files in (("artifact", self.artifacts), ("sample", self.samples))
            for one in files
        ]
        return (Table("Fetched", ("what", "slot", "bytes", "sha256", ""), tuple(rows)),)
