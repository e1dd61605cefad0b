"""Stages by name, from the entry-point group `maxctl.stages`; nobody's stage is special."""

from __future__ import annotations

import difflib
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from maxctl.core.errors import MaxctlError, PipelineError, UsageError

if TYPE_CHECKING:  # the list of commands must not pay for pydantic
    from maxctl.core.stage import Stage

GROUP = "maxctl.stages"


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A stage that is installed: its name, the `module:Class` behind it, and the distribution it came with."""

    name: str
    target: str
    distribution: str

    def summary(self) -> str:
        """Return the first line of the module's docstring, read from the file without importing it."""
        module = self.target.partition(":")[0]
        package, _, leaf = module.rpartition(".")
        try:
            found = importlib.util.find_spec(package) if package else None
            folders = list(found.submodule_search_locations or []) if found else []
            paths = [Path(folder) / f"{leaf}.py" for folder in folders]
            if not package:
                single = importlib.util.find_spec(leaf)
                paths = [Path(single.origin)] if single and single.origin else []
            for path in paths:
                with path.open(encoding="utf-8") as file:
                    return file.readline().strip().strip('"').rstrip(".")
        except (ImportError, OSError, ValueError):  # a broken plugin must not break `maxctl --help`
            return f"(could not be read, from {self.distribution})"
        return f"(from {self.distribution})"

    def load(self) -> type[Stage]:
        """Import the stage; raises `MaxctlError` that names the distribution when it does not load."""
        from maxctl.core.stage import Stage

        module, _, attribute = self.target.partition(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except Exception as error:
            raise MaxctlError(
                f"the stage `{self.name}` of {self.distribution} does not load: {error}",
                hint=f"pip install --force-reinstall {self.distribution}",
            ) from error
        if not (isinstance(found, type) and issubclass(found, Stage)) or found.name != self.name:
            raise MaxctlError(
                f"`{self.target}` of {self.distribution} is not a stage called `{self.name}`",
                hint=f"tell the makers of {self.distribution}",
            )
        return found


@cache
def entries() -> dict[str, StageEntry]:
    """Return the installed stages by name; raises `MaxctlError` if two distributions claim one name."""
    found: dict[str, StageEntry] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        entry = StageEntry(point.name, point.value, point.dist.name if point.dist else "unknown")
        other = found.get(point.name)
        if other is not None and other != entry:
            raise MaxctlError(
                f"two distributions bring a stage `{point.name}`: {other.distribution} and {entry.distribution}",
                hint=f"pip uninstall {entry.distribution}",
            )
        found[point.name] = entry
    return found


def stage(name: str, error: type[PipelineError] | type[UsageError] = UsageError) -> type[Stage]:
    """Return a stage's class by name; an unknown name raises `error`, which names the closest one."""
    known = entries()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"did you mean `{close[0]}`?" if close else "`maxctl show stages` lists the stages"
        raise error(f"there is no stage `{name}`", hint=hint)
    return known[name].load()
