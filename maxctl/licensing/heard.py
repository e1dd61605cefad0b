"""One tree as heard: what each file says, what the scanner found in it, and what kind of repository that makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from maxctl.adapters.scancode import ScannedFile
from maxctl.core.slot import Slot
from maxctl.licensing import trees
from maxctl.licensing.claims import package_metadata
from maxctl.licensing.claims.said import Said
from maxctl.licensing.trees import SOURCE, Tree, folder_of


@dataclass(frozen=True)
class Heard:
    """A tree with what its files say; both mappings are by path in the tree."""

    tree: Tree
    said: Mapping[str, Said]
    scanned: Mapping[str, ScannedFile]

    @cached_property
    def paths(self) -> tuple[PurePosixPath, ...]:
        """Every file, in order."""
        return tuple(self.tree.inside(path) for path in self.tree.files)

    @cached_property
    def card(self) -> str | None:
        """`model` or `dataset` where the README at the root is the card of a hub's repository."""
        return next((said.card for path, said in self.said.items() if said.card and self.at_root(path)), None)

    @cached_property
    def weight_files(self) -> tuple[PurePosixPath, ...]:
        """The files that hold weights."""
        return tuple(path for path in self.paths if trees.is_weights(path) and not trees.is_license(path))

    @cached_property
    def code_folders(self) -> frozenset[str]:
        """The folders that hold source code, and all above them."""
        return _with_parents(p for p in self.paths if p.suffix.lower() in SOURCE)

    @cached_property
    def has_code(self) -> bool:
        """Whether source code of the model's own stands in the tree, scripts aside."""
        return any(p.suffix.lower() in SOURCE and self.tree.slot_of(p) is Slot.CODE for p in self.paths)

    @cached_property
    def has_scripts(self) -> bool:
        """Whether there are scripts."""
        return any(self.tree.slot_of(p) is Slot.SCRIPTS for p in self.paths)

    @cached_property
    def _weight_folders(self) -> frozenset[str]:
        return frozenset(folder_of(path) for path in self.weight_files)

    def at_root(self, path: str) -> bool:
        """Tell whether a file stands where it speaks for the whole tree."""
        return folder_of(PurePosixPath(path)) in self.tree.roots

    def beside_weights_only(self, path: str) -> bool:
        """Tell whether a file stands in a folder of weights without source code: what it says, it says of them.

        Weights one folder below count too, where nothing below is code: `weights/README.md`, `weights/v1/x.onnx`.
        """
        folder = folder_of(PurePosixPath(path))
        below = any(w == folder or w.startswith(f"{folder}/") or (not folder) for w in self._weight_folders)
        return below and bool(self._weight_folders) and folder not in self.code_folders

    def foreign(self, path: str) -> bool:
        """Tell whether a file stands among others' work: `third_party/`, or a package inside the tree."""
        return any(part.lower() in trees.FOREIGN_FOLDERS for part in PurePosixPath(path).parts[:-1])

    def is_metadata(self, path: PurePosixPath) -> bool:
        """Tell whether a file is the metadata of the tree's own package."""
        return package_metadata.is_own(path, self.tree.roots)


def _with_parents(paths: Iterable[PurePosixPath]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.parent
        while str(folder) != ".":
            found.add(str(folder))
            folder = folder.parent
        found.add("")
    return frozenset(found)
