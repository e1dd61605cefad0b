"""What `document` tells: which documents there are."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class DocumentFacts(Facts):
    """The files in `docs/`, each with its digest."""

    documents: dict[str, str]

    def tables(self) -> tuple[Table, ...]:
        """Return the documents."""
        rows = tuple((f"docs/{name}", sha256[:12]) for name, sha256 in self.documents.items())
        return (Table("documents", ("file", "sha256"), rows),)
