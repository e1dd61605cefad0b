"""The bytes of a compressed file in small pieces, whatever a hostile one asks for."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from maxctl.core.errors import UnpackError
from maxctl.licensing.inputs import formats

CHUNK = 1 << 20
ZSTD_CHUNK = 1 << 10
"""Four bytes can stand for 128 KiB, and all that a chunk stands for comes at once."""
MEMORY = 256 * 1024**2
"""More than any preset of xz or zstd asks for; a header may ask for gigabytes."""


def pieces(path: Path, mark: bytes) -> Iterator[bytes]:
    """Yield the content of a file of this compression (`formats.compression`); raises `UnpackError` for damage."""
    import zstandard

    try:
        with path.open("rb") as file:
            if mark in (formats.XZ, formats.LZMA):
                yield from _lzma(file)
            elif mark == formats.ZSTD:
                yield from _zstd(file)
            else:
                with gzip.GzipFile(fileobj=file) if mark == formats.GZIP else bz2.BZ2File(file) as stream:
                    while piece := stream.read(CHUNK):
                        yield piece
    except (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        raise UnpackError(f"is damaged: {_told(error)}") from error
    except OSError as error:
        if error.errno is not None:  # the disk's fault, not the file's
            raise
        raise UnpackError(f"is damaged: {_told(error)}") from error


def _lzma(file: IO[bytes]) -> Iterator[bytes]:
    """As `lzma.open`, which knows no limit of memory."""
    stream, data = lzma.LZMADecompressor(memlimit=MEMORY), b""
    while True:
        if stream.eof:  # another stream may follow, or zeros
            data = (stream.unused_data or file.read(CHUNK)).lstrip(b"\0")
            if not data:
                return
            stream = lzma.LZMADecompressor(memlimit=MEMORY)
        elif stream.needs_input:
            data = file.read(CHUNK)
            if not data:
                raise EOFError("it ends too early")
        piece = stream.decompress(data, CHUNK)
        data = b""
        if piece:
            yield piece


def _zstd(file: IO[bytes]) -> Iterator[bytes]:
    """As zstandard's `stream_reader`, which takes a file that was cut short for a whole one."""
    import zstandard

    context = zstandard.ZstdDecompressor(max_window_size=MEMORY)
    frame, data = context.decompressobj(), b""
    while True:
        if frame.eof:  # another frame may follow
            data = frame.unused_data or file.read(ZSTD_CHUNK)
            if not data:
                return
            frame = context.decompressobj()
        elif not data:
            data = file.read(ZSTD_CHUNK)
            if not data:
                raise EOFError("it ends too early")
        piece, data = frame.decompress(data), b""
        if piece:
            yield piece


def _told(error: Exception) -> str:
    return str(error) or "it cannot be read"
