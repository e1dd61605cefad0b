"""HDF5, of Keras and others: the texts among the attributes of the root group; of a Keras model also its name.

Keys: the attribute's name, such as `keras_version`; `config.class_name`, `config.name`.
"""

from __future__ import annotations

from maxctl.runtimes.metadata import keras_config
from maxctl.runtimes.metadata.hdf5_attributes import attributes
from maxctl.runtimes.metadata.source import PIECE_BYTES, DamagedError, Found, Source

_OF_TENSORS = frozenset({b"layer_names", b"weight_names", b"training_config"})


def read(source: Source, found: Found) -> None:
    """Find what the file says; raises `DamagedError`."""
    named = False
    for attribute in attributes(source, PIECE_BYTES):
        if attribute.name == b"model_config":
            if named:
                raise DamagedError("it has two model_config")
            named = True
            keras_config.name(b"".join(attribute.values), found)
        elif attribute.name not in _OF_TENSORS:
            found.add(attribute.name, b"\n".join(attribute.values))
