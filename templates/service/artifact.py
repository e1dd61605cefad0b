"""Get the model's archive, verify it, and only then unpack it: `python3 artifact.py FOLDER`.

The archive lies beside this file, or comes from the address in ARTIFACT_URL. Standard library only.
"""

import hashlib
import json
import os
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
CHUNK = 1 << 20


class Refused(Exception):
    """What is wrong with the archive, in one line."""


def obtain(expected):
    """Return the archive's path: the one beside this file, else a download of at most the expected size."""
    beside = HERE / expected["archive"]
    if beside.is_file():
        return beside
    url = os.environ.get("ARTIFACT_URL", "")
    if not url:
        raise Refused(
            f"{expected['archive']} is not here: copy it from {expected['address']} into this folder, "
            "or give its address as ARTIFACT_URL"
        )
    if not url.startswith(("https://", "http://")):
        raise Refused(f"ARTIFACT_URL={url}: must start with https:// or http://")
    partial = beside.with_name(beside.name + ".part")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, partial.open("wb") as file:
            read = 0
            while chunk := answer.read(CHUNK):
                read += len(chunk)
                if read > expected["size"]:
                    raise Refused(f"{url} gives more than the expected {expected['size']} bytes")
                file.write(chunk)
    except (urllib.error.URLError, OSError) as error:
        raise Refused(f"{url}: {error}") from error
    return partial


def verify(archive, expected):
    """Refuse an archive with other bytes than those that were reviewed."""
    found = digest(archive)
    if found != expected["sha256"]:
        raise Refused(f"{archive.name} has the sha256 {found}, but {expected['sha256']} is expected")


def unpack(archive, folder):
    """Unpack plain files only, each inside the folder, and check each against the archive's own SHA256SUMS."""
    sums = {}
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            if not member.isreg() or path.is_absolute() or ".." in path.parts:
                raise Refused(f"{archive.name} holds {member.name!r}, which is no plain file inside it")
            content = tar.extractfile(member).read()
            if member.name == "SHA256SUMS":
                sums = {line[66:]: line[:64] for line in content.decode().splitlines()}
            elif hashlib.sha256(content).hexdigest() != sums.get(member.name):
                raise Refused(f"{member.name} is not what SHA256SUMS says")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def digest(path):
    """Return the hexadecimal SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()


def main():
    """Return the exit status: 0 where the folder holds what the archive held."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    expected = json.loads((HERE / "artifact.json").read_text(encoding="utf-8"))
    try:
        archive = obtain(expected)
        verify(archive, expected)
        unpack(archive, Path(sys.argv[1]))
    except Refused as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
