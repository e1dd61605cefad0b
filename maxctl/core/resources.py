"""Data that ships with maxctl: templates, pipelines, licence knowledge, schemas."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from maxctl.core.errors import ToolMissingError

NAMES = ("templates", "pipelines", "licenses", "schemas")


def path(name: str) -> Path:
    """Return the folder of one kind of shipped data; `name` is one of `NAMES`.

    An installed maxctl carries it in `maxctl/_data`, a checkout has it beside the package. Raises
    `ToolMissingError` when neither is there, and `ValueError` for a name that never ships.
    """
    if name not in NAMES:
        raise ValueError(f"no data called `{name}` ships with maxctl; there are {', '.join(NAMES)}")
    package = Path(str(resources.files("maxctl")))
    installed, checkout = package / "_data" / name, package.parent / name
    if installed.is_dir():
        return installed
    # a folder that happens to lie beside an installed package is not ours: only a checkout has both
    if checkout.is_dir() and (package.parent / "pyproject.toml").is_file():
        return checkout
    raise ToolMissingError(
        f"this maxctl lacks its data `{name}`: neither {installed} nor {checkout} exists",
        hint="install it anew: pip install --force-reinstall maxctl",
    )
