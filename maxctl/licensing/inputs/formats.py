"""Which files are archives, by their names and by their first bytes."""

from __future__ import annotations

from pathlib import Path, PurePath

COMPRESSED = frozenset((".gz", ".tgz", ".bz2", ".tbz", ".tbz2", ".xz", ".txz", ".lzma", ".zst", ".tzst"))
OPENED = COMPRESSED | frozenset((
    ".zip", ".tar", ".whl", ".egg", ".jar", ".war", ".ear", ".aar", ".apk", ".nupkg", ".vsix", ".xpi", ".mar",
    ".conda", ".crate", ".gem",
))  # fmt: skip
NOT_OPENED = frozenset((
    ".7z", ".rar", ".cab", ".deb", ".rpm", ".iso", ".dmg", ".ar", ".lz", ".lz4", ".z", ".arj", ".lha", ".lzh",
    ".cpio", ".squashfs", ".sit", ".ace",
))  # fmt: skip
"""Archives too, but of formats that nothing here reads."""
GZIP, BZIP2, XZ, LZMA, ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x5d\x00\x00", b"\x28\xb5\x2f\xfd"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_TAR_AT = 257


def is_archive(path: PurePath) -> bool:
    """Tell by its name whether a file is an archive or a compressed file, whether it can be opened here or not."""
    return path.suffix.lower() in OPENED or path.suffix.lower() in NOT_OPENED


def holds_archive(path: Path) -> bool:
    """Tell by its first bytes whether a file is an archive that can be opened; False where it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError:
        return False
    return is_tar(head) or head.startswith((*ZIP, GZIP, BZIP2, XZ, ZSTD))


def is_tar(head: bytes) -> bool:
    """Tell whether a file of 512 first bytes is a tar; one from before 1988 says nothing about itself."""
    return head[_TAR_AT : _TAR_AT + 5] == b"ustar"


def compression(path: PurePath, head: bytes) -> bytes | None:
    """Return the mark of the compression that a file begins with, None without any."""
    for mark in (GZIP, BZIP2, XZ, ZSTD):
        if head.startswith(mark):
            return mark
    # LZMA has no mark of its own, so that the name decides, too
    return LZMA if path.suffix.lower() == ".lzma" and head.startswith(LZMA) else None


def named_tar(path: PurePath) -> bool:
    """Tell whether a compressed file says by its name that it holds a tar."""
    name = path.name.lower()
    stem = name.rpartition(".")[0]
    return name.endswith((".tgz", ".tbz", ".tbz2", ".txz", ".tzst", ".crate")) or stem.endswith(".tar")


def inner_name(path: PurePath) -> str:
    """Return the name of the one file that a compressed file holds."""
    return path.stem if path.suffix.lower() in COMPRESSED and path.stem else f"{path.name}.content"
