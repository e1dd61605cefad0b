"""Whole Keras models: `.keras` archives of Keras 3, and HDF5 files of Keras 2 and 3.

`inspect` reads the configuration as JSON and the shapes of the weights; Keras itself is imported by `convert` alone,
in safe mode, and only for models whose layers are all its own.
"""

from __future__ import annotations

import importlib
import math
import os
import tempfile
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from maxctl.runtimes import hdf5, keras_config, keras_graph, saved_model, zip_archive
from maxctl.runtimes.framework import one_line, tensorflow, tensorflow_module
from maxctl.runtimes.interface import (
    ConversionError,
    CorruptModelError,
    DeclaredTensor,
    ModelDescription,
    ModelFormatError,
    Signature,
    UnknownTensorError,
    UnsafeModelError,
    UnsupportedOperatorError,
    license_strings,
)
from maxctl.runtimes.wiring import Wiring

NAME = "keras"
MAGIC_HDF5, MAGIC_ZIP = b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"
_SUFFIXES = (".keras", ".h5", ".hdf5")
CONFIG, METADATA = "config.json", "metadata.json"

_AS_SAVED_MODEL = (
    "save it as a SavedModel where its code is, `model.export(FOLDER)`, and take `format: saved-model`"
)
_SHAPES = "check the declared shapes of the inputs; `maxctl inspect` tells what the file holds"


@dataclass(frozen=True, slots=True)
class _File:
    """What a file holds beside the values of its weights."""

    config: Mapping[str, Any]
    metadata: Mapping[str, str]
    parameters: int | None
    texts: tuple[str, ...]


def recognise(path: Path) -> bool:
    """Return whether this is a Keras archive, or an HDF5 file that is called like a Keras model."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(8)
    if head == MAGIC_HDF5:
        return path.suffix.lower() in _SUFFIXES
    if not head.startswith(MAGIC_ZIP):
        return False
    return {CONFIG, METADATA} <= set(zip_archive.names(path)) or path.suffix.lower() == ".keras"


def inspect(path: Path) -> ModelDescription:
    """Return what configuration and weights say. Keras is not imported, nothing of the model is built."""
    file = _read(path)
    layers = _layers(file.config)
    dangers = keras_config.dangers(dict(file.config))
    foreign = _foreign(layers)
    ends = keras_graph.ends_of(file.config)
    told = {"dangers": [danger.message for danger in dangers], "custom_layers": foreign}
    metadata = {
        **file.metadata,
        "class_name": str(file.config["class_name"]),
        **{key: "; ".join(texts) for key, texts in told.items() if texts},
    }
    return ModelDescription(
        format=NAME,
        inputs=ends.inputs,
        outputs=ends.outputs,
        operators=dict(sorted(Counter(map(keras_config.plain_name, layers)).items())),
        parameters=file.parameters,
        size_bytes=path.stat().st_size,
        metadata=metadata,
        licenses=license_strings(file.texts),
        unsafe_operators=tuple(sorted({*(danger.operator for danger in dangers), *foreign})),
    )


def wiring(path: Path) -> Wiring:
    """Return which layers take and give which tensors; raises `ModelFormatError`."""
    return keras_graph.wiring(_read(path).config)


def _layers(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    try:
        return list(keras_config.layers(config))
    except keras_config.NestedError as error:
        raise UnsafeModelError(str(error)) from error


def _foreign(layers: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the classes of layers that are not Keras's own, apart from those that are dangers by themselves."""
    told = {"Lambda", *keras_config.CARRIERS, *keras_config.OPERATIONS}
    named = ((keras_config.plain_name(layer), layer) for layer in layers if not keras_config.is_known(layer))
    return sorted({name for name, _ in named if name not in told})


