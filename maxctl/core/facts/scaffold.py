"""What `scaffold` tells: the generated service, what it was made from, and where hands changed it."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class ScaffoldFacts(Facts):
    """The service in `service/`."""

    engine: str
    port: int
    archive: str
    archive_sha256: str
    model: str
    """Path of the model in the service's folder."""
    model_sha256: str
    requirements: str
    """Digest of requirements.txt as it was generated."""
    serving: str
    """Digest of the copied serving code as it was generated."""
    files: int
    """How many files were generated."""
    edited: tuple[str, ...] = ()
    """Generated files that hold hand edits."""

    def tables(self) -> tuple[Table, ...]:
        """Return what the service was made from."""
        rows = (
            ("engine", self.engine),
            ("port", str(self.port)),
            ("model", f"{self.model} from {self.archive}"),
            ("generated files", str(self.files)),
            ("with hand edits", ", ".join(self.edited) or "none"),
        )
        return (Table("service/", ("what", "value"), rows),)
