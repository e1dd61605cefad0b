"""scancode's modules, by name: they carry no types, and only the child process may import them."""

from __future__ import annotations

import importlib
from typing import Any


def module(name: str) -> Any:
    """Return an installed module."""
    return importlib.import_module(name)
