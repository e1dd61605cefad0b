"""Facts of `site`: which pages were written, and which image they list."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class PageFile(Facts):
    """One file of the model's page: its path below the catalogue's folder, and its hexadecimal SHA-256."""

    path: str
    sha256: str


class SiteFacts(Facts):
    """The page of a model, and the catalogue around it."""

    page: str
    """Path of the page below the catalogue's folder."""
    image: str
    """What the page tells to pull: `repository@sha256:…`."""
    files: tuple[PageFile, ...]
    models: tuple[str, ...]
    """Ids of all models that the catalogue lists."""

    def tables(self) -> tuple[Table, ...]:
        """Return the files of the page, and what the catalogue lists."""
        rows = tuple((one.path, one.sha256[:12]) for one in self.files)
        listed = tuple((one,) for one in self.models)
        return (
            Table(f"page of {self.image}", ("file", "sha256"), rows),
            Table("models in the catalogue", ("id",), listed),
        )
