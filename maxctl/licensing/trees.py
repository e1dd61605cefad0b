"""Which files of a tree are looked at for licenses, and what each is for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maxctl.core import digest
from maxctl.core.spec import Slot
from maxctl.policy.evidence import Spot

_LICENSE_NAME = re.compile(r"^(un)?licen[cs]e|^copying|licen[cs]e(\.(md|txt|rst))?$", re.IGNORECASE)
OF_WEIGHTS = re.compile(r"(^|[._-])(weights?|models?|checkpoints?)([._-]|$)", re.IGNORECASE)
WEIGHTS = frozenset((
    ".pb", ".tflite", ".onnx", ".h5", ".hdf5", ".keras", ".pt", ".pth", ".ckpt", ".safetensors", ".gguf", ".ggml",
    ".npz", ".npy", ".pkl", ".joblib", ".caffemodel", ".mlmodel", ".weights", ".params", ".pdparams", ".t7",
    ".engine", ".tfl", ".model",
))  # fmt: skip
WEIGHTS_NAMES = re.compile(r"(^|-)shard\d+of\d+(\.bin)?$|\.data-\d+-of-\d+$|\.ckpt\.(index|meta)$")
MEDIA = frozenset((
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ico", ".wav", ".mp3", ".flac", ".ogg",
    ".mp4", ".mov", ".avi", ".webm", ".mkv",
))  # fmt: skip
ARCHIVES = frozenset((
    ".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar", ".whl", ".egg",
))  # fmt: skip
SOURCE = frozenset((
    ".py", ".pyx", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".c", ".h", ".cc", ".cpp", ".hpp", ".cu",
    ".java", ".kt", ".scala", ".go", ".rs", ".rb", ".sh", ".lua", ".m", ".swift", ".r", ".jl", ".cs", ".proto",
    ".ipynb",
))  # fmt: skip
LOCK_FILES = frozenset((
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock",
    "pdm.lock", "Pipfile.lock", "Cargo.lock", "composer.lock", "Gemfile.lock", "go.sum",
))  # fmt: skip
"""They repeat the licenses of other packages, which are not in the tree."""
LEFT_OUT = (
    *digest.EXCLUDED,
    ".hg",
    ".svn",
    "node_modules",
    ".venv",
    "venv",
    ".tox",
    ".mypy_cache",
    ".maxctl",
)
SAMPLE_FOLDERS = frozenset((
    "sample", "samples", "example", "examples", "demo", "demos", "asset", "assets", "test", "tests", "images",
    "docs", "doc",
))  # fmt: skip
SCRIPT_FOLDERS = frozenset(["script", "scripts", "tools", "reference"])
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder whose files speak for one slot; `shown` is how its path is told to people."""

    name: str
    slot: Slot
    root: Path
    files: tuple[Path, ...]
    shown: str
    roots: tuple[str, ...]
    """Folders in it whose LICENSE and metadata files speak for all of it."""
    failures: tuple[Spot, ...] = ()

    def tell(self, relative: str) -> str:
        """Return how a path of the tree is told to people."""
        return f"{self.shown}/{relative}" if self.shown else relative


def tree(name: str, slot: Slot, root: Path, shown: str, files: Iterable[Path] | None = None) -> Tree:
    """Return the tree of a folder, or of some files below it, without what the scanner cannot or need not read."""
    found = sorted(digest.walk(root, LEFT_OUT) if files is None else files)
    chosen: list[Path] = []
    failures: list[Spot] = []
    for path in found:
        relative = path.relative_to(root).as_posix()
        told = f"{shown}/{relative}" if shown else relative
        trouble = _trouble(path)
        if trouble:
            failures.append(Spot(told.encode("utf-8", "replace").decode(), text=trouble))
        elif _read(path):
            chosen.append(path)
    return Tree(name, slot, root, tuple(chosen), shown, _roots(root, found), tuple(failures))


def _trouble(path: Path) -> str:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if path.is_symlink():
        return "" if path.exists() else "a symbolic link that leads nowhere"
    if not path.is_file():
        return "it is no regular file"
    if not os.access(path, os.R_OK):
        return "it cannot be read"
    if path.suffix.lower() in ARCHIVES:
        return "an archive inside the tree, which is not looked into"
    if path.stat().st_size > MAX_BYTES and not is_weights(path) and path.suffix.lower() not in MEDIA:
        return f"it is larger than {MAX_BYTES // 1024**2} MiB"
    return ""


def _read(path: Path) -> bool:
    return not (
        path.is_symlink() or is_weights(path) or path.suffix.lower() in MEDIA or path.name in LOCK_FILES
    )


def is_weights(path: Path) -> bool:
    """Tell by its name whether a file holds weights."""
    return path.suffix.lower() in WEIGHTS or bool(WEIGHTS_NAMES.search(path.name))


def is_license(path: PurePosixPath) -> bool:
    """Tell by its name whether a file holds a license text."""
    return bool(_LICENSE_NAME.search(path.name)) and path.suffix.lower() not in SOURCE


def speaks_of_weights(path: PurePosixPath) -> bool:
    """Tell whether a license file is about the weights by its name, such as LICENSE-MODEL."""
    named = "license" in path.name.lower() and path.suffix.lower() not in SOURCE
    return named and bool(OF_WEIGHTS.search(path.name))


def _roots(root: Path, files: Iterable[Path]) -> tuple[str, ...]:
    """Return the root, and the single folder that holds everything, if there is one (`package/` of npm)."""
    inside = [path.relative_to(root).parts for path in files]
    depth: list[str] = []
    while inside and all(len(parts) > len(depth) + 1 for parts in inside):
        heads = {parts[len(depth)] for parts in inside}
        if len(heads) != 1:
            break
        depth.append(heads.pop())
    return tuple(dict.fromkeys(["", "/".join(depth)]))


def slot_of(relative: PurePosixPath) -> Slot:
    """Return the slot that a file of a foreign folder belongs to, by simple rules about its path."""
    folders = {part.lower() for part in relative.parts[:-1]}
    if is_weights(Path(relative)) or speaks_of_weights(relative):
        return Slot.WEIGHTS
    if relative.suffix.lower() in MEDIA and folders & SAMPLE_FOLDERS:
        return Slot.SAMPLES
    return Slot.SCRIPTS if folders & SCRIPT_FOLDERS else Slot.CODE
