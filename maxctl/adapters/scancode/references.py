"""What files say of one another: `see LICENSE` takes on what the file LICENSE says, as scancode's last step does.

The step itself is scancode's; here is the little of a code base that it asks for. Only files that refer to
others, and those that they refer to, take part: no other is read or changed by it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from maxctl.adapters.scancode.installed import module
from maxctl.adapters.scancode.model import TREE

Detections = list[dict[str, Any]]


class _Resource:
    """A file or folder, with what scancode asks of its own resources."""

    def __init__(self, path: str, is_file: bool, detections: Detections) -> None:
        self.path, self.is_file, self.license_detections = path, is_file, detections
        self.detected_license_expression: str | None = None
        self.detected_license_expression_spdx: str | None = None

    def parent_path(self) -> str:
        return posixpath.dirname(self.path)


class _Codebase:
    """The paths of a tree; details are asked for when a path is."""

    def __init__(self, paths: Iterable[str], details: Callable[[str], Detections]) -> None:
        self._details = details
        self._files = {f"{TREE}/{path}": path for path in paths}
        self._folders = {TREE}
        for path in self._files:
            while (path := posixpath.dirname(path)) not in self._folders:
                self._folders.add(path)
        self._known: dict[str, _Resource] = {}
        self.root = _Resource(TREE, False, [])

    def get_resource(self, path: str) -> _Resource | None:
        path = module("commoncode.resource").clean_path(path)
        if path not in self._known:
            if path in self._files:
                self._known[path] = _Resource(path, True, self._details(self._files[path]))
            elif path in self._folders:
                self._known[path] = _Resource(path, False, [])
        return self._known.get(path)

    def save_resource(self, resource: _Resource) -> None:
        """A resource is its own record."""


def _order(path: str) -> tuple[tuple[bool, str, str], ...]:
    """Sort as scancode walks: in each folder its files, then its folders, by name whatever the case."""
    parts = path.split("/")
    return tuple((at < len(parts) - 1, part.lower(), part) for at, part in enumerate(parts))


def resolve(
    paths: Iterable[str],
    names: Mapping[str, tuple[str, ...]],
    details: Callable[[str], Detections],
) -> dict[str, tuple[str | None, Detections]]:
    """Return (SPDX expression, detections) of the files that references change, by path.

    `paths` are all files; `names` says to which names files refer; `details` gives a file's detections, which
    are changed in place.
    """
    scancode = module("licensedcode.detection")
    codebase = _Codebase(paths, details)
    changed = {}
    for path in sorted(names, key=_order):
        resource = codebase.get_resource(f"{TREE}/{path}")
        if resource is None or not resource.license_detections:
            continue
        modified = False
        for mapping in resource.license_detections:
            one = scancode.LicenseDetectionFromResult.from_license_detection_mapping(mapping, resource.path)
            referenced = scancode.get_referenced_filenames(one.matches)
            if not referenced or scancode.has_resolved_referenced_file(one.matches):
                continue
            modified |= scancode.update_detection_from_referenced_files(
                referenced_filenames=referenced,
                license_detection_mapping=mapping,
                resource=resource,
                codebase=codebase,
                analysis=scancode.DetectionCategory.UNKNOWN_FILE_REFERENCE_LOCAL.value,
                find_referenced_resource_func=scancode.find_referenced_resource,
            )
        if modified:
            scancode.update_expressions_from_license_detections(resource, codebase)
            changed[path] = (resource.detected_license_expression_spdx, resource.license_detections)
    return changed
