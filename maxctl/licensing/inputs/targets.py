"""What a PATH of the command line means: a folder, an archive, a repository, or a package of a registry.

PATH                                       a folder, an archive, or a bare repository
git+https://host/owner/repo.git[@REV]      https://…/repo.git and git+file:PATH[@REV] are read the same
npm:name[@version]   pypi:name[==version]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from maxctl.core.errors import UsageError
from maxctl.licensing.inputs import formats

ACCEPTED = (
    "name a folder, an archive (tar, tar.gz, .bz2, .xz, .zst, zip, whl, tgz), git+https://host/owner/repo.git[@REV],"
    " git+file:PATH[@REV], npm:name[@version] or pypi:name[==version]"
)
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)
_LOGIN = re.compile(r"(?<=://)[^/?#]*@")
_REMOTE = re.compile(
    r"(?P<remote>https://[^\s/?#@]+/[^\s?#@]+|http://(?:127\.0\.0\.1|localhost)(?::\d+)?/[^\s?#@]+)(?:@(?P<rev>\S+))?"
)
_SSH = re.compile(r"[\w.-]+@[\w.-]+:\S+")
_NPM = re.compile(
    r"(?P<name>(?:@[a-z0-9~][\w.~-]*/)?[A-Za-z0-9~][\w.~-]*)(?:@(?P<version>[\w.+-]+))?", re.ASCII
)
_PYPI = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:==(?P<version>[0-9][0-9A-Za-z.!+_-]*))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine, read where it stands."""

    path: Path


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive of this machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository: elsewhere (`https://…`), or the folder of one here; at a revision, or at its HEAD."""

    where: str | Path
    revision: str | None = None

    @property
    def remote(self) -> str:
        """The address that git is given."""
        return self.where if isinstance(self.where, str) else f"file://{quote(str(self.where.resolve()))}"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a registry, in a version, or in the newest one."""

    registry: str
    name: str
    version: str | None = None


Target = Folder | Archive | Repository | Package


def parse(target: str) -> Target:
    """Return what a PATH means; raises `UsageError`, which says what is accepted, for anything else."""
    path = Path(target)
    if target and _there(path):
        return _local(path, target)
    found = _SCHEME.fullmatch(target)
    match (found["scheme"].lower(), found["rest"]) if found else ("", target):
        case "npm", rest if named := _NPM.fullmatch(rest):
            return Package("npm", named["name"], named["version"])
        case "pypi", rest if named := _PYPI.fullmatch(rest):
            return Package("pypi", named["name"], named["version"])
        case "git+file", rest if rest:
            return _git_file(rest)
        case "git+https" | "git+http", _ if named := _REMOTE.fullmatch(target[4:]):
            return Repository(named["remote"], named["rev"])
        case "https" | "http", _ if (named := _REMOTE.fullmatch(target)) and named["remote"].endswith(".git"):
            return Repository(named["remote"], named["rev"])
    raise _refused(target, found["scheme"] if found else None)


def at(target: Target, revision: str) -> Target | None:
    """Return the same repository or package at another revision or version; None for what has none."""
    if isinstance(target, Repository):
        return replace(target, revision=revision)
    return replace(target, version=revision) if isinstance(target, Package) else None


def is_bare(folder: Path) -> bool:
    """Tell whether a folder is a git repository without a work tree."""
    return (folder / "HEAD").is_file() and all((folder / name).is_dir() for name in ("objects", "refs"))


def _there(path: Path) -> bool:
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def _local(path: Path, target: str) -> Target:
    if path.is_dir():
        return Repository(path) if is_bare(path) else Folder(path)
    if path.is_file():
        if formats.is_archive(path) or formats.holds_archive(path):
            return Archive(path)
        raise UsageError(f"{target} is a file and no archive", hint=f"name its folder; or {ACCEPTED}")
    what = "a symbolic link that leads nowhere" if path.is_symlink() else "neither a folder nor a file"
    raise UsageError(f"{target} is {what}", hint=ACCEPTED)


def _git_file(rest: str) -> Repository:
    path = rest.removeprefix("//") if rest.startswith("///") else rest
    if Path(path).exists():
        return Repository(Path(path))
    place, _, revision = path.rpartition("@")
    if not place or not revision or not Path(place).is_dir():
        raise UsageError(f"there is no repository {place or path}", hint=ACCEPTED)
    return Repository(Path(place), revision)


def _refused(target: str, scheme: str | None) -> UsageError:
    told = _LOGIN.sub("", target)  # a password in an address is not repeated
    if told != target and scheme is not None:
        return UsageError(
            f"{told}: an address must not hold a login", hint="put the login for the host into ~/.netrc"
        )
    if _SSH.fullmatch(target) or scheme in ("ssh", "git", "git+ssh"):
        return UsageError(
            f"{target}: repositories are not read over {'git' if scheme == 'git' else 'ssh'}",
            hint="clone it, and name the clone; or git+https://host/owner/repo.git",
        )
    if scheme in ("https", "http", "git+https", "git+http"):
        return UsageError(
            f"{target} is no address of a git repository",
            hint="git+https://host/owner/repo.git[@REV]; an archive or a page is to be downloaded first",
        )
    if scheme is not None and len(scheme) > 1:
        return UsageError(f"{target} is no address that can be read", hint=ACCEPTED)
    return UsageError(f"there is no folder and no archive {target}", hint=ACCEPTED)
