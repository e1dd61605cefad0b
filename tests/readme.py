"""The README's commands with their output: `python -m tests.readme PROJECT` writes the output anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(?:<!-- (?P<mark>\w+) -->\n)?```console\n(?P<body>.*?)```", re.S)


@dataclass
class Shown:
    """A command and the output that the README shows for it."""

    command: str
    mark: str
    output: list[str] = field(default_factory=list)


def commands() -> list[Shown]:
    """Return every command of the README in order; `mark` says how it is tried."""
    found: list[Shown] = []
    for block in BLOCK.finditer(README.read_text()):
        for line in block["body"].splitlines():
            if line.startswith("$ "):
                found.append(Shown(line[2:], block["mark"] or ""))
            elif found:
                found[-1].output.append(line)
    return found


def run(command: str, project: Path) -> list[str]:
    """Return what a command prints in the project, 100 columns wide."""
    finished = subprocess.run(
        command, shell=True, cwd=project, capture_output=True, text=True, timeout=300,
        env={**os.environ, "COLUMNS": "100", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )  # fmt: skip
    return finished.stdout.rstrip("\n").splitlines()


def write(project: Path) -> None:
    """Write the output of every command marked `run` into the README."""

    def filled(block: re.Match[str]) -> str:
        if block["mark"] != "run":
            return block[0]
        lines: list[str] = []
        for line in block["body"].splitlines():
            if line.startswith("$ "):
                if lines and not lines[-1].startswith("$ "):
                    lines.append("")
                lines += [line, *run(line[2:], project)]
        return "<!-- run -->\n```console\n" + "\n".join(lines) + "\n```"

    README.write_text(BLOCK.sub(filled, README.read_text()))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