def _read(path: Path) -> _File:
    """Return the checked content of a file; raises `ModelFormatError`."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
        return _read_hdf5(path) if head == MAGIC_HDF5 else _read_archive(path)
    except FileNotFoundError as error:
        raise ModelFormatError(f"{path} is not there", hint="name the .keras or .h5 file") from error
    except RecursionError as error:
        raise UnsafeModelError(f"the configuration in {path.name} is nested too deeply") from error
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        if isinstance(error, ModelFormatError):
            raise
        raise CorruptModelError(
            f"{path.name} cannot be read: {str(error).splitlines()[0]}", hint="fetch it again"
        ) from error


def _read_archive(path: Path) -> _File:
    with zip_archive.opened(path, "the .keras file") as archive:
        members = zip_archive.members(archive, path.name)
        if CONFIG not in members:
            raise CorruptModelError(f"{path.name} has no {CONFIG}", hint="a .keras file holds one")
        config = zip_archive.json_member(archive, members[CONFIG])
        told = zip_archive.json_member(archive, members[METADATA]) if METADATA in members else {}
        metadata = {key: value for key, value in told.items() if isinstance(value, str)}
        texts = [f"{key}: {value}" for key, value in metadata.items()]
        texts += [
            zip_archive.text(archive, member)
            for name, member in sorted(members.items())
            if PurePosixPath(name).suffix in ("", ".txt", ".md")
            and member.file_size <= zip_archive.MAX_TEXT_BYTES
        ]
        counts = [
            _archived(archive, member)
            for name, member in sorted(members.items())
            if name.endswith(".weights.h5")
        ]
    return _File(_model(config, path.name), metadata, sum(counts) if counts else None, tuple(texts))


def _archived(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """Return the parameters in a file of weights inside an archive."""
    with archive.open(member) as stream:
        if member.compress_type == zipfile.ZIP_STORED:
            return _count(stream, member.filename)
        with tempfile.TemporaryFile() as unpacked:  # h5py seeks, which is slow in compressed files
            left = member.file_size
            while data := stream.read(min(left, 1024**2)):
                left -= len(data)
                unpacked.write(data)
            return _count(unpacked, member.filename)


def _count(stream: Any, name: str) -> int:
    with hdf5.h5py().File(stream, "r") as file:
        return _parameters(file, name)


def _read_hdf5(path: Path) -> _File:
    with hdf5.h5py().File(path, "r") as file:
        config = file.attrs.get("model_config")
        if config is None:
            raise ModelFormatError(
                f"{path.name} holds weights without a model",
                hint="build the model with its code, load these weights, and save it whole: model.save('model.keras')",
            )
        metadata = {
            key: _text(file.attrs[key])
            for key in sorted(file.attrs)
            if key not in ("model_config", "training_config") and isinstance(file.attrs[key], str | bytes)
        }
        told = zip_archive.json_object(config, "model_config")
        texts = tuple(f"{key}: {value}" for key, value in metadata.items())
        return _File(_model(told, path.name), metadata, _parameters(file, path.name), texts)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _parameters(file: Any, name: str) -> int:
    """Return the elements of floating-point weights, those of an optimiser left out. Checks what they claim to be."""
    elements = total = 0
    for path, item in hdf5.items(file):
        if isinstance(item, hdf5.Elsewhere):
            raise UnsafeModelError(
                f"`{path}` in {name} stands in another file, `{item.file}`", hint="do not load this file"
            )
        if not hasattr(item, "shape"):
            continue
        if item.is_virtual:
            raise UnsafeModelError(
                f"`{path}` in {name} is made of other arrays", hint="do not load this file"
            )
        size = math.prod(item.shape or ())
        total += size * item.dtype.itemsize
        zip_archive.check_size(size * item.dtype.itemsize, item.id.get_storage_size(), f"`{path}` in {name}")
        if item.dtype.kind == "f" and not path.startswith("optimizer"):
            elements += size
    zip_archive.check_size(total, zip_archive.MAX_BYTES, name)
    return elements


def _model(config: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(config.get("class_name"), str) or not isinstance(config.get("config"), dict | list):
        raise CorruptModelError(f"{name} holds no configuration of a Keras model")
    if isinstance(config["config"], list):  # a Sequential of the first Keras versions
        config = {**config, "config": {"layers": config["config"]}}
    return config


def convert(path: Path, declared: Mapping[str, Any], out: Path) -> ModelDescription:
    """Write the model as a SavedModel with the signature `serving_default`, and return what that holds.

    `declared` has lists `inputs` and `outputs` as `Signature.of` reads them, each of which may be empty or missing;
    `tensor` is the name in Keras. The weights become constants, so that equal models give equal bytes; a model with
    tables of words keeps them beside its graph. Raises `ModelFormatError`.
    """
    file = _read(path)
    _check(file.config, path.name)
    ends = keras_graph.ends_of(file.config)
    model = _loaded(path)
    wanted = _wanted(declared, ends, model)
    tf = tensorflow()
    with one_line("Keras", path.name, _SHAPES):
        function = _function(model, ends, wanted.inputs).get_concrete_function()
    variables = {id(variable.handle) for variable in function.variables}
    tables = [
        tensor
        for tensor in function.captured_inputs
        if tensor.dtype == tf.resource and id(tensor) not in variables
    ]
    if tables:
        _write_with_tables(model, ends, wanted, out)
        return saved_model.inspect(out)
    with one_line("Keras", path.name, _AS_SAVED_MODEL):
        freeze = tensorflow_module("python.framework.convert_to_constants").convert_variables_to_constants_v2
        frozen = freeze(function, lower_control_flow=False)
    taken = {spec.name: tensor.name for spec, tensor in zip(wanted.inputs, frozen.inputs, strict=True)}
    given = dict(zip((one.name for one in ends.outputs), _in_order(frozen, ends), strict=True))
    # with fewer open sizes than Keras knows, where the declared inputs have fewer
    shapes = (
        {} if declared.get("outputs") else {tensor.name: tuple(tensor.shape) for tensor in frozen.outputs}
    )
    signature = Signature(
        tuple(DeclaredTensor(t.name, taken[t.name], t.dtype, t.shape) for t in wanted.inputs),
        tuple(
            DeclaredTensor(t.name, given[t.tensor], t.dtype, shapes.get(given[t.tensor], t.shape))
            for t in wanted.outputs
        ),
    )
    saved_model.write(frozen.graph.as_graph_def(), signature, out)
    return saved_model.inspect(out)


def _check(config: Mapping[str, Any], name: str) -> None:
    """Refuse what Keras would have to run anybody's code for."""
    layers = _layers(config)
    for danger in keras_config.dangers(dict(config)):
        raise UnsafeModelError(
            f"{name}: {danger.message}",
            hint="replace it by a layer of Keras and save the model anew; such a file is not loaded",
        )
    if foreign := _foreign(layers):
        raise UnsupportedOperatorError(
            f"{name} has layers that are not Keras's own: {', '.join(foreign)}",
            hint=f"nobody's code is run to load a model: {_AS_SAVED_MODEL}",
        )
    if old := sorted({keras_config.plain_name(layer) for layer in layers} & keras_config.OPERATIONS):
        raise UnsupportedOperatorError(
            f"{name} has operations of TensorFlow as layers, which only Keras 2 loads: {', '.join(old)}",
            hint=f"with TensorFlow 2.15 or older, {_AS_SAVED_MODEL.replace('where its code is, ', '')}",
        )


