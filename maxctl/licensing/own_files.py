"""Which files of a project are its own, so that they are its scripts or speak for them."""

from __future__ import annotations

OWN_FILES = (
    "LICENSE*",
    "patches/**",
    "reference/*",
    # folders of reference/ too, but not node_modules, and none that starts with a dot or an underscore
    "reference/[!n._]*/**/*",
    "reference/n[!o]*/**/*",
    "reference/no[!d]*/**/*",
)
