"""Requests of the Open Inference Protocol: from JSON to the one picture that they carry."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .engines.interface import Array
from .errors import BadInputError, TooManyPixelsError, shorten


@dataclass(frozen=True, slots=True)
class InferRequest:
    """One checked request: either `encoded` (a picture file) or `pixels` (uint8 [H,W,3]) is given."""

    id: str | None
    encoded: bytes | None
    pixels: Array | None
    parameters: Mapping[str, Any]
    outputs: tuple[str, ...] | None


def parse(body: bytes, *, input_name: str, max_pixels: int) -> InferRequest:
    """Return the request in a JSON body; `BadInputError` says what is wrong and what is accepted."""
    try:
        # bytes that are no text, numbers of thousands of digits, and brackets without end all end here
        document = json.loads(body)
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
    encoded = pixels = None
    if datatype == "BYTES":
        encoded = _encoded(tensor.get("data"), shape, input_name)
    elif datatype == "UINT8":
        pixels = _pixels(tensor.get("data"), shape, input_name, max_pixels)
    else:
        raise BadInputError(
            f"input {input_name}: datatype must be BYTES (a picture file in base64) or UINT8 (its pixels), "
            f"not {shorten(datatype)}"
        )
    return InferRequest(request_id, encoded, pixels, parameters, _outputs(document.get("outputs")))


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


def _encoded(data: object, shape: tuple[int, ...], name: str) -> bytes:
    values = list(_flat(data))
    if math.prod(shape) != 1 or len(values) != 1:
        raise BadInputError(f"input {name}: BYTES must have shape [1] and one element: one picture a request")
    if not isinstance(values[0], str):
        raise BadInputError(f"input {name}: the element must be text in base64, not {shorten(values[0])}")
    try:
        return base64.b64decode(values[0], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInputError(f"input {name}: the element is not base64 ({error})") from None


def _pixels(data: object, shape: tuple[int, ...], name: str, max_pixels: int) -> Array:
    size = shape[1:] if len(shape) == 4 and shape[0] == 1 else shape
    if len(size) != 3 or size[2] != 3:
        raise BadInputError(
            f"input {name}: UINT8 must have shape [H,W,3] or [1,H,W,3], not {shorten(list(shape))}"
        )
    if size[0] * size[1] > max_pixels:
        raise TooManyPixelsError(
            f"input {name}: {size[1]} x {size[0]} pixels are more than the {max_pixels} allowed"
        )
    try:
        values = np.array(data)
    except (ValueError, OverflowError):  # rows of different lengths
        values = np.array([])
    # JSON has no bytes: true, 1.5 and 256 must not become pixels
    if (
        values.size != math.prod(size)
        or values.dtype.kind not in "iu"
        or np.any((values < 0) | (values > 255))
    ):
        raise BadInputError(f"input {name}: data must be {math.prod(size)} whole numbers from 0 to 255")
    return values.astype(np.uint8).reshape(size)


def _flat(data: object) -> Iterator[object]:
    """Yield the elements of nested lists; the protocol allows both forms."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        else:
            yield value


def _outputs(outputs: object) -> tuple[str, ...] | None:
    if outputs is None:
        return None
    if isinstance(outputs, list) and all(
        isinstance(output, dict) and isinstance(output.get("name"), str) for output in outputs
    ):
        # an empty list asks for none in particular, as a missing one does
        return tuple(output["name"] for output in outputs) or None
    raise BadInputError("outputs must be a list of objects with a name")
