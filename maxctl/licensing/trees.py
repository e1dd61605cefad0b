"""Which files of a tree are looked at for licenses, and what each is for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from maxctl.core import digest
from maxctl.core.slot import Slot
from maxctl.licensing.left_out import LEFT_OUT
from maxctl.policy.evidence import Spot

_LICENSE_NAME = re.compile(
    r"^(un)?licen[cs]e|^copying|licen[cs]e(\.(md|txt|rst))?$|^model[_-]agreement|^use_policy"
    r"|^terms(?:[._ -]of[._ -](?:use|service))?(?:\.(?:md|txt|rst))?$",
    re.IGNORECASE,
)
OF_WEIGHTS = re.compile(r"(^|[._-])(weights?|models?|checkpoints?)([._-]|$)", re.IGNORECASE)
OF_DATA = re.compile(r"(^|[._-])(data|datasets?)([._-]|$)", re.IGNORECASE)
WEIGHTS = frozenset((
    ".pb", ".tflite", ".onnx", ".h5", ".hdf5", ".keras", ".pt", ".pth", ".ckpt", ".safetensors", ".gguf", ".ggml",
    ".npz", ".npy", ".pkl", ".joblib", ".caffemodel", ".mlmodel", ".weights", ".params", ".pdparams", ".t7",
    ".engine", ".tfl", ".model",
))  # fmt: skip
WEIGHTS_NAMES = re.compile(
    r"(^|-)shard\d+of\d+(\.bin)?$|\.data-\d+-of-\d+$|\.ckpt\.(index|meta)$|^pytorch_model.*\.bin$",
    re.IGNORECASE,
)
_RAW = frozenset((".bin", ".dat", ".raw", ".data", ".f16", ".f32", ".bf16", ".int8", ".q8", ".q4"))
_WEIGHT_FOLDER = re.compile(
    r"^[_.]?(?:model|weight|checkpoint|ckpt|pretrained)s?(?:[_-]\w+)?$", re.IGNORECASE
)
"""Folders in which a file of bare numbers is one of weights."""
MEDIA = frozenset((
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ico", ".wav", ".mp3", ".flac", ".ogg",
    ".mp4", ".mov", ".avi", ".webm", ".mkv",
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
VOCABULARY = re.compile(
    r"vocab|tokenizer|merges|labels?|classes|categories|synset|words?_?(?:list|map)?\.|stop_?words|bpe|spiece|dictionary",
    re.IGNORECASE,
)
"""Lists of words: what looks like a license there is a word among words."""
_PAST = re.compile(r"(?:change(?:s|_?log)|history|news|releases?(?:[_-]notes)?)\b", re.IGNORECASE)
SAMPLE_FOLDERS = frozenset((
    "sample", "samples", "example", "examples", "demo", "demos", "asset", "assets", "test", "tests", "images",
    "test_images", "test_data", "testdata", "sample_images", "demo_images", "inputs", "audio", "pictures", "media",
))  # fmt: skip
_SAMPLE_NAME = re.compile(r"sample|demo|example|test|input", re.IGNORECASE)
_DRAWING = re.compile(
    r"logo|icon|badge|banner|diagram|architecture|overview|pipeline|plot|chart|curve|fig(?:ure)?[\d_.-]|screenshot|favicon|workflow",
    re.IGNORECASE,
)
"""Pictures that belong to the documents."""
SCRIPT_FOLDERS = frozenset(["script", "scripts", "tools", "reference"])
FOREIGN_FOLDERS = frozenset((
    "third_party", "third-party", "thirdparty", "3rdparty", "vendor", "vendored", "_vendor", "external", "externals",
    "extern", "deps", "submodules",
))  # fmt: skip
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder that is judged; `shown` is how its path is told to people."""

    name: str
    root: Path
    files: tuple[Path, ...]
    """What the scanner and the readers look at."""
    shown: str
    roots: tuple[str, ...]
    """Folders in it whose LICENSE and metadata files speak for all of it."""
    slot: Slot | None = None
    """The slot of every file; None: each file's path tells."""
    failures: tuple[Spot, ...] = ()

    def tell(self, relative: str) -> str:
        """Return how a path of the tree is told to people."""
        return f"{self.shown}/{relative}" if self.shown else relative

    def inside(self, path: Path) -> PurePosixPath:
        """Return a file's path in the tree."""
        return PurePosixPath(path.relative_to(self.root).as_posix())

    def slot_of(self, inside: PurePosixPath) -> Slot:
        """Return the slot that a file belongs to."""
        if self.slot is None:
            return slot_of(inside)
        return Slot.WEIGHTS if speaks_of_weights(inside) else self.slot


