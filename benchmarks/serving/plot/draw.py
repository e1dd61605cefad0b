"""Draw throughput, p99, CPU and memory: `python draw.py FIGURES.json PICTURE`."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

OURS = "ours"
PANELS = (
    ("answers per second", lambda cell: cell["per_second"], "linear"),
    ("p99 of answers, ms", lambda cell: (cell["latency_ms"] or {}).get("p99"), "log"),
    ("CPU per answer, ms", lambda cell: cell["cpu_ms_per_answer"], "log"),
    ("memory, MiB", lambda cell: cell["peak_mib"], "log"),
)


def main() -> None:
    figures = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    kinds, clients = figures["asked"]["sets"], figures["asked"]["clients"]
    titles = {name: title.strip("*") for name, title in figures["titles"].items()}
    colours = plt.get_cmap("tab10").colors
    families = sorted({name.partition("-")[0] for name in titles if name != OURS})
    grid, axes = plt.subplots(
        len(kinds), len(PANELS), figsize=(4.2 * len(PANELS), 3.9 * len(kinds)), squeeze=False
    )
    lines = {}
    for row, kind in zip(axes, kinds, strict=True):
        for panel, (title, figure, scale) in zip(row, PANELS, strict=True):
            for name, label in titles.items():
                points = [(count, _middle(figures, kind, name, count, figure)) for count in clients]
                points = [
                    point for point in points if point[1] is not None and (point[1] or scale == "linear")
                ]
                if not points:
                    continue
                family = name.partition("-")[0]
                colour = "black" if name == OURS else colours[families.index(family) % len(colours)]
                (line,) = panel.plot(
                    *zip(*points, strict=True),
                    marker="o",
                    markersize=4,
                    linewidth=2.6 if name == OURS else 1.3,
                    linestyle="--" if name.endswith("-2") else "-",
                    color=colour,
                    zorder=3 if name == OURS else 2,
                )
                lines[label] = line
            panel.set(xscale="log", yscale=scale, xlabel="clients")
            panel.set_title(f"{title}{' (no model)' if kind == 'noop' else ''}", fontsize=10)
            panel.set_xticks(clients, [str(count) for count in clients])
            panel.minorticks_off()
            panel.grid(alpha=0.3)
            if scale == "linear":
                panel.set_ylim(bottom=0)
    grid.legend(lines.values(), lines.keys(), loc="lower center", ncols=6, frameon=False, fontsize=9)
    grid.tight_layout(rect=(0, 0.05 + 0.04 / len(kinds), 1, 1))
    grid.savefig(sys.argv[2], dpi=110)


def _middle(figures, kind, name, count, figure):
    wanted = (kind, name, count)
    found = [figure(one) for one in figures["cells"] if (one["set"], one["server"], one["clients"]) == wanted]
    known = [one for one in found if one is not None]
    return statistics.median(known) if known else None


if __name__ == "__main__":
    main()
