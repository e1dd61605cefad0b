"""Zip archives, member by member: the directory is never held in memory, nor is what is not asked for.

`zipfile` reads the whole directory first, as long as the file says it is.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from maxctl.runtimes.metadata.source import VALUE_BYTES, DamagedError, Found, Source

LICENSE_LIKE = re.compile(
    r"(?i)(licen[cs]e|licenz|licenci|copying|copyright|notice|legal|authors?\b|use[-_ ]?policy|terms)[^/]*$"
)
_CODE = re.compile(r"(?i)\.(py|pyc|pkl|so|dll|js|class)$")
_END, _END64, _LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, and where its own header stands in the outer file."""

    name: str
    method: int
    encrypted: bool
    packed: int
    header: int


def members(source: Source) -> Iterator[Member]:
    """Yield the files of an archive, which may follow other data; raises `DamagedError`."""
    place, end, shift = _directory(source)
    while place < end:
        source.step()
        fixed = source.at(place, 46)
        if fixed[:4] != b"PK\x01\x02":
            raise DamagedError("the directory of the archive is damaged")
        flags, method = struct.unpack_from("<HH", fixed, 8)
        packed, size, name_size, extra_size, comment_size = struct.unpack_from("<LLHHH", fixed, 20)
        (header,) = struct.unpack_from("<L", fixed, 42)
        raw = source.at(place + 46, name_size)
        extra = source.at(place + 46 + name_size, extra_size)
        packed, header = _wide(extra, size, packed, header)
        name = raw.decode("utf-8" if flags & 0x800 else "cp437", errors="replace")
        if not name.endswith("/"):
            yield Member(name, method, bool(flags & 1), packed, header + shift)
        place += 46 + name_size + extra_size + comment_size


def content(source: Source, member: Member, limit: int = VALUE_BYTES + 1) -> bytes:
    """Return the first `limit` bytes of a member, unpacked; raises `DamagedError`."""
    if member.encrypted:
        raise DamagedError(f"`{member.name}` is encrypted")
    fixed = source.at(member.header, 30)
    if fixed[:4] != b"PK\x03\x04":
        raise DamagedError(f"`{member.name}` is not where the archive says")
    name_size, extra_size = struct.unpack_from("<HH", fixed, 26)
    place = member.header + 30 + name_size + extra_size
    if member.method == 0:
        return source.beginning(place, member.packed, limit)
    if member.method != 8:
        raise DamagedError(f"`{member.name}` is packed by a method that is not read")
    source.within(place, member.packed)
    unpacker, kept, end = zlib.decompressobj(-15), bytearray(), place + member.packed
    while place < end and len(kept) < limit and not unpacker.eof:
        piece = source.at(place, min(16 * 1024, end - place))
        place += len(piece)
        try:
            unpacked = unpacker.decompress(unpacker.unconsumed_tail + piece, limit - len(kept))
        except zlib.error as error:
            source.spend(limit)
            raise DamagedError(f"`{member.name}` cannot be unpacked") from error
        source.spend(len(unpacked))
        kept += unpacked
    return bytes(kept)


def licenses(source: Source, found: Found, listed: re.Pattern[str]) -> None:
    """Find the names of members that match, as `files`, and the text of those named like a license or notice."""
    names: list[str] = []
    more = 0
    for member in members(source):
        telling = LICENSE_LIKE.search(member.name) is not None and not _CODE.search(member.name)
        if not telling and not listed.search(member.name):
            continue
        if len(names) < _MOST_LISTED:
            names.append(member.name.replace("\n", " ")[:300])
        else:
            more += 1
        if telling:
            try:
                found.add(f"files/{member.name}", content(source, member))
            except DamagedError as error:
                found.problem(str(error))
    found.add("files", "\n".join(names))
    if more:
        found.problem(f"{more} further files of the archive are not listed")


def present(source: Source) -> bool:
    """Tell whether the file ends as an archive does."""
    return _end(source) is not None


def _end(source: Source) -> int | None:
    start = max(0, source.size - 22 - 0xFFFF)
    tail = source.at(start, source.size - start)
    place = tail.rfind(_END)
    return start + place if place >= 0 and len(tail) - place >= 22 else None


def _directory(source: Source) -> tuple[int, int, int]:
    """Return where the directory begins and ends, and how far offsets are shifted by what precedes the archive."""
    end = _end(source)
    if end is None:
        raise DamagedError("the archive is cut off: it has no directory")
    size, offset = struct.unpack_from("<LL", source.at(end, 22), 12)
    if end >= 76 and source.at(end - 20, 4) == _LOCATOR and source.at(end - 76, 4) == _END64:
        end -= 76
        size, offset = struct.unpack_from("<QQ", source.at(end, 56), 40)
    start = end - size
    if start < 0 or offset > start:
        raise DamagedError("the directory of the archive is damaged")
    return start, end, start - offset


def _wide(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int]:
    """Return packed size and place, from the zip64 field where the narrow ones are full."""
    full, place = 0xFFFFFFFF, 0
    while place + 4 <= len(extra):
        kind, count = struct.unpack_from("<HH", extra, place)
        place += 4
        if kind == 1:
            # it holds only those that are full, in this order
            wide = (
                int.from_bytes(extra[at : at + 8], "little") for at in range(place, place + count // 8 * 8, 8)
            )
            _, packed, header = (
                next(wide, narrow) if narrow == full else narrow for narrow in (size, packed, header)
            )
            break
        place += count
    return packed, header