def tree(
    name: str, root: Path, shown: str, files: Iterable[Path] | None = None, slot: Slot | None = None
) -> Tree:
    """Return the tree of a folder, or of some files below it, and what of it cannot be looked at."""
    found = sorted(digest.walk(root, LEFT_OUT) if files is None else files)
    chosen: list[Path] = []
    failures: list[Spot] = []
    for path in found:
        trouble = _trouble(path)
        if trouble:
            relative = path.relative_to(root).as_posix()
            told = f"{shown}/{relative}" if shown else relative
            failures.append(Spot(told.encode("utf-8", "replace").decode(), text=trouble))
        elif not path.is_symlink():
            chosen.append(path)
    return Tree(name, root, tuple(chosen), shown, _roots(root, found), slot, tuple(failures))


def _trouble(path: Path) -> str:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    try:
        if path.is_symlink():
            return "" if path.exists() else "a symbolic link that leads nowhere"
        if not path.is_file():
            return "it is no regular file"
        if not os.access(path, os.R_OK):
            return "it cannot be read"
        large = path.stat().st_size > MAX_BYTES
    except OSError as fault:  # a loop of links, a name too long
        return f"it cannot be opened: {fault.strerror}"
    if large and not is_weights(path) and path.suffix.lower() not in MEDIA:
        return f"it is larger than {MAX_BYTES // 1024**2} MiB"
    return ""


def is_scanned(path: Path) -> bool:
    """Tell whether the scanner looks at a file: not at weights and media beyond its limit, which hold no text."""
    return path.stat().st_size <= MAX_BYTES


def counts(inside: PurePosixPath) -> str | None:
    """Return why licenses found in a file decide nothing; None where they do."""
    if inside.name in LOCK_FILES:
        return "a lock file repeats the licenses of other packages"
    if VOCABULARY.search(inside.name) and inside.suffix.lower() not in (*SOURCE, ".md", ".rst"):
        return "a list of words states no license"
    if _PAST.match(inside.name):
        return "a change log tells of the past"
    if "LICENSES" in inside.parts[:-1]:
        return "a text kept for the files that name it"
    if inside.suffix == ".license" and "." in inside.stem:
        return "it speaks of the file beside it"
    return None


def is_weights(path: Path | PurePosixPath) -> bool:
    """Tell by its name whether a file holds weights."""
    if path.suffix.lower() in WEIGHTS or WEIGHTS_NAMES.search(path.name):
        return True
    named = _WEIGHT_FOLDER.match(path.parent.name) or re.match(r"weights?\b|model", path.name, re.IGNORECASE)
    return path.suffix.lower() in _RAW and named is not None


def is_license(path: PurePosixPath) -> bool:
    """Tell by its name whether a file holds a license text."""
    beside = path.suffix == ".license" and "." in path.stem  # `picture.png.license` speaks of one file
    return bool(_LICENSE_NAME.search(path.name)) and path.suffix.lower() not in SOURCE and not beside


def speaks_of_weights(path: PurePosixPath) -> bool:
    """Tell whether a license file is about the weights by its name, such as LICENSE-MODEL."""
    named = "license" in path.name.lower() and path.suffix.lower() not in SOURCE
    return named and bool(OF_WEIGHTS.search(path.name))


def speaks_of_code(path: PurePosixPath) -> bool:
    """Tell whether a license file is about the code by its name, such as LICENSE-CODE."""
    return is_license(path) and bool(
        re.search(r"(^|[._-])(code|source|software)([._-]|$)", path.name, re.IGNORECASE)
    )


def speaks_of_data(path: PurePosixPath) -> bool:
    """Tell whether a license file is about data by its name, such as DATA_LICENSE."""
    return is_license(path) and bool(OF_DATA.search(path.name))


def is_sample(path: PurePosixPath) -> bool:
    """Tell whether a file is a picture, sound or video that is shown as an example."""
    if path.suffix.lower() not in MEDIA or _DRAWING.search(path.name):
        return False
    folders = {part.lower() for part in path.parts[:-1]}
    return bool(folders & SAMPLE_FOLDERS) or (not folders and bool(_SAMPLE_NAME.search(path.name)))


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


def folder_of(inside: PurePosixPath) -> str:
    """Return the folder of a file, `` for the root."""
    return "" if str(inside.parent) == "." else str(inside.parent)


def slot_of(relative: PurePosixPath) -> Slot:
    """Return the slot that a file of a foreign folder belongs to, by simple rules about its path."""
    folders = {part.lower() for part in relative.parts[:-1]}
    if is_weights(relative) or speaks_of_weights(relative):
        return Slot.WEIGHTS
    if speaks_of_data(relative):
        return Slot.DATA
    if is_sample(relative):
        return Slot.SAMPLES
    return Slot.SCRIPTS if folders & SCRIPT_FOLDERS else Slot.CODE
