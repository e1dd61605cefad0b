"""HDF5 files: the Keras configuration in their attributes. Only in a child process: h5py is C code."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from maxctl.health.checks.model_files import keras_config
from maxctl.health.checks.model_files.inspection import Danger, Inspection, data_only, not_scanned
from maxctl.runtimes import hdf5
from maxctl.runtimes.interface import FrameworkMissingError


def inspect(stream: BinaryIO) -> Inspection:
    """Return what Keras would execute on loading the file; needs h5py, which comes with TensorFlow."""
    try:
        with hdf5.h5py().File(stream, "r") as file:
            return _inspect(file)
    except FrameworkMissingError as error:
        return not_scanned("HDF5", f"{error.message}: {error.hint}")
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        return not_scanned("HDF5", f"it cannot be read: {str(error).splitlines()[0]}")


def _inspect(file: Any) -> Inspection:
    dangers: list[Danger] = []
    if "PYTABLES_FORMAT_VERSION" in file.attrs:
        return not_scanned("HDF5 of PyTables", "PyTables may unpickle what its attributes hold")
    config = file.attrs.get("model_config")
    for name in ("model_config", "training_config"):
        value = file.attrs.get(name)
        if value is not None:
            dangers += keras_config.dangers(json.loads(value))
    count = 0
    for path, item in hdf5.items(file):
        if isinstance(item, hdf5.Elsewhere):
            what = "stands in another file," if item.whole else "has its values in"
            key = path.rpartition("/")[2]
            dangers.append(Danger("CHK406", "error", f"`{key}` {what} `{item.file}`"))
        count += not (isinstance(item, hdf5.Elsewhere) and item.whole)
    if config is None and not dangers:
        return data_only("HDF5", f"{count} groups and arrays, no Keras configuration")
    return Inspection(
        "Keras HDF5" if config is not None else "HDF5",
        "scanned",
        "the configuration of each layer was read",
        dangers=tuple(dangers),
    )
