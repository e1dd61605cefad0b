from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wrapping.small_project import SmallProject


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., SmallProject]:
    """Make a small project, with parts of its spec replaced."""

    def new(folder: str = "project", /, **changes: Any) -> SmallProject:
        return SmallProject(tmp_path / folder, tmp_path / "cache", **changes)

    return new


@pytest.fixture
def project(make: Callable[..., SmallProject]) -> SmallProject:
    """A small project."""
    return make()
