"""Read a pickle without running any of it, or with nothing but what a check of each name lets through.

A pickle names classes and functions that its loader imports and calls. Here each name is first asked of `resolve`;
by default it becomes an `Inert`, which keeps what it is given and does nothing. Arrays that joblib wrote between the
opcodes are read, too, so that nothing is needed but NumPy.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import math
import pickle
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from maxctl.runtimes import pickled_arrays
from maxctl.runtimes.interface import CorruptModelError, ModelFormatError, UnsafeModelError

MAX_BYTES = pickled_arrays.MAX_BYTES
_CHUNK = 1024 * 1024
_BOMB_RATIO = 1000
_LZ4 = b"\x04\x22\x4d\x18"


class Inert:
    """What stands for an object of a class that is not imported: its name, what it was made with, its state."""

    called: ClassVar[str] = ""
    arguments: tuple[Any, ...]
    state: dict[str, Any]
    items: list[Any]

    def __new__(cls, *arguments: Any, **_: Any) -> Inert:
        """Keep the arguments."""
        made = super().__new__(cls)
        made.arguments, made.state, made.items = arguments, {}, []
        return made

    def __init__(self, *_: Any, **__: Any) -> None:
        """Do nothing: whatever was given is kept already."""

    def __setstate__(self, state: Any) -> None:
        """Keep the state."""
        parts = (
            state if isinstance(state, tuple) and len(state) == 2 else (state,)
        )  # of __dict__, of __slots__
        if all(isinstance(part, dict | None) for part in parts):
            self.state = {key: value for part in parts for key, value in (part or {}).items()}
        else:
            self.state = {"": state}

    def append(self, item: Any) -> None:
        """Keep an item of a list."""
        self.items.append(item)

    def extend(self, items: Any) -> None:
        """Keep items of a list."""
        self.items.extend(items)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep an item of a mapping."""
        self.items.append((key, value))

    def __call__(self, *arguments: Any) -> Inert:
        """Stand for what a stand-in would give."""
        return Inert(*arguments)


Resolve = Callable[[str, str], Any]
"""From module and name to what a pickle gets for it; raises `ModelFormatError` for what must not be."""


def inert(module: str, name: str) -> type[Inert]:
    """Return a class that stands for another."""
    return type(name, (Inert,), {"called": f"{module}.{name}"})


def _latin(text: str, encoding: str) -> bytes:
    """Return bytes that pickles before protocol 3 write as text."""
    if encoding != "latin1":
        raise UnsafeModelError(f"it asks for the codec {encoding!r}")
    return text.encode("latin1")


def _made_again(kind: Any, *_: Any) -> Any:
    """Return an object as pickles before protocol 2 make it."""
    return kind() if isinstance(kind, type) and issubclass(kind, Inert) else Inert(kind)


_MAKERS: dict[tuple[str, str], Any] = {
    ("_codecs", "encode"): _latin,
    ("collections", "OrderedDict"): OrderedDict,
    ("copy_reg", "_reconstructor"): _made_again,
    ("copyreg", "_reconstructor"): _made_again,
    ("numpy", "dtype"): pickled_arrays.DType,
    ("numpy.multiarray", "_reconstruct"): pickled_arrays.reconstruct,
    ("numpy.multiarray", "scalar"): pickled_arrays.scalar,
    ("numpy.numeric", "_frombuffer"): pickled_arrays.from_bytes,
}


def stand_in(module: str, name: str) -> Any:
    """Return what makes dictionaries, and arrays of checked bytes, and a stand-in for everything else."""
    plain = module.replace("numpy._core.", "numpy.").replace("numpy.core.", "numpy.")
    return _MAKERS.get((plain, name)) or inert(module, name)


def opened(path: Path) -> io.BufferedIOBase | Any:
    """Return a stream of the pickle in a file, unpacked where it is compressed as joblib does."""
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(_LZ4):
        raise UnsafeModelError(
            f"{path.name} is compressed with lz4, which is not read", hint="save it without"
        )
    if head[:2] == b"\x1f\x8b":
        return _Limited(gzip.open(path, "rb"), path)
    if head[:3] == b"BZh":
        return _Limited(bz2.open(path, "rb"), path)
    if head[:6] == b"\xfd7zXZ\x00" or head[:3] == b"\x5d\x00\x00":
        return _Limited(lzma.open(path, "rb"), path)
    if head[:1] == b"x" and len(head) > 1 and (head[0] << 8 | head[1]) % 31 == 0:
        return _Limited(_Zlib(path), path)
    return path.open("rb")


