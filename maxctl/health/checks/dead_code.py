"""Dead code: arguments and variables that nothing uses, code that cannot be reached, by vulture.

Only what vulture is sure of (80 % and more). Below that stand functions and classes without a caller, which
for a library are its entry points. Unused imports are left to lint, which judges each module by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.health.checks.interface import Check, Inventory, Report, Settings, needs_package, python_of

if TYPE_CHECKING:
    from maxctl.adapters import vulture

MIN_CONFIDENCE = 80


class DeadCode(Check):
    """Unused arguments and variables, and unreachable code."""

    name: ClassVar[str] = "dead_code"
    codes: ClassVar[tuple[Code, ...]] = (
        Code(
            "CHK201",
            "An argument or a variable is never used",
            "The caller's choice has no effect: either the argument goes, or the code forgets to heed it.",
        ),
        Code(
            "CHK202",
            "Code that can never run",
            "It stands after a return or in a branch that is never taken, and misleads whoever reads it.",
        ),
    )

    def run(self, inventory: Inventory, settings: Settings) -> Report:
        """Return what is unused; a note for names, a warning for code that cannot be reached."""
        from maxctl.adapters import vulture

        files = python_of(inventory)
        needs_package("vulture")
        findings: list[Finding] = []
        unparsed = 0
        for tree in inventory.trees:  # a name used in one tree says nothing about another
            mine = [(file.place, file.path) for file in files if file.tree is tree]
            if not mine:
                continue
            items, failed = vulture.unused(mine, MIN_CONFIDENCE)
            unparsed += len(failed)
            findings += [_finding(item) for item in items if item.kind != "import"]
        reason = f"{unparsed} file{'s' * (unparsed > 1)} that cannot be parsed left out" if unparsed else None
        return Report(tuple(findings), len(files) - unparsed, reason)


def _finding(item: vulture.Unused) -> Finding:
    unreachable = item.kind == "unreachable_code"
    return Finding(
        "CHK202" if unreachable else "CHK201",
        Severity.WARNING if unreachable else Severity.NOTE,
        item.file,
        f"{item.message} ({item.confidence} % sure)",
        "use it or remove it, by a patch",
        Place(item.file, item.line),
    )
