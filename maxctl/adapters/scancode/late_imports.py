"""Packages that scancode imports for few files, imported when such a file comes: PDF, archives, unknown encodings.

A stub stands in `sys.modules` for each module named here; what is imported from it is a proxy. The first use of a
proxy imports the package, and puts the real things wherever proxies of it had been put, so that `except` clauses
and `isinstance`, which a proxy cannot serve, see them: a package is used before its exceptions can be raised.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

LATE = (
    "bs4.dammit",
    "chardet",
    "extractcode.archive",
    "pdfminer.converter",
    "pdfminer.layout",
    "pdfminer.pdfdocument",
    "pdfminer.pdfinterp",
    "pdfminer.pdfpage",
    "pdfminer.pdfparser",
    "pdfminer.pdftypes",
    "pdfminer.psparser",
    "plugincode.location_provider",
    "saneyaml",
)

ALONE = frozenset({"bs4.dammit"})
"""Modules that need nothing of their package, which imports parsers of HTML that nobody asks for."""


class _Late:
    """Stands for a name of a module that is not imported yet."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._found: Any = None

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        return _real(self)(*arguments, **settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(_real(self), name)


class _Stub(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        late = _Late(self.__name__, name)
        setattr(self, name, late)
        return late


def _real(late: _Late) -> Any:
    if late._found is not None:
        return late._found
    package = late._module.partition(".")[0]
    for name, module in list(sys.modules.items()):
        if isinstance(module, _Stub) and name.partition(".")[0] == package:
            del sys.modules[name]
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()):
            if type(value) is _Late and value._module.partition(".")[0] == package:
                setattr(module, name, getattr(_imported(value._module), value._name))
    late._found = getattr(_imported(late._module), late._name)
    return late._found


class _Package(ModuleType):
    """Stands for a package of which one module is used; whoever wants more of it gets the whole."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _forget(self.__name__)
        return getattr(importlib.import_module(self.__name__), name)


def _imported(name: str) -> ModuleType:
    package = name.partition(".")[0]
    found = importlib.util.find_spec(package) if name in ALONE and package not in sys.modules else None
    if found is not None and found.submodule_search_locations is not None:
        stand_in = _Package(package)
        stand_in.__path__, stand_in.__spec__ = list(found.submodule_search_locations), found
        sys.modules[package] = stand_in
        try:
            return importlib.import_module(name)
        except (AttributeError, ImportError):  # it does need its package, in this version
            _forget(package)
    return importlib.import_module(name)


def _forget(package: str) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == package]:
        del sys.modules[name]


def install(site: Path) -> None:
    """Put the stubs in place, before anything of scancode is imported from `site`."""
    for name in LATE:
        if name not in sys.modules:
            sys.modules[name] = _Stub(name)
    # where scancode's plugins say that libmagic is; so they need not be asked
    magic = site / "typecode_libmagic"
    library, table = magic / "lib" / "libmagic.so", magic / "data" / "magic.mgc"
    if library.is_file() and table.is_file():
        os.environ["TYPECODE_LIBMAGIC_PATH"], os.environ["TYPECODE_LIBMAGIC_DB_PATH"] = (
            str(library),
            str(table),
        )