class _Zlib(io.RawIOBase):
    """A zlib stream, read."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._unpacker = zlib.decompressobj()
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._left and not self._unpacker.eof:
            data = self._unpacker.unconsumed_tail or self._file.read(_CHUNK)
            if not data:
                raise EOFError("the file ends early")
            self._left = self._unpacker.decompress(data, _CHUNK)
        part, self._left = self._left[:size], self._left[size:]
        return part

    def close(self) -> None:
        self._file.close()
        super().close()


class _Limited:
    """A stream that unpacks no more than a model has."""

    def __init__(self, stream: Any, path: Path) -> None:
        self._stream, self._name = stream, path.name
        self._left = min(MAX_BYTES, max(path.stat().st_size * _BOMB_RATIO, _CHUNK))

    def __enter__(self) -> _Limited:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > self._left:
            size = self._left + 1
        parts: list[bytes] = []
        wanted = size
        try:
            while wanted and (part := self._stream.read(wanted)):
                parts.append(part)
                wanted -= len(part)
        except (zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            raise CorruptModelError(
                f"{self._name} cannot be unpacked: {error}", hint="fetch it again"
            ) from error
        data = b"".join(parts)
        self._left -= len(data)
        if self._left < 0:
            raise UnsafeModelError(f"{self._name} unpacks to too many bytes", hint="do not load this file")
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readline(self) -> bytes:
        line = bytearray()
        while not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return bytes(line)


def load(path: Path, resolve: Resolve = stand_in) -> Any:
    """Return what is pickled in a file; raises `ModelFormatError` for what is damaged or not allowed."""
    with _told(path.name), opened(path) as stream:
        return pickled_arrays.settled(_Unpickler(stream, resolve, path.name).load())


def parts(data: bytes, name: str) -> list[bytes]:
    """Return the pickles in a file that joblib wrote, without the arrays between their opcodes.

    Scanners of pickles read these. Raises `ModelFormatError` for what cannot be read to its end.
    """
    found: list[bytes] = []
    stream = io.BytesIO(data)
    with _told(name):
        _Unpickler(stream, stand_in, name, found).load()
    if stream.read(1):
        raise CorruptModelError(f"{name} goes on behind its end")
    return found


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Raise whatever reading a pickle raises as an error of this family."""
    try:
        yield
    except RecursionError as error:
        raise UnsafeModelError(f"{name} is nested too deeply") from error
    except MemoryError as error:
        raise UnsafeModelError(f"{name} asks for more memory than there is") from error
    except ModelFormatError:
        raise
    except Exception as error:  # whatever a damaged pickle leads Python's reader to
        raise CorruptModelError(
            f"{name} cannot be read: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}",
            hint="fetch it again, or save it with a current scikit-learn",
        ) from error


class _Unpickler(pickle._Unpickler):
    """Python's own unpickler, which asks for every name, and reads the arrays that joblib put between."""

    dispatch: ClassVar[dict[int, Any]] = dict(pickle._Unpickler.dispatch)

    stack: list[Any]

    def __init__(self, stream: Any, resolve: Resolve, name: str, found: list[bytes] | None = None) -> None:
        super().__init__(stream, encoding="latin1")
        self._stream, self._resolve, self._name = stream, resolve, name
        self._found = found
        self._opcodes = bytearray()
        self._from = stream.tell() if found is not None else 0

    def load(self) -> Any:
        """Return what is pickled, and add the opcodes to what was found."""
        made = super().load()
        if self._found is not None:
            self._cut()
            self._found.append(bytes(self._opcodes))
        return made

    def _cut(self) -> None:
        """Keep the opcodes up to here."""
        end = self._stream.tell()
        self._stream.seek(self._from)
        self._opcodes += self._stream.read(end - self._from)
        self._from = end

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _JOBLIB:
            return inert(module, name)
        return self._resolve(module, name)

    def persistent_load(self, key: Any) -> Any:
        raise UnsafeModelError(f"{self._name} refers to `{str(key)[:80]}` outside itself")

    def get_extension(self, code: int) -> None:
        raise UnsafeModelError(f"{self._name} uses the extension {code} of somebody's registry")

    def load_build(self) -> None:
        pickle._Unpickler.load_build(self)  # type: ignore[attr-defined]
        made = self.stack[-1]
        if isinstance(made, Inert) and made.called.endswith("NumpyArrayWrapper"):
            if self._found is not None:
                self._cut()
            self.stack[-1] = self._array(made.state)
            if self._found is not None:
                self._from = self._stream.tell()

    dispatch[pickle.BUILD[0]] = load_build

    def _array(self, state: dict[str, Any]) -> Any:
        """Return the array whose bytes follow; joblib 0.10 and newer."""
        dtype = state["dtype"]
        shape = tuple(int(size) for size in state["shape"])
        real = dtype.real() if isinstance(dtype, pickled_arrays.DType) else dtype
        if real.hasobject:  # a pickle of its own follows: the same rules hold
            return _Unpickler(self._stream, self._resolve, self._name, self._found).load()
        if state.get("numpy_array_alignment_bytes") is not None:
            padding = self._stream.read(1)
            self._stream.read(padding[0])
        size = math.prod(pickled_arrays.checked(shape, real.itemsize)) * real.itemsize
        data = self._stream.read(size)
        if len(data) != size:
            raise EOFError("an array ends early")
        return pickled_arrays.from_bytes(data, real, shape, "F" if state.get("order") == "F" else "C")


_JOBLIB = {
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper"),
}
