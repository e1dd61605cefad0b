"""How long the command line takes to start, against the import of the libraries that it is made of.

    python benchmarks/start_up.py

The floor and each command run in turn, 15 times; the figures are medians of wall time and their ratio to the floor.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
FLOOR = "import typer, rich"
COMMANDS = {
    FLOOR: [sys.executable, "-c", FLOOR],
    "maxctl --help": [sys.executable, "-m", "maxctl", "--help"],
    "maxctl show pipelines": [sys.executable, "-m", "maxctl", "show", "pipelines"],
    "maxctl scan-license --help": [sys.executable, "-m", "maxctl", "scan-license", "--help"],
}


def main() -> None:
    """Print a Markdown table."""
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds[name].append(time.perf_counter() - started)
    floor = statistics.median(seconds[FLOOR])
    print("| command | median | ratio to the floor |\n|---|---:|---:|")
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"| `{name}` | {middle * 1000:.0f} ms | {middle / floor:.2f} |")


if __name__ == "__main__":
    main()
