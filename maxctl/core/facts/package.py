"""What `package` tells: the archive, what is in it, and where it is kept."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class Member(Facts):
    """One file of the archive: its path there, its bytes, and their hexadecimal SHA-256."""

    path: str
    size: int
    sha256: str


class PackageFacts(Facts):
    """The archive of a model."""

    archive: str
    """Its file name, `<id>-<version>.tar.gz`; it stands below `.maxctl/out/package/`."""
    size: int
    sha256: str
    address: str
    """Where the store keeps it, in the spelling of `package.store`."""
    engine: str
    model: str
    """Path of the model in the archive: a file, or the folder of a SavedModel."""
    model_sha256: str
    """Of the file, or of the folder's tree; what `service.json` expects."""
    labels: str | None
    members: tuple[Member, ...]

    def tables(self) -> tuple[Table, ...]:
        """Return the archive's members."""
        rows = tuple((member.path, str(member.size), member.sha256[:12]) for member in self.members)
        return (Table(f"{self.address} ({self.size} bytes)", ("file", "bytes", "sha256"), rows),)
