"""Requests and answers of the Open Inference Protocol: JSON, and JSON followed by binary tensors."""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import BadInputError, TooLargeError, shorten
from .inputs.interface import NUMBERS, InputKind
from .tasks import OutputTensor

BINARY_HEADER = "inference-header-content-length"


@dataclass(frozen=True, slots=True)
class InferRequest:
    """One checked request: one tensor, whose `data` is an array of `shape`, or a list of bytes for BYTES."""

    id: str | None
    datatype: str
    shape: tuple[int, ...]
    data: Any
    parameters: Mapping[str, Any]
    outputs: tuple[str, ...] | None
    binary: frozenset[str] | bool
    """The outputs that are wanted in binary; True for all."""


def parse(
    body: bytes, *, input_name: str, kind: InputKind, max_elements: int, header: str | None = None
) -> InferRequest:
    """Return the request in a body; `BadInputError` says what is wrong and what is accepted.

    `header` is the value of `Inference-Header-Content-Length`: how many bytes of the body are JSON.
    """
    text, rest = _split(body, header)
    try:
        # bytes that are no text, numbers of thousands of digits, and brackets without end all end here
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"The body must be JSON ({type(error).__name__})") from None
    if not isinstance(document, dict):
        raise BadInputError("The body must be a JSON object with inputs")
    request_id = document.get("id")
    if request_id is not None and not isinstance(request_id, str):
        raise BadInputError("id must be text")
    parameters = document.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise BadInputError("parameters must be an object")
    tensor = _only_input(document.get("inputs"), input_name)
    datatype, shape = tensor.get("datatype"), _shape(tensor.get("shape"))
    if datatype not in kind.datatypes:
        raise BadInputError(
            f"input {input_name}: datatype must be {' or '.join(kind.datatypes)}, not {shorten(datatype)}"
        )
    if math.prod(shape) > max_elements:
        raise TooLargeError(f"input {input_name}: more than {max_elements} elements")
    raw = _raw(tensor, rest, input_name)
    if raw is None and not isinstance(tensor.get("data"), list | None):
        raise BadInputError(f"input {input_name}: data must be a list, not {shorten(tensor.get('data'))}")
    if datatype == "BYTES":
        data: Any = _elements(raw, tensor.get("data"), kind, input_name)
        if len(data) != math.prod(shape):
            raise BadInputError(
                f"input {input_name}: {len(data)} elements do not fill the shape {list(shape)}"
                + ("; one picture or sound a request, with shape [1]" if kind.carried == "file" else "")
            )
    else:
        data = _numbers(raw, tensor.get("data"), str(datatype), shape, input_name)
    outputs, binary = _outputs(document.get("outputs"))
    every = parameters.get("binary_data_output") is True and not binary
    return InferRequest(
        request_id, str(datatype), shape, data, parameters, outputs, True if every else binary
    )


def _split(body: bytes, header: str | None) -> tuple[bytes, bytes | None]:
    if header is None:
        return body, None
    if not (header.isascii() and header.isdecimal() and len(header) < 12 and int(header) <= len(body)):
        raise BadInputError("Inference-Header-Content-Length must be the length of the JSON part of the body")
    return body[: int(header)], body[int(header) :]


def _only_input(inputs: object, name: str) -> dict[str, Any]:
    if not isinstance(inputs, list) or not all(isinstance(tensor, dict) for tensor in inputs):
        raise BadInputError(f"inputs must be a list with one tensor called {name}")
    names = [tensor.get("name") for tensor in inputs]
    if names != [name]:
        raise BadInputError(f"inputs must be one tensor called {name}, not {shorten(names)}")
    tensor: dict[str, Any] = inputs[0]
    return tensor


def _shape(shape: object) -> tuple[int, ...]:
    if isinstance(shape, list) and all(type(size) is int and size > 0 for size in shape):
        return tuple(shape)
    raise BadInputError(f"shape must be a list of whole numbers above 0, not {shorten(shape)}")


def _raw(tensor: Mapping[str, Any], rest: bytes | None, name: str) -> bytes | None:
    """Return the tensor's binary data, or None where its data stand in the JSON."""
    parameters = tensor.get("parameters")
    size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
    if size is None:
        if rest:
            raise BadInputError(f"input {name}: {len(rest)} bytes follow the JSON that no tensor claims")
        return None
    if "data" in tensor:
        raise BadInputError(f"input {name}: has both data and binary_data_size")
    if rest is None:
        raise BadInputError(f"input {name}: binary data need the header Inference-Header-Content-Length")
    if type(size) is not int or size != len(rest):
        raise BadInputError(f"input {name}: binary_data_size {shorten(size)}, but {len(rest)} bytes follow")
    return rest


