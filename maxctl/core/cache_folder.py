"""Where the cache stands that projects share."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return the cache that projects share: `MAXCTL_CACHE`, else the user's cache folder."""
    chosen = os.environ.get("MAXCTL_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("maxctl")
