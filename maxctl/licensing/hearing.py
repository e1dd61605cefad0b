"""Reads what every file of a tree says, and keeps it by content: the same file is read once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from maxctl.adapters.scancode.store import Store
from maxctl.licensing import trees
from maxctl.licensing.claims import package_metadata
from maxctl.licensing.claims.said import Said
from maxctl.licensing.trees import Tree

if TYPE_CHECKING:
    from maxctl.licensing.claims.knowledge import Known

VERSION = 7
"""Raise it when a reader reads otherwise: what was kept of files counts no more."""


class Hearing:
    """Reads trees. `knowledge` is the digest of all that readers know; what they said under another counts as none."""

    def __init__(self, cache: Path, known: Known, knowledge: str) -> None:
        self._folder, self._known, self._knowledge = cache / "said", known, knowledge

    def __call__(self, tree: Tree, digests: Mapping[str, str]) -> Mapping[str, Said]:
        """Return what each file of a tree says, by its path in the tree; silent files are left out.

        `digests` are those of the files that were hashed; a file without one is read every time.
        """
        keys = {path: key for path in tree.files if (key := self._key(tree, path, digests)) is not None}
        told: dict[str, Said] = {}
        with Store(self._folder) as store:
            kept = store.get(keys.values())
            fresh: dict[str, bytes] = {}
            for path in tree.files:
                key = keys.get(path, "")
                if key in kept:
                    said = Said.of_json(json.loads(kept[key]))
                else:
                    said = self._read(tree, path)
                    if key:
                        fresh[key] = json.dumps(said.to_json(), ensure_ascii=False).encode(
                            "utf-8", "surrogatepass"
                        )
                if said != Said():
                    told[str(tree.inside(path))] = said
            store.put(fresh)
        return told

    def _key(self, tree: Tree, path: Path, digests: Mapping[str, str]) -> str | None:
        inside = tree.inside(path)
        content = digests.get(str(inside))
        if not content:
            return None
        own = package_metadata.is_own(inside, tree.roots)
        parts = [str(VERSION), self._knowledge, str(inside), str(own), content]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

    def _read(self, tree: Tree, path: Path) -> Said:
        from maxctl.licensing.claims import reader

        inside = tree.inside(path)
        if inside.name in trees.LOCK_FILES or path.suffix == ".license":
            return Said()
        return reader.read(
            inside,
            path,
            self._known,
            own_metadata=package_metadata.is_own(inside, tree.roots),
            weights=trees.is_weights(inside),
            license_file=trees.is_license(inside),
        )
