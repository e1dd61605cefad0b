"""Dependencies: imported but undeclared, declared but unused, not pinned.

deptry is not used here: it looks names up among the packages installed beside it, so two machines answer
differently, and it reads neither setup.py nor setup.cfg nor a wheel's METADATA, which is what research code has.
"""

from __future__ import annotations

from typing import ClassVar

from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.health.checks.interface import Check, Inventory, Report, Settings, Tree, python_of


class Dependencies(Check):
    """Dependencies that are missing, unused, open or nowhere declared."""

    name: ClassVar[str] = "dependencies"
    codes: ClassVar[tuple[Code, ...]] = (
        Code(
            "CHK301",
            "A module is imported that no declared dependency provides",
            "In a fresh environment the import fails, or works only as long as another package brings it along.",
        ),
        Code(
            "CHK302",
            "A dependency is declared that nothing imports",
            "Each dependency brings its licence, its faults and its own dependencies into the environment.",
        ),
        Code(
            "CHK303",
            "A dependency is not pinned",
            "The next release of it may break the code or change its answers, and nobody can repeat the result.",
        ),
        Code(
            "CHK304",
            "No dependencies are declared",
            "Whoever wants to run the code has to guess packages and versions.",
        ),
        Code(
            "CHK305",
            "A declaration of dependencies cannot be read",
            "What is computed when it is run, or malformed, is not known: dependencies may be missing here.",
        ),
    )

    def run(self, inventory: Inventory, settings: Settings) -> Report:
        """Return what is wrong with the dependencies of each tree."""
        files = python_of(inventory)
        from maxctl.health.checks.dependencies import declared, worker
        from maxctl.health.checks.dependencies.judge import judge

        findings: list[Finding] = []
        left_out = 0
        for tree in inventory.trees:
            mine = [file for file in files if file.tree is tree]
            if not mine:
                continue
            stating = [
                (file.relative, file.path)
                for file in inventory.files
                if file.tree is tree and not file.link and declared.declares(file.relative)
            ]
            imports, unparsed, stated, unreadable = worker.read([(f.relative, f.path) for f in mine], stating)
            left_out += len(unparsed)
            findings += judge(
                [file.relative for file in mine], imports, stated, tree.label, not unparsed and not unreadable
            )
            findings += [_unreadable(tree, *item) for item in unreadable]
        reason = f"{left_out} file{'s' * (left_out > 1)} that cannot be parsed left out" if left_out else None
        return Report(tuple(findings), len(files) - left_out, reason)


def _unreadable(tree: Tree, file: str, line: int | None, reason: str) -> Finding:
    path = f"{tree.label}/{file}" if tree.label else file
    return Finding(
        "CHK305",
        Severity.WARNING,
        path,
        reason,
        "write the requirements out as plain text",
        Place(path, line),
    )
