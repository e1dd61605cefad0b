"""What a check gets and gives: trees of files in, findings and a count of files out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from maxctl.core import digest
from maxctl.core.facts.check import ModelFile
from maxctl.core.findings import Code, Finding
from maxctl.core.progress import Progress, Silent

MEND = "pip install 'maxctl[health]'"
OTHER_LANGUAGES = {
    ".js": "JavaScript",
    ".mjs": "JavaScript",
    ".cjs": "JavaScript",
    ".jsx": "JavaScript",
    ".ts": "TypeScript",
    ".ipynb": "notebook",
    ".c": "C",
    ".cc": "C++",
    ".cpp": "C++",
    ".cu": "CUDA",
    ".java": "Java",
    ".lua": "Lua",
    ".m": "MATLAB",
    ".r": "R",
    ".go": "Go",
    ".rs": "Rust",
    ".sh": "shell",
}


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder to check, or one file of it. `label` is put before the paths of its findings.

    `artifacts` says that every file in it is part of the model, whatever it is called.
    """

    label: str
    root: Path
    artifacts: bool = False
    only: str | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A regular file of a tree, or a symbolic link, which is never followed."""

    tree: Tree
    path: Path
    relative: str
    link: bool = False

    @property
    def place(self) -> str:
        """Return the path as findings show it."""
        return f"{self.tree.label}/{self.relative}" if self.tree.label else self.relative


@dataclass(frozen=True, slots=True)
class Inventory:
    """All files of all trees."""

    trees: tuple[Tree, ...]
    files: tuple[SourceFile, ...]

    @classmethod
    def of(cls, trees: Iterable[Tree]) -> Inventory:
        """Return what stands in the trees: regular files and links; sockets, pipes and devices do not count."""
        trees = tuple(trees)
        files: list[SourceFile] = []
        for tree in trees:
            for path in [tree.root / tree.only] if tree.only else digest.walk(tree.root):
                link = path.is_symlink()
                if link or path.is_file():
                    files.append(SourceFile(tree, path, path.relative_to(tree.root).as_posix(), link))
        return cls(trees, tuple(files))

    def python(self) -> tuple[SourceFile, ...]:
        """Return the Python source files."""
        return tuple(file for file in self.files if file.path.suffix == ".py" and not file.link)

    def unchecked(self) -> str:
        """Return a sentence about source in other languages, which is not checked; empty when there is none."""
        counts = Counter(OTHER_LANGUAGES.get(file.path.suffix.lower(), "") for file in self.files)
        del counts[""]
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
        return f"{kinds} file{'' if counts.total() == 1 else 's'} not checked" if kinds else ""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the stage's options mean for the checks."""

    scan_seconds: float = 60.0
    scan_memory: int = 2 * 1024**3
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found, in how many files; `reason` says what it left out."""

    findings: tuple[Finding, ...]
    files: int
    reason: str | None = None
    model_files: tuple[ModelFile, ...] = ()


class NothingToCheckError(Exception):
    """There is nothing that this check looks at; the message says what is missing."""


class Check(ABC):
    """One check. Its docstring's first line says what it looks for."""

    name: ClassVar[str]
    codes: ClassVar[tuple[Code, ...]]

    @abstractmethod
    def run(self, inventory: Inventory, settings: Settings) -> Report:
        """Return what was found.

        Raises `NothingToCheckError`, `ToolMissingError` (the check is unavailable) and `ChildFailedError`.
        """


def python_of(inventory: Inventory) -> tuple[SourceFile, ...]:
    """Return the Python files; raises `NothingToCheckError` when there are none."""
    files = inventory.python()
    if not files:
        raise NothingToCheckError("; ".join(filter(None, ("no Python source", inventory.unchecked()))))
    return files


def printable(text: str) -> str:
    """Return the text with what a terminal would obey, such as escape codes in hostile source, written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def needs_package(name: str) -> None:
    """Raise `ToolMissingError` if the package is not installed, without importing it."""
    from importlib.util import find_spec

    from maxctl.core.errors import ToolMissingError

    if find_spec(name) is None:
        raise ToolMissingError(f"the package `{name}` is not installed", hint=MEND)
