"""PyTorch archives (zip): the names of extra files, and the text of license-like ones. Nothing is unpickled.

Keys: `files`, `files/NAME`. What the pickle in it says, nobody knows without running it.
"""

from __future__ import annotations

import re

from maxctl.runtimes.metadata import zipped
from maxctl.runtimes.metadata.source import Found, Source

_EXTRA = re.compile(r"(^|/)extra/")


def read(source: Source, found: Found) -> None:
    """Find what the archive says; raises `DamagedError`."""
    zipped.licenses(source, found, _EXTRA)
