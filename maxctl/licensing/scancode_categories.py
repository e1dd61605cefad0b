"""Write licenses/categories.yaml from the license database of the scancode-toolkit that is installed.

Run in a checkout: python -m maxctl.licensing.scancode_categories licenses/categories.yaml
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from maxctl.core.errors import ToolMissingError, UsageError

HEAD = """# License id -> category: the groups that licenses/policy.yaml decides about. Generated, do not edit:
# python -m maxctl.licensing.scancode_categories licenses/categories.yaml
#
# Made from the license database of scancode-toolkit {version}: its SPDX ids (older spellings included) and its
# categories, names and grouping only, no license texts. That data is licensed CC-BY-4.0 by nexB Inc. and others
# (github.com/aboutcode-org/scancode-toolkit); reduced and regrouped here. See licenses/README.md.
schema_version: 1
scancode: {version}
"""


def database() -> Path:
    """Return the folder of license files of the installed scancode-toolkit; it is not imported."""
    found = importlib.util.find_spec("licensedcode")
    if found is None or not found.submodule_search_locations:
        raise ToolMissingError("scancode-toolkit is not installed", hint="pip install 'maxctl[scan]'")
    return Path(found.submodule_search_locations[0]) / "data" / "licenses"


def _front_matter(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    data = yaml.load(text.split("---", 2)[1], Loader=yaml.CSafeLoader)
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} has no front matter")
    return data


def categories(folder: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return category -> ids, for licenses and for exceptions; a current license wins over a deprecated one."""
    owner: dict[str, tuple[int, str, bool]] = {}
    for path in sorted(folder.glob("*.LICENSE")):
        entry = _front_matter(path)
        names = [entry.get("spdx_license_key"), *(entry.get("other_spdx_license_keys") or [])]
        for place, name in enumerate(name for name in names if name):
            rank = 2 * bool(entry.get("is_deprecated")) + bool(place)
            known = owner.get(name)
            if known is None or rank < known[0]:
                owner[name] = (rank, entry["category"], bool(entry.get("is_exception")))
    licenses: dict[str, list[str]] = defaultdict(list)
    exceptions: dict[str, list[str]] = defaultdict(list)
    for name, (_, category, is_exception) in sorted(owner.items(), key=lambda item: item[0].lower()):
        (exceptions if is_exception else licenses)[category].append(name)
    return dict(sorted(licenses.items())), dict(sorted(exceptions.items()))


def render(folder: Path, version: str) -> str:
    """Return the text of licenses/categories.yaml."""
    licenses, exceptions = categories(folder)
    body = yaml.dump(
        {"licenses": licenses, "exceptions": exceptions}, Dumper=yaml.CSafeDumper, sort_keys=False, width=110
    )
    return HEAD.format(version=version) + body


def main(arguments: list[str]) -> None:
    """Write the file that the only argument names."""
    if len(arguments) != 1:
        raise UsageError("name the file to write", hint="licenses/categories.yaml")
    text = render(database(), importlib.metadata.version("scancode-toolkit"))
    Path(arguments[0]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