def _loaded(path: Path) -> Any:
    """Return the Keras model. A folder of its own keeps Keras from the settings of whoever runs this."""
    with tempfile.TemporaryDirectory(prefix="maxctl-keras-") as scratch:
        os.environ["KERAS_BACKEND"] = "tensorflow"
        os.environ["KERAS_HOME"] = scratch
        tensorflow()
        keras = cast(Any, importlib.import_module("keras"))
        with path.open("rb") as file:
            suffix = ".h5" if file.read(8) == MAGIC_HDF5 else ".keras"
        link = Path(scratch) / f"model{suffix}"  # Keras goes by the name
        link.symlink_to(path.absolute())
        with one_line("Keras", path.name, _AS_SAVED_MODEL):
            model = keras.saving.load_model(link, compile=False, safe_mode=True)
    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise ConversionError(f"{path.name} has no inputs of known shape", hint=_AS_SAVED_MODEL)
    return model


def _wanted(declared: Mapping[str, Any], ends: keras_graph.Ends, model: Any) -> Signature:
    """Return the inputs and outputs to write: the declared ones, or else all that the model has."""
    sides = {"inputs": (ends.inputs, model.inputs), "outputs": (ends.outputs, model.outputs)}
    complete: dict[str, list[Any]] = {}
    for side, (described, tensors) in sides.items():
        if len(described) != len(tensors):
            raise ConversionError(
                f"the configuration has {len(described)} {side}, the model {len(tensors)}",
                hint=_AS_SAVED_MODEL,
            )
        own: list[dict[str, Any]] = [
            {"name": one.name, "tensor": one.name, "dtype": str(tensor.dtype), "shape": list(tensor.shape)}
            for one, tensor in zip(described, tensors, strict=True)
        ]
        complete[side] = list(declared.get(side) or own)
        there = {one["tensor"]: one for one in own}
        for one in complete[side]:
            actual = there.get(one["tensor"])
            if actual is None:
                raise UnknownTensorError(
                    f"`{one['name']}`: the model has no {side[:-1]} `{one['tensor']}`",
                    hint=f"it has {', '.join(there)}",
                )
            if one["dtype"] != actual["dtype"]:
                raise UnknownTensorError(
                    f"`{one['name']}` is {actual['dtype']}, not {one['dtype']}",
                    hint=f"declare dtype {actual['dtype']}",
                )
    signature = Signature.of(complete)
    named = {tensor.tensor: tensor for tensor in signature.inputs}
    missing = [one.name for one in ends.inputs if one.name not in named]
    if missing:
        raise UnknownTensorError(
            f"the model also takes {', '.join(missing)}", hint="declare every input, or none"
        )
    return Signature(tuple(named[one.name] for one in ends.inputs), signature.outputs)


