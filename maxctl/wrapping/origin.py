"""A model that is named by an address: its package, commit or file fetched, measured and unpacked.

What a package says of itself is read from its metadata (METADATA and PKG-INFO of the Python packaging core metadata,
package.json of npm); nothing of it is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from maxctl.artifacts import disk
from maxctl.artifacts.cache import Cache
from maxctl.artifacts.git_mirror import Clones
from maxctl.artifacts.mirrors import Mirror, Mirrors, parse
from maxctl.artifacts.packages import Packages
from maxctl.artifacts.unpack import inner_path, unpack
from maxctl.core.errors import FetchError, UsageError
from maxctl.core.progress import Progress
from maxctl.runtimes.draft.guess import Guess, one_line
from maxctl.runtimes.draft.start import Bytes, Origin, Source

SHOWN = 12
_NAME_AND_ADDRESS = re.compile(r"""\s*"?([^"<>]*?)"?\s*<[^<>]*>""")


@contextmanager
def opened(address: str, cache: Path, progress: Progress) -> Iterator[Origin]:
    """Give what an exact address without `#path` stands for, its files in a folder that is gone afterwards.

    Raises `FetchError` where it means nothing, is not exact or cannot be had, `UnpackError`, and `ToolMissingError`.
    """
    mirror = parse(address)
    store = Cache(cache)
    with store.scratch() as scratch, disk.room(address, cache):
        (scratch / "fetched").mkdir()
        fetched = scratch / "fetched" / _file_name(mirror)
        mirrors = Mirrors(Path.cwd(), Packages(store, progress), Clones(Path.cwd(), store, progress))
        try:
            with mirrors.open(mirror) as chunks, fetched.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
        except FetchError as error:
            raise type(error)(f"{address}: {error.message}", hint=error.hint) from error
        if mirror.url:
            yield Origin(address, fetched.parent)
            return
        tree = scratch / "tree"
        unpack(fetched, tree)
        tops = sorted(tree.iterdir())
        # an npm package and a source distribution have one folder around all; a wheel and a commit have none
        wrapped = mirror.commit is None and len(tops) == 1 and tops[0].is_dir()
        top = tops[0] if wrapped else tree
        python = mirror.package.version if mirror.package and mirror.package.registry == "pypi" else None
        source = Source(_source_name(mirror), Bytes.of(fetched), int(wrapped), python)
        yield Origin(address, tree, source, _about(mirror, top), _requires(top))


def sample(address: str, cache: Path, progress: Progress) -> tuple[str, Bytes]:
    """Return the name and the measured bytes of the one file that an address names; raises as `opened` does."""
    mirror = parse(address)
    if not mirror.url and not mirror.member:
        raise UsageError(f"{address} names no file", hint=f"add which one: {address}#PATH")
    store = Cache(cache)
    with store.scratch() as scratch:
        mirrors = Mirrors(Path.cwd(), Packages(store, progress), Clones(Path.cwd(), store, progress))
        file = scratch / "sample"
        try:
            with mirrors.open(mirror) as chunks, file.open("xb") as out:
                for chunk in chunks:
                    out.write(chunk)
        except FetchError as error:
            raise type(error)(f"{address}: {error.message}", hint=error.hint) from error
        return PurePosixPath(mirror.member or _file_name(mirror)).name, Bytes.of(file)


def model_in(origin: Origin, member: str | None) -> Path:
    """Return the model among the files of an origin: what `member` names, or the only one that there is.

    Raises `UsageError`, which lists what could be meant, where that is not one.
    """
    if origin.source is None:
        return next(origin.folder.iterdir())
    if member is not None:
        found = origin.folder / inner_path(member)
        if found.exists():
            return found
    models = [path.relative_to(origin.folder).as_posix() for path in _models(origin.folder)]
    listed = "\n".join(f"  {origin.address}#{path}" for path in models[:SHOWN])
    more = f"\n  … and {len(models) - SHOWN} more" if len(models) > SHOWN else ""
    if member is not None:
        near = f"; its models:\n{listed}{more}" if models else ", and no model of a known format"
        raise UsageError(
            f"{origin.address} has no {member}{near}", hint="name one of its files or folders behind #"
        )
    if len(models) == 1:
        return origin.folder / models[0]
    if not models:
        raise UsageError(
            f"{origin.address} holds no model of a known format",
            hint="`docs/models.md` lists the formats; a model that stands elsewhere is named by its own address",
        )
    raise UsageError(f"{origin.address} holds {len(models)} models:\n{listed}{more}", hint="name one of them")


