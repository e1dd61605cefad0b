"""Lint: real defects of Python source, by ruff, under rules chosen for research code."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar

from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.health.checks.interface import (
    MEND,
    Check,
    Inventory,
    Report,
    Settings,
    SourceFile,
    Tree,
    printable,
    python_of,
)

if TYPE_CHECKING:
    from maxctl.adapters import ruff

MAX_BYTES = 5 * 1024 * 1024

# Rules whose finding is a mistake of the program, not a matter of taste.
SELECT = (
    "E9",
    "F",
    "PLE",
    "B002",
    "B003",
    "B004",
    "B005",
    "B006",
    "B012",
    "B013",
    "B014",
    "B015",
    "B016",
    "B018",
    "B020",
    "B021",
    "B022",
    "B023",
    "B025",
    "B026",
    "B029",
    "B030",
    "B031",
    "B032",
    "B033",
    "B035",
    "B039",
    "PLW0127",
    "PLW0128",
    "PLW0129",
    "PLW0131",
    "PLW0133",
    "PLW0177",
    "PLW0245",
    "PLW0711",
    "PLW1508",
    "PLW1509",
    "NPY001",
    "NPY003",
)
IGNORE = (
    "F405",  # "may be undefined": F403 already names the star import that causes it
    "F541",  # an f-string without a placeholder does no harm
)
UNDEFINED = ("F821", "F822", "F823")
UNUSED = ("F401", "F841", "F811")
SYNTAX = ("invalid-syntax", "E999")
UNREADABLE = ("E902",)

PYTHON_2 = re.compile(
    r"^\s*(print\s*(?![=.(\w\s])|print\s+[\w\"'%-]|exec\s+[\w\"']|raise\s+[\w.]+\s*,|except\s+[\w.]+\s*,\s*\w+\s*:)"
    r"|<>|\bur[\"']|\b0[0-7]+L?\b|\b\d+L\b|`[^`]+`"
)


class Lint(Check):
    """Syntax errors, undefined names and other defects of Python source."""

    name: ClassVar[str] = "lint"
    codes: ClassVar[tuple[Code, ...]] = (
        Code(
            "CHK101",
            "A Python file cannot be parsed",
            "Nothing that imports the file can run, and no other check can look into it.",
        ),
        Code(
            "CHK102",
            "A file is written for Python 2",
            "Python 2 ended in 2020: the code runs only in an environment that gets no security fixes.",
        ),
        Code(
            "CHK103",
            "A name is used that is defined nowhere",
            "The program stops with a NameError as soon as it gets there.",
        ),
        Code(
            "CHK104",
            "A Python file was not checked",
            "A file that the tool could not read may hold anything; nothing is said about it.",
        ),
        Code(
            "CHK105",
            "A likely defect",
            "The rules are those of mistakes, such as a default argument that calls share: answers may be wrong.",
        ),
        Code(
            "CHK106",
            "An import or a variable is not used",
            "It costs time and an extra dependency, and often shows that something was forgotten.",
        ),
    )

    def run(self, inventory: Inventory, settings: Settings) -> Report:
        """Return the defects; a warning each, since the published service does not contain the research code."""
        files = python_of(inventory)
        findings: list[Finding] = []
        for tree in inventory.trees:
            findings += _of_tree(tree, [file for file in files if file.tree is tree])
        return Report(tuple(findings), len(files), inventory.unchecked() or None)


def _of_tree(tree: Tree, files: list[SourceFile]) -> list[Finding]:
    from maxctl.adapters import ruff

    small = [file for file in files if file.path.stat().st_size <= MAX_BYTES]
    findings = [
        _not_checked(file, f"it is larger than {MAX_BYTES // 1024**2} MiB")
        for file in files
        if file not in small
    ]
    if not small:
        return findings
    by_name = {file.relative: file for file in small}
    defects, unchecked = ruff.check(tree.root, list(by_name), SELECT, IGNORE, MEND)
    findings += [_not_checked(by_name[u.file], u.reason) for u in unchecked]
    syntax: dict[str, list[ruff.Defect]] = defaultdict(list)
    for defect in defects:
        file = by_name[defect.file]
        if defect.rule in SYNTAX:
            syntax[defect.file].append(defect)
        elif defect.rule in UNREADABLE:
            findings.append(_not_checked(file, defect.message))
        elif not (defect.rule == "F401" and file.path.name == "__init__.py"):  # there it is a re-export
            findings.append(_defect(file, defect))
    findings += [_syntax(by_name[name], errors) for name, errors in syntax.items()]
    return sorted(
        findings, key=lambda f: (str(f.place.path if f.place else ""), f.place.line or 0 if f.place else 0)
    )


def _defect(file: SourceFile, defect: ruff.Defect) -> Finding:
    code, severity = "CHK105", Severity.WARNING
    if defect.rule in UNDEFINED:
        code = "CHK103"
    elif defect.rule in UNUSED:
        code, severity = "CHK106", Severity.NOTE
    return Finding(
        code,
        severity,
        file.place,
        f"{printable(defect.message)} ({defect.rule})",
        defect.fix or f"mend it by a patch; `ruff rule {defect.rule}` explains",
        Place(file.place, defect.line, defect.column),
    )


def _syntax(file: SourceFile, errors: list[ruff.Defect]) -> Finding:
    """Return one finding for a file, however many errors follow from the first."""
    lines = file.path.read_text(encoding="utf-8", errors="replace").split("\n")
    first = errors[0]
    old = [e for e in errors if e.line <= len(lines) and PYTHON_2.search(lines[e.line - 1])]
    if old:
        line = printable(lines[old[0].line - 1].strip()[:80])
        return Finding(
            "CHK102",
            Severity.WARNING,
            file.place,
            f"Python 2 syntax in {len(errors)} place{'s' * (len(errors) > 1)}, first: {line}",
            "port the file to Python 3 by a patch, or run the reference code in a Python 2 environment of its own",
            Place(file.place, old[0].line, old[0].column),
        )
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return Finding(
        "CHK101",
        Severity.WARNING,
        file.place,
        f"syntax error: {printable(first.message)}{more}",
        "mend the file by a patch, or leave it out",
        Place(file.place, first.line, first.column),
    )


def _not_checked(file: SourceFile, reason: str) -> Finding:
    return Finding(
        "CHK104",
        Severity.WARNING,
        file.place,
        f"not checked: {reason}",
        "look at the file by hand; save it as UTF-8, or leave it out by a patch",
        Place(file.place),
    )
