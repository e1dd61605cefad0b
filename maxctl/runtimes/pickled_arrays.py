"""NumPy's arrays in a pickle, rebuilt from checked bytes: NumPy's own code crashes on states that were made up."""

from __future__ import annotations

import math
import re
from typing import Any

from maxctl.runtimes.interface import CorruptModelError

MAX_BYTES = 4 * 1024**3
_SIMPLE = re.compile(r"[bBiufcOSUV?]\d{0,6}|M8|m8")


class DType:
    """A type that a pickle makes in two steps: `numpy.dtype(text, align, copy)`, and then its state."""

    def __init__(self, text: Any, align: Any = False, copy: Any = True) -> None:
        if not isinstance(text, str) or not _SIMPLE.fullmatch(text) or not isinstance(align, bool | int):
            raise CorruptModelError(f"{str(text)[:40]!r} is no type of numbers")
        self._text = text
        self._state: tuple[Any, ...] | None = None

    def __setstate__(self, state: Any) -> None:
        """Keep the state; it is compared with that of the type that it describes."""
        if not isinstance(state, tuple) or not 8 <= len(state) <= 9:
            raise CorruptModelError("a type of numbers has no proper state")
        self._state = state
        self.real()

    def real(self) -> Any:
        """Return NumPy's type; raises `CorruptModelError` where its state is not what NumPy writes."""
        import numpy as np

        if self._state is None:
            return np.dtype(self._text)
        _, order, subarray, names, fields, size, *_ = self._state
        if subarray is not None or order not in ("<", ">", "|", "="):
            raise CorruptModelError("a type of numbers is one of arrays, or of an unknown order")
        if names is None:
            made = np.dtype(f"{order}{self._text}" if order in "<>" else self._text)
            expected = made.__reduce__()[2]
            given = self._state
        else:
            made = np.dtype(
                {
                    "names": list(names),
                    "formats": [fields[name][0].real() for name in names],
                    "offsets": [int(fields[name][1]) for name in names],
                    "itemsize": int(size),
                }
            )
            expected = made.__reduce__()[2]
            plain = {name: (fields[name][0].real(), fields[name][1]) for name in fields}
            given = (*self._state[:4], plain, *self._state[5:])
            # whether fields are laid out as C does is no matter of the numbers
            expected, given = (*expected[:6], *expected[7:8]), (*given[:6], *given[7:8])
            given = (*given[:-1], given[-1] & ~_ALIGNED)
            expected = (*expected[:-1], expected[-1] & ~_ALIGNED)
        if tuple(given[1:]) != tuple(expected[1:]):
            raise CorruptModelError(f"the type {self._text!r} has a state that NumPy does not write")
        return made


_ALIGNED = 0x80


class Array:
    """An array that a pickle makes in two steps: `_reconstruct(type, shape, dtype)`, and then its state."""

    value: Any = None

    def __setstate__(self, state: Any) -> None:
        """Take shape, type and bytes, or the list of objects."""
        import numpy as np

        if not isinstance(state, tuple) or len(state) != 5 or not isinstance(state[2], DType):
            raise CorruptModelError("an array has no proper state")
        _, shape, dtype, fortran, data = state
        made = dtype.real()
        if not made.hasobject:
            self.value = from_bytes(data, made, shape, "F" if fortran else "C")
            return
        if (
            made != np.dtype(object)
            or not isinstance(data, list)
            or math.prod(checked(shape, 8)) != len(data)
        ):
            raise CorruptModelError("an array of objects has no proper state")
        held = np.empty(len(data), dtype=object)
        for index, one in enumerate(data):
            held[index] = one
        self.value = held.reshape(shape, order="F" if fortran else "C")


def checked(shape: Any, width: int) -> tuple[int, ...]:
    """Return a shape of which the elements, each of `width` bytes, fit; raises `CorruptModelError`."""
    plain = (
        isinstance(shape, tuple)
        and len(shape) <= 32
        and all(type(size) is int and size >= 0 for size in shape)
    )
    if not plain or math.prod(shape) * max(width, 1) > MAX_BYTES:
        raise CorruptModelError(f"{str(shape)[:80]} is no shape")
    return tuple(shape)


def from_bytes(data: Any, dtype: Any, shape: Any, order: Any = "C") -> Any:
    """Return an array of its own memory; raises `CorruptModelError` where the bytes do not fill it."""
    import numpy as np

    real = dtype.real() if isinstance(dtype, DType) else dtype
    size = math.prod(checked(shape, real.itemsize)) * real.itemsize
    if isinstance(data, str):  # bytes of a pickle that Python 2 wrote
        data = data.encode("latin1")
    if real.hasobject or not isinstance(data, bytes | bytearray | memoryview) or len(data) != size:
        raise CorruptModelError("the bytes of an array do not fill it")
    if order not in ("C", "F"):
        raise CorruptModelError("an array has an unknown order")
    return np.ndarray(shape, real, bytes(data), order=order).copy(order="K")


def reconstruct(_kind: Any, _shape: Any, _dtype: Any) -> Array:
    """Return an array whose state follows."""
    return Array()


def scalar(dtype: Any, data: Any = None) -> Any:
    """Return one number."""
    if not isinstance(dtype, DType):
        raise CorruptModelError("a number has no type")
    if dtype.real().hasobject:
        return data
    return from_bytes(data, dtype, (1,))[0]


def settled(value: Any, known: dict[int, Any] | None = None) -> Any:
    """Return the same structure with arrays in the places of what made them; containers are changed in place."""
    import numpy as np

    from maxctl.runtimes.inert_pickle import Inert

    known = {} if known is None else known
    if isinstance(value, str | bytes | int | float | None):
        return value
    if id(value) in known:
        return known[id(value)]
    known[id(value)] = value
    if isinstance(value, Array):
        known[id(value)] = value.value
        return settled(value.value, known)
    if isinstance(value, DType):
        known[id(value)] = value.real()
    elif isinstance(value, tuple):
        known[id(value)] = tuple(settled(one, known) for one in value)
    elif isinstance(value, list):
        value[:] = [settled(one, known) for one in value]
    elif isinstance(value, dict):
        for key in value:
            value[key] = settled(value[key], known)
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        flat = value.reshape(-1)
        for index in range(flat.size):
            flat[index] = settled(flat[index], known)
    elif isinstance(value, Inert):
        value.state = settled(value.state, known)
        value.items = settled(value.items, known)
        value.arguments = settled(value.arguments, known)
    return known[id(value)]
