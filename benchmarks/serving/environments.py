"""A virtual environment for each server, made once and kept, and how much its packages take."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from .processes import MIB

COMPLETE = "complete.json"
DIST_INFO = re.compile(r"^(.+?)-[^-]+\.dist-info$")


@dataclass(frozen=True)
class Environment:
    """A Python with the packages of a requirements file, and what is borrowed from another's."""

    folder: Path
    base: Path | None = None
    """The site-packages that are read after its own."""

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def packages(self) -> Path:
        (found,) = (self.folder / "lib").glob("python*/site-packages")
        return found

    def mib(self) -> float:
        """Return what its packages take, in MiB, as if it had those of the base installed for itself."""
        sizes = _entries(self.base) if self.base else {}
        sizes.update(_entries(self.packages))
        return sum(sizes.values()) / MIB

    def versions(self) -> dict[str, str]:
        """Return name and version of each distribution of its own."""
        return {
            path.name.removesuffix(".dist-info").rpartition("-")[0].lower(): path.name.removesuffix(
                ".dist-info"
            ).rpartition("-")[2]
            for path in sorted(self.packages.glob("*.dist-info"))
        }


def make(name: str, requirements: Path, cache: Path, base: Path | None = None) -> Environment:
    """Return the environment for a requirements file, made unless one of the same content is there."""
    text = requirements.read_bytes()
    folder = cache / f"{name}-{hashlib.sha256(text + str(base).encode()).hexdigest()[:12]}"
    made = Environment(folder, base)
    if (folder / COMPLETE).is_file():
        return made
    print(f"installing {name}", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=False, symlinks=True)
    hashed = ["--require-hashes"] if b"--hash=" in text else []
    pip = [sys.executable, "-m", "pip", "--python", str(made.python), "install", "-qq", "--no-input"]
    subprocess.run([*pip, "--only-binary", ":all:", *hashed, "-r", str(requirements)], check=True)
    if base is not None:
        (made.packages / "base.pth").write_text(f"{base}\n", encoding="utf-8")
    (folder / COMPLETE).write_text(json.dumps(made.versions(), indent=1), encoding="utf-8")
    return made


def _entries(packages: Path) -> dict[str, int]:
    """Return the bytes on the disk of each top-level entry; a distribution's metadata by its name alone."""
    sizes: dict[str, int] = {}
    for entry in packages.iterdir():
        metadata = DIST_INFO.match(entry.name)
        name = f"{metadata[1].lower()}.dist-info" if metadata else entry.name
        sizes[name] = _size(entry)
    return sizes


def _size(path: Path) -> int:
    total = path.lstat().st_blocks * 512
    if path.is_dir() and not path.is_symlink():
        total += sum(_size(entry) for entry in path.iterdir())
    return total
