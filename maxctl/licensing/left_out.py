"""Folders and files that are nobody's statement: version control, installed packages, what programs leave behind."""

from __future__ import annotations

from maxctl.core import digest

LEFT_OUT = (
    *digest.EXCLUDED,
    ".hg",
    ".svn",
    "node_modules",
    ".venv",
    "venv",
    ".tox",
    ".mypy_cache",
    ".maxctl",
)
