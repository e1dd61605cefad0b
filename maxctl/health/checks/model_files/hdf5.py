"""HDF5 files: the Keras configuration in their attributes. Only in a child process: h5py is C code."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from maxctl.health.checks.model_files import keras_config
from maxctl.health.checks.model_files.inspection import Danger, Inspection, data_only, not_scanned


def inspect(stream: BinaryIO) -> Inspection:
    """Return what Keras would execute on loading the file; needs h5py, which comes with TensorFlow."""
    try:
        import h5py  # type: ignore[import-untyped]
    except ImportError:
        return not_scanned("HDF5", "h5py is not installed: pip install h5py")
    try:
        with h5py.File(stream, "r") as file:
            return _inspect(file, h5py)
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        return not_scanned("HDF5", f"it cannot be read: {str(error).splitlines()[0]}")


def _inspect(file: Any, h5py: Any) -> Inspection:
    dangers: list[Danger] = []
    if "PYTABLES_FORMAT_VERSION" in file.attrs:
        return not_scanned("HDF5 of PyTables", "PyTables may unpickle what its attributes hold")
    config = file.attrs.get("model_config")
    for name in ("model_config", "training_config"):
        value = file.attrs.get(name)
        if value is not None:
            dangers += keras_config.dangers(json.loads(value))
    seen: set[int] = set()
    waiting = [file]
    while waiting:
        group = waiting.pop()
        for key in group:
            link = group.get(key, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                dangers.append(
                    Danger("CHK406", "error", f"`{key}` stands in another file, `{link.filename}`")
                )
            elif isinstance(link, h5py.HardLink):
                item = group[key]
                address = h5py.h5o.get_info(item.id).addr
                if address in seen:  # groups may hold one another
                    continue
                seen.add(address)
                if isinstance(item, h5py.Group):
                    waiting.append(item)
                elif isinstance(item, h5py.Dataset) and item.external:
                    dangers.append(
                        Danger("CHK406", "error", f"`{key}` has its values in `{item.external[0][0]}`")
                    )
    if config is None and not dangers:
        return data_only("HDF5", f"{len(seen)} groups and arrays, no Keras configuration")
    return Inspection(
        "Keras HDF5" if config is not None else "HDF5",
        "scanned",
        "the configuration of each layer was read",
        dangers=tuple(dangers),
    )
