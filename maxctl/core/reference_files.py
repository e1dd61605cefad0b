"""Which files of a project are its reference: one definition for the stage that runs it and the one that judges it."""

from __future__ import annotations

_INSTALLED = "node_modules"

# a glob cannot say "any name but this one", so its beginnings are gone through letter by letter
_OTHERS = (
    f"[!._{_INSTALLED[0]}]*",
    *(_INSTALLED[:end] for end in range(1, len(_INSTALLED))),
    *(f"{_INSTALLED[:end]}[!{_INSTALLED[end]}]*" for end in range(1, len(_INSTALLED))),
    f"{_INSTALLED}?*",
)

REFERENCE_FILES = ("reference/*", *(f"reference/{name}/**/*" for name in _OTHERS))
"""Globs as `Reads.files` takes them: all below `reference/`, without its node_modules and without its folders that
start with a dot or an underscore. Each file matches one of them only."""
