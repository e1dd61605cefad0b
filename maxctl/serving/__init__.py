"""A model behind a declared chain of steps, answered in-process, on the command line or over HTTP.

This package is copied as it stands into every generated service, under any name. It therefore imports
nothing of the program that copies it, and only relatively within itself.
"""

from __future__ import annotations

__version__ = "1"