def _models(folder: Path) -> Iterator[Path]:
    """Yield the models of a tree: folders that are one as a whole, and files outside them."""
    from maxctl.runtimes import recognise

    for path in sorted(folder.iterdir()):
        if path.is_symlink() or not (path.is_dir() or path.stat().st_size):
            continue
        if recognise(path) is not None:
            yield path
        elif path.is_dir():
            yield from _models(path)


def _file_name(mirror: Mirror) -> str:
    if mirror.url:
        name = PurePosixPath(unquote(urlsplit(mirror.url).path)).name
        if not name:
            raise UsageError(f"{mirror.address} names no file", hint="https://host/path/model.onnx")
        return str(inner_path(name))
    return "archive"


def _source_name(mirror: Mirror) -> str:
    named = mirror.package.name if mirror.package else mirror.address.rpartition("@")[0].removesuffix(".git")
    return re.sub(r"[^a-z0-9]+", "-", named.rpartition("/")[2].lower()).strip("-") or "source"


def _about(mirror: Mirror, top: Path) -> dict[str, Guess]:
    if mirror.commit:
        where = mirror.address.removeprefix("git+").rpartition("@")[0].removesuffix(".git")
        return {"source": Guess(where, "the repository", "high", where)} if where.startswith("https:") else {}
    metadata = _metadata(top)
    if metadata.is_file():
        return _guesses(_python(metadata), metadata.name)
    package = top / "package.json"
    return _guesses(_npm(package), package.name) if package.is_file() else {}


def _metadata(top: Path) -> Path:
    return next(iter(sorted(top.glob("*.dist-info/METADATA"))), top / "PKG-INFO")


def _requires(top: Path) -> tuple[str, ...]:
    from packaging.metadata import parse_email
    from packaging.requirements import InvalidRequirement, Requirement

    file, found = _metadata(top), []
    for text in parse_email(file.read_bytes())[0].get("requires_dist", ()) if file.is_file() else ():
        try:
            needed = Requirement(text)
        except InvalidRequirement:
            continue
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            found.append(f"{needed.name}{needed.specifier}")
    return tuple(found)


def _guesses(told: dict[str, Any], file: str) -> dict[str, Guess]:
    return {key: Guess(value, f"{file} says so", "high", file) for key, value in told.items() if value}


def _python(file: Path) -> dict[str, Any]:
    from packaging.metadata import parse_email

    told, _ = parse_email(file.read_bytes())
    homes = {name.lower(): address for name, address in told.get("project_urls", {}).items()}
    named = (homes.get(name) for name in ("source", "source code", "repository", "homepage", "github"))
    people = f"{told.get('author') or ''}, {told.get('author_email') or ''}"
    return {
        "description": _sentence(told.get("summary")),
        "source": _address(told.get("home_page") or next(filter(None, named), None)),
        "license": _license(told.get("license_expression") or told.get("license")),
        "authors": _people(people.split(",")),
    }


def _npm(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    repository = told.get("repository")
    address = repository.get("url") if isinstance(repository, dict) else repository
    people = [told.get("author"), *(found if isinstance(found := told.get("contributors"), list) else [])]
    return {
        "description": _sentence(told.get("description")),
        "source": _address(told.get("homepage")) or _address(address),
        "license": _license(told.get("license")),
        "authors": _people([one.get("name") if isinstance(one, dict) else one for one in people]),
    }


def _sentence(text: Any) -> str | None:
    return one_line(text) if isinstance(text, str) and text.strip() not in ("", "UNKNOWN") else None


def _address(text: Any) -> str | None:
    if not isinstance(text, str):
        return None
    plain = text.removeprefix("git+").removesuffix(".git")
    return plain if re.fullmatch(r"https?://[^\s@]+", plain) else None


def _license(text: Any) -> str | None:
    """Return what a package states, as an SPDX expression; None where it is none, or names an unknown license."""
    from maxctl.core import resources
    from maxctl.policy import spdx
    from maxctl.policy.catalog import Catalog

    if not isinstance(text, str) or len(text) > 200:
        return None
    read = spdx.read(text, Catalog.load(resources.path("licenses") / "categories.yaml"))
    return read.expression if read.kind is spdx.Kind.STATED and not read.unknown else None


def _people(told: list[Any]) -> list[str]:
    """Return names without addresses: those are nothing that a page has to repeat."""
    names = []
    for one in told:
        if isinstance(one, str):
            found = _NAME_AND_ADDRESS.fullmatch(one)
            name = one_line(found[1] if found else re.sub(r"\s*[<(].*", "", one))
            if name and "@" not in name and name != "UNKNOWN":
                names.append(name)
    return list(dict.fromkeys(names))
