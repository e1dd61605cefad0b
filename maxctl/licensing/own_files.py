"""Which files of a project are its own, so that they are its scripts or speak for them."""

from __future__ import annotations

from maxctl.core.reference_files import REFERENCE_FILES

OWN_FILES = ("LICENSE*", "patches/**", *REFERENCE_FILES)
