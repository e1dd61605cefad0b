"""Regular expressions kept as what `re` makes of them, for making them takes longer than a small scan.

The kept form is Python's own and changes with its version, which is part of an index's identity.
"""

from __future__ import annotations

from array import array
from typing import Any

Kept = tuple[str, int, bytes, int]
"""Pattern, flags, code, number of groups: what `marshal` can write."""


def keep(pattern: str) -> Kept:
    """Return the kept form of an expression without flags of its own."""
    from re import _compiler, _parser  # type: ignore[attr-defined]

    parsed = _parser.parse(pattern, 0)
    code = array("I", map(int, _compiler._code(parsed, 0)))
    return pattern, parsed.state.flags, code.tobytes(), parsed.state.groups - 1


def wake(kept: Kept) -> Any:
    """Return the expression that was kept; names of groups are lost."""
    import _sre  # type: ignore[import-not-found,unused-ignore]

    pattern, flags, code, groups = kept
    return _sre.compile(pattern, flags, array("I", code).tolist(), groups, {}, (None,) * (groups + 1))
