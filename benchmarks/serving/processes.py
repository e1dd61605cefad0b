"""Servers as children, and what their processes take. Standard library only, as the load generator reads it too."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024


class Tree:
    """A command with all that it starts, below a supervisor that ends them when this process ends, however it does."""

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
    ) -> None:
        from maxctl.adapters import supervisor

        self._line, theirs = socket.socketpair()
        number = theirs.fileno()
        watched = [sys.executable, "-I", "-S", supervisor.__file__, str(number), "0", "0", *command]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                watched,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=[number],
            )
        theirs.close()
        self.log = log
        self.pid = self._process.pid

    def ended(self) -> bool:
        """Tell whether the command has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Kill the command and everything below it."""
        self._line.close()
        self._process.wait()

    def pss_mib(self) -> float:
        """Return the memory of the tree, each page counted once, in MiB."""
        return sum(_pss(pid) for pid in descendants(self.pid)) / MIB


def descendants(root: int) -> list[int]:
    """Return the process ids below `root`, from /proc."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - a listing of names is all that is needed
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:  # noqa: PTH123
                    parents[int(entry)] = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue  # it ended meanwhile
    found: list[int] = []
    front = [root]
    while front:
        front = [pid for pid, parent in parents.items() if parent in front]
        found += front
    return found


def cpu_seconds(root: int) -> float:
    """Return user and system time of all processes below `root`, and of those of them that have ended, in seconds."""
    ticks = 0
    for pid in descendants(root):
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return ticks / TICKS


def busy_seconds() -> tuple[float, float]:
    """Return how long the machine's CPUs have worked for anybody here, and for other machines, in seconds."""
    with open("/proc/stat", "rb") as file:  # noqa: PTH123
        user, nice, system, _idle, _waiting, hard, soft, stolen = map(int, file.readline().split()[1:9])
    return (user + nice + system + hard + soft) / TICKS, stolen / TICKS


def _pss(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:  # noqa: PTH123
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0
