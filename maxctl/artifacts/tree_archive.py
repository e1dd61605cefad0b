"""Pack the tree of a commit into a tar: the same bytes wherever and whenever that is done.

Not `git archive`, whose bytes hang on git's version, on its settings and on `.gitattributes`. An uncompressed tar,
since makes of zlib differ: paths in the order of their bytes, modes 0644 and 0755, no times and no owners, no
leading folder. What the spec pins are these bytes, so they must never change; a test holds their digest.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator

from maxctl.artifacts.git_objects import Blob, Kind
from maxctl.artifacts.limits import LIMITS
from maxctl.artifacts.unpack import inner_path
from maxctl.core.errors import UnpackError

MODES = {Kind.FILE: 0o644, Kind.PROGRAM: 0o755, Kind.LINK: 0o777}
END = bytes(2 * tarfile.BLOCKSIZE)


def pack(blobs: Iterable[Blob]) -> Iterator[bytes]:
    """Yield the tar of files and links in their order; raises `UnpackError` for a name that no archive may hold."""
    written = 0
    for blob in blobs:
        inner_path(blob.entry.path)
        header = tarfile.TarInfo(blob.entry.path)
        header.mode = MODES[blob.entry.kind]
        if blob.entry.kind is Kind.LINK:
            if blob.size > LIMITS.path_bytes:
                raise UnpackError(
                    f"holds the symbolic link `{blob.entry.path}` to a path of {blob.size} bytes"
                )
            header.type = tarfile.SYMTYPE
            header.linkname = b"".join(blob.chunks).decode(errors="surrogateescape")
            pieces: Iterator[bytes] = iter(())
        else:
            header.size = blob.size
            pieces = _padded(blob)
        head = header.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
        yield head
        written += len(head)
        for piece in pieces:
            yield piece
            written += len(piece)
    yield END + bytes(-(written + len(END)) % tarfile.RECORDSIZE)


def _padded(blob: Blob) -> Iterator[bytes]:
    yield from blob.chunks
    yield bytes(-blob.size % tarfile.BLOCKSIZE)