def _function(model: Any, ends: keras_graph.Ends, inputs: Sequence[DeclaredTensor]) -> Any:
    """Return a function of the flat inputs that gives the flat outputs by number."""
    tf = tensorflow()
    keras = cast(Any, importlib.import_module("keras"))
    specs = [tf.TensorSpec(one.shape, one.dtype, one.name) for one in inputs]

    def serve(*flat: Any) -> dict[str, Any]:
        outputs = keras.tree.flatten(model(_filled(ends.takes, flat), training=False))
        return {f"{index:04d}": output for index, output in enumerate(outputs)}

    return tf.function(serve, input_signature=specs, autograph=False)


def _filled(takes: Any, flat: Sequence[Any]) -> Any:
    if isinstance(takes, int):
        return flat[takes]
    if isinstance(takes, dict):
        return {key: _filled(value, flat) for key, value in takes.items()}
    return [_filled(value, flat) for value in takes]


def _in_order(frozen: Any, ends: keras_graph.Ends) -> list[str]:
    """Return the names of the output tensors, in Keras's order."""
    if len(frozen.outputs) != len(ends.outputs):
        raise ConversionError(f"the model gives {len(frozen.outputs)} outputs, not {len(ends.outputs)}")
    return [tensor.name for tensor in frozen.outputs]  # by the sorted keys of what the function returns


def _write_with_tables(model: Any, ends: keras_graph.Ends, wanted: Signature, out: Path) -> None:
    """Let TensorFlow save the model: tables of words are no constants."""
    tf = tensorflow()
    numbers = {one.name: index for index, one in enumerate(ends.outputs)}
    inner = _function(model, ends, wanted.inputs)
    specs = [tf.TensorSpec(one.shape, one.dtype, one.name) for one in wanted.inputs]

    def serve(*flat: Any) -> dict[str, Any]:
        outputs = inner(*flat)
        return {one.name: outputs[f"{numbers[one.tensor]:04d}"] for one in wanted.outputs}

    held = tf.Module()
    held.model = model
    held.serve = tf.function(serve, input_signature=specs, autograph=False)
    with one_line("Keras", "the model", _AS_SAVED_MODEL):
        tf.saved_model.save(
            held, str(out), signatures={saved_model.SIGNATURE: held.serve.get_concrete_function()}
        )
    (out / "fingerprint.pb").unlink(missing_ok=True)  # a random id
