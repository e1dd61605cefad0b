"""What `build` tells: the image, what it was built on and from."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table

# what `build` writes on an image, and `publish` compares with the record
SERVICE_LABEL = "maxctl.service"
ARCHIVE_LABEL = "maxctl.archive"


class BuildFacts(Facts):
    """An image in the container engine of the machine that built it."""

    image: str
    """Its id, `sha256:<hex>` of its configuration: the same wherever the image goes."""
    tag: str
    """The name that it has in the engine, `<repository>:<version>`."""
    base: str
    """Name of the image that it was built on."""
    base_id: str
    """Id of that image."""
    archive_sha256: str
    """Of the model's archive that went in."""
    architecture: str
    """Such as `linux/amd64`."""
    size: int
    """Bytes of all its layers."""

    def tables(self) -> tuple[Table, ...]:
        """Return what the image is."""
        rows = (
            ("image", self.image),
            ("called", self.tag),
            ("built on", f"{self.base} ({self.base_id[:19]})"),
            ("for", self.architecture),
            ("size", f"{self.size / 1e6:.0f} MB"),
        )
        return (Table("image", ("what", "value"), rows),)
