"""The archive of a package, and which version it is; nothing of the package is run.

A package of PyPI is its wheel for this Python and platform, and its source distribution where there is no wheel.
"""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import is_zipfile

from maxctl.adapters import npm, pypi
from maxctl.artifacts.cache import Cache
from maxctl.artifacts.packages import Coordinates, Packages
from maxctl.core.progress import Progress
from maxctl.licensing.inputs.targets import Package

NEWEST = "latest"
_EXACT = re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?", re.ASCII)
_IN_NAME = re.compile(r"-(?P<version>\d[\w.+-]*)\.tgz", re.ASCII)


def archive(package: Package, cache: Cache, folder: Path, progress: Progress) -> tuple[Path, str, str]:
    """Return a package's archive, what such a file is called, and the version that it is.

    An exact version comes from the cache, where it is there. What moves (no version, a tag of npm) is asked each
    time, into the empty folder `folder`. Raises what the registry's adapter raises.
    """
    if package.registry == "pypi":
        if package.version:
            held = _cached(package, package.version, cache, progress)
            return held, "package.whl" if is_zipfile(held) else "package.tar.gz", package.version
        progress.say(f"downloading pypi:{package.name}")
        found = pypi.download(package.name, None, folder)
        return found, found.name, pypi.version(found.name)
    if package.version and _EXACT.fullmatch(package.version):
        return _cached(package, package.version, cache, progress), "package.tgz", package.version
    tag = package.version or NEWEST
    progress.say(f"downloading npm:{package.name}@{tag}")
    tarball = npm.pack(package.name, tag, folder)
    named = _IN_NAME.search(tarball.name.removeprefix(package.name.lstrip("@").replace("/", "-")))
    return tarball, "package.tgz", named["version"] if named else tag


def _cached(package: Package, version: str, cache: Cache, progress: Progress) -> Path:
    return Packages(cache, progress).get(Coordinates(package.registry, package.name, version))