def _elements(raw: bytes | None, data: object, kind: InputKind, name: str) -> list[bytes]:
    if raw is not None:
        return list(_prefixed(raw, name))
    values = list(_flat(data))
    if not all(isinstance(value, str) for value in values):
        what = "text in base64" if kind.carried == "file" else "text"
        wrong = next(value for value in values if not isinstance(value, str))
        raise BadInputError(f"input {name}: the element must be {what}, not {shorten(wrong)}")
    if kind.carried == "json":
        try:
            return [str(value).encode() for value in values]
        except UnicodeEncodeError:  # half of a surrogate pair
            raise BadInputError(f"input {name}: the elements must be text") from None
    try:
        return [base64.b64decode(str(value), validate=True) for value in values]
    except (binascii.Error, ValueError) as error:
        raise BadInputError(f"input {name}: the element is not base64 ({error})") from None


def _prefixed(raw: bytes, name: str) -> Iterator[bytes]:
    """Yield the elements of binary BYTES: each after its length in four bytes, the lowest first."""
    offset = 0
    while offset < len(raw):
        if offset + 4 > len(raw):
            raise BadInputError(f"input {name}: the binary elements are cut short")
        (length,) = struct.unpack_from("<I", raw, offset)
        offset += 4
        if offset + length > len(raw):
            raise BadInputError(f"input {name}: an element of {length} bytes is cut short")
        yield raw[offset : offset + length]
        offset += length


def _numbers(raw: bytes | None, data: object, datatype: str, shape: tuple[int, ...], name: str) -> Any:
    dtype = np.dtype(NUMBERS[datatype])
    count = math.prod(shape)
    if raw is not None:
        if len(raw) != count * dtype.itemsize:
            raise BadInputError(
                f"input {name}: {datatype} {list(shape)} takes {count * dtype.itemsize} bytes, not {len(raw)}"
            )
        return np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype).reshape(shape)
    try:
        values = np.array(data)
    except (ValueError, OverflowError):  # rows of different lengths
        values = np.array([])
    # JSON has no types: true, 1.5 and 256 must not become whole numbers of 8 bits
    whole = dtype.kind in "iu"
    fits = values.size == count and values.dtype.kind in ("iu" if whole else "iuf")
    if fits and whole:
        limits = np.iinfo(dtype)
        fits = not np.any((values < limits.min) | (values > limits.max))
    if not fits:
        range_ = f"whole numbers from {np.iinfo(dtype).min} to {np.iinfo(dtype).max}" if whole else "numbers"
        raise BadInputError(f"input {name}: data must be {count} {range_}")
    return values.astype(dtype).reshape(shape)


def _flat(data: object) -> Iterator[object]:
    """Yield the elements of nested lists; the protocol allows both forms."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        else:
            yield value


def _outputs(outputs: object) -> tuple[tuple[str, ...] | None, frozenset[str]]:
    if outputs is None:
        return None, frozenset()
    if isinstance(outputs, list) and all(
        isinstance(output, dict) and isinstance(output.get("name"), str) for output in outputs
    ):
        binary = frozenset(
            output["name"]
            for output in outputs
            if isinstance(output.get("parameters"), dict) and output["parameters"].get("binary_data") is True
        )
        # an empty list asks for none in particular, as a missing one does
        return tuple(output["name"] for output in outputs) or None, binary
    raise BadInputError("outputs must be a list of objects with a name")


def write(
    head: Mapping[str, Any], outputs: Sequence[OutputTensor], binary: frozenset[str] | bool
) -> tuple[dict[str, Any], bytes | None]:
    """Return the answer's JSON, and the binary data that follow it; None where no output is binary."""
    described: list[dict[str, Any]] = []
    blobs: list[bytes] = []
    for output in outputs:
        entry: dict[str, Any] = {
            "name": output.name,
            "datatype": output.datatype,
            "shape": list(output.shape),
        }
        if binary is True or (binary and output.name in binary):
            blob = _binary(output)
            entry["parameters"] = {"binary_data_size": len(blob)}
            blobs.append(blob)
        else:
            entry["data"] = output.data
        described.append(entry)
    return {**head, "outputs": described}, b"".join(blobs) if blobs else None


def _binary(output: OutputTensor) -> bytes:
    if output.datatype == "BYTES":
        texts = [str(value).encode() for value in output.data]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    if output.datatype == "BOOL":
        return np.array(output.data, np.bool_).tobytes()
    return np.array(output.data, np.dtype(NUMBERS[output.datatype]).newbyteorder("<")).tobytes()
