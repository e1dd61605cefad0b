"""picklescan: which functions and classes a pickle would import, and which of them are dangerous.

Called in a child process only: it parses what may be hostile.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Import:
    """What a pickle imports: `module.name`, and picklescan's word: innocuous, suspicious or dangerous."""

    module: str
    name: str
    safety: str


def imports(pickle: bytes) -> tuple[list[Import], bool]:
    """Return what one pickle imports, sorted, and whether picklescan read it to its end without an error."""
    from picklescan.scanner import scan_pickle_bytes  # type: ignore[import-untyped]

    logging.getLogger("picklescan").setLevel(logging.CRITICAL)
    result = scan_pickle_bytes(io.BytesIO(pickle), "pickle", multiple_pickles=False)
    found = [Import(item.module, item.name, item.safety.value) for item in result.globals]
    return sorted(found, key=lambda item: (item.module, item.name)), not result.scan_err
