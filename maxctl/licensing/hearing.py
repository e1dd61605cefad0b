"""Reads what every file of a tree says, and keeps it by content: the same file is read once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from maxctl.licensing import trees
from maxctl.licensing.claims import package_metadata
from maxctl.licensing.claims.said import Said
from maxctl.licensing.trees import Tree

if TYPE_CHECKING:
    from maxctl.licensing.claims.knowledge import Known


class Hearing:
    """Reads trees."""

    def __init__(self, cache: Path, known: Known) -> None:
        self._cache, self._known = cache, known

    def __call__(self, tree: Tree) -> Mapping[str, Said]:
        """Return what each file of a tree says, by its path in the tree; silent files are left out."""
        return hear(tree, self._known)


def hear(tree: Tree, known: Known) -> Mapping[str, Said]:
    """Return what each file of a tree says, by its path in the tree; silent files are left out."""
    told: dict[str, Said] = {}
    for path in tree.files:
        inside = tree.inside(path)
        said = _one(tree, path, inside, known)
        if said != Said():
            told[str(inside)] = said
    return told


def _one(tree: Tree, path: Path, inside: PurePosixPath, known: Known) -> Said:
    from maxctl.licensing.claims import reader

    if inside.name in trees.LOCK_FILES or path.suffix == ".license":
        return Said()
    return reader.read(
        inside,
        path,
        known,
        own_metadata=package_metadata.is_own(inside, tree.roots),
        weights=trees.is_weights(inside),
        license_file=trees.is_license(inside),
    )
