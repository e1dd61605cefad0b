"""HDF5 files: every group and array once, and whatever stands in other files. h5py is C code: for children only."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from maxctl.runtimes.interface import FrameworkMissingError


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A group or an array whose content stands in another file."""

    file: str
    whole: bool
    """Whether all of it stands there, or only the values."""


def h5py() -> Any:
    """Return the module; raises `FrameworkMissingError`."""
    try:
        return importlib.import_module("h5py")
    except ImportError as error:
        raise FrameworkMissingError("h5py is not installed", hint="pip install h5py") from error


def items(file: Any) -> Iterator[tuple[str, Any]]:
    """Yield (path, group or dataset) for all that an open file holds, each once; `Elsewhere` for what it does not."""
    module = h5py()
    seen: set[int] = set()
    waiting: list[tuple[str, Any]] = [("", file)]
    while waiting:
        above, group = waiting.pop()
        for key in group:
            path = f"{above}/{key}" if above else str(key)
            link = group.get(key, getlink=True)
            if isinstance(link, module.ExternalLink):
                yield path, Elsewhere(str(link.filename), whole=True)
            elif isinstance(link, module.HardLink):
                item = group[key]
                address = module.h5o.get_info(item.id).addr
                if address in seen:  # groups may hold one another
                    continue
                seen.add(address)
                if isinstance(item, module.Group):
                    waiting.append((path, item))
                yield path, _elsewhere(item) if isinstance(item, module.Dataset) else item


def _elsewhere(dataset: Any) -> Any:
    """Return where the values of a dataset stand, or the dataset."""
    if dataset.external:
        return Elsewhere(str(dataset.external[0][0]), whole=False)
    if dataset.is_virtual:
        named = [source.file_name for source in dataset.virtual_sources()]
        outside = [name for name in named if name != "."]
        if outside:
            return Elsewhere(str(outside[0]), whole=False)
    return dataset
