"""The license ids that are known, and the category of each: licenses/categories.yaml."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from maxctl.policy import compiled
from maxctl.policy.spellings import squeeze

_GNU = re.compile(r"(AGPL|LGPL|GPL|GFDL)-\d[0-9.]*\+?")


def current(name: str) -> str:
    """Return a GNU id as SPDX spells it today: `GPL-3.0` is `GPL-3.0-only`, `GPL-3.0+` is `GPL-3.0-or-later`."""
    base, rest, exception = name.partition(" WITH ")
    if not _GNU.fullmatch(base):
        return name
    spelled = f"{base[:-1]}-or-later" if base.endswith("+") else f"{base}-only"
    return f"{spelled}{rest}{exception}"


class CategoriesFile(BaseModel):
    """licenses/categories.yaml, as it stands on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    schema_version: Literal[1]
    scancode: str
    licenses: dict[str, tuple[str, ...]]
    exceptions: dict[str, tuple[str, ...]]


class Catalog:
    """Known license ids, in their right spelling, with their categories."""

    def __init__(self, licenses: Mapping[str, str], exceptions: Iterable[str] = ()) -> None:
        self._categories = {name.lower(): (name, category) for name, category in licenses.items()}
        self._exceptions = {name.lower(): name for name in exceptions}

    @classmethod
    def load(cls, path: Path) -> Catalog:
        """Return the catalog of a categories file; it ships with maxctl, so a fault in it is a bug."""
        file = CategoriesFile.model_validate(compiled.read(path))
        return cls(
            {name: category for category, names in file.licenses.items() for name in names},
            (name for names in file.exceptions.values() for name in names),
        )

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The names of all categories, sorted."""
        return tuple(sorted({category for _, category in self._categories.values()}))

    @cached_property
    def references(self) -> tuple[str, ...]:
        """The ids of licenses without an SPDX id of their own."""
        return tuple(name for name, _ in self._categories.values() if name.startswith("LicenseRef-"))

    def canonical(self, name: str) -> str | None:
        """Return the id in its right spelling, or None for one that nobody knows; `+` means or later."""
        plain = name.lower()
        if plain in self._categories:
            return self._categories[plain][0]
        if plain.endswith("+") and plain[:-1] in self._categories:
            return f"{self._categories[plain[:-1]][0]}+"
        return None

    def exception(self, name: str) -> str | None:
        """Return the exception (`… WITH this`) in its right spelling, or None."""
        return self._exceptions.get(name.lower())

    def category(self, name: str) -> str | None:
        """Return the category of a license id, or None for an unknown id."""
        found = self._categories.get(name.lower()) or self._categories.get(name.lower().removesuffix("+"))
        return found[1] if found else None

    def closest(self, name: str) -> str | None:
        """Return the known SPDX id that is spelled most like `name`, if any is close."""
        known = [key for key in self._categories if not key.startswith("licenseref-")]
        close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
        return self._categories[close[0]][0] if close else None

    def by_spelling(self, text: str) -> str | None:
        """Return the id that a free spelling means (`Apache 2`, `CC BY 4.0`), or None if none or several."""
        names = self._spellings.get(squeeze(text), set())
        return next(iter(names)) if len(names) == 1 else None

    @cached_property
    def _spellings(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for name, _ in self._categories.values():
            if not name.startswith("LicenseRef-"):
                for spelling in {squeeze(name), squeeze(name.replace(".0", ""))}:
                    found.setdefault(spelling, set()).add(name)
        return found
