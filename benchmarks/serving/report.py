"""Tables and targets from the figures of a run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

QUEUE = 16  # what the service admits beside one request for each CPU
OURS = "ours"
SETS = {"model": "The detector", "noop": "A model that costs nothing"}
Figures = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One of the twelve: what was measured beside what was wanted; `met` is None where it was not measured."""

    number: int
    what: str
    wanted: str
    value: str
    met: bool | None

    def record(self) -> dict[str, Any]:
        return asdict(self)


def middle(values: Iterable[float | None]) -> float | None:
    """Return the median of what is there, or None."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def cells(figures: Figures, kind: str, server: str, clients: int) -> list[Figures]:
    """Return the measurements of one server with so many clients, one a round."""
    wanted = (kind, server, clients)
    return [one for one in figures["cells"] if (one["set"], one["server"], one["clients"]) == wanted]


def value(figures: Figures, kind: str, server: str, clients: int, name: str) -> float | None:
    """Return the median of a figure over the rounds; `p99` and the like are of the answers."""
    return middle(_figure(one, name) for one in cells(figures, kind, server, clients))


def _figure(cell: Figures, name: str) -> float | None:
    if name.startswith("refusal p"):
        return (cell["refusal_ms"] or {}).get(name.removeprefix("refusal "))
    if name in ("p50", "p95", "p99"):
        return (cell["latency_ms"] or {}).get(name)
    found: float | None = cell[name]
    return found


def start(figures: Figures, kind: str, server: str, name: str) -> float | None:
    """Return the median of a figure of the starts."""
    return middle(one[name] for one in figures["starts"] if (one["set"], one["server"]) == (kind, server))


def floor(figures: Figures, kind: str, threads: int, name: str) -> float | None:
    """Return the median of a figure of the bare path."""
    return middle(one[name] for one in figures["floor"] if (one["set"], one["threads"]) == (kind, threads))


def names(figures: Figures, kind: str) -> list[str]:
    """Return the servers that were measured, in the order of the tables."""
    measured = {one["server"] for one in figures["cells"] if one["set"] == kind}
    return [name for name in figures["titles"] if name in measured]


# --- targets


def targets(figures: Figures) -> list[Target]:
    """Return the twelve targets; one that needs a client count or a set that was left out says so."""
    asked = figures["asked"]["clients"]
    cpus = figures["machine"]["cpus"]
    peers = [name for name in names(figures, "model") if name != OURS]

    def ours(clients: int, name: str) -> float | None:
        return value(figures, "model", OURS, clients, name)

    return [
        _at_most(
            1,
            "CPU per request over the bare path's, 16 clients",
            1.05,
            _ratio(ours(16, "cpu_ms_per_answer"), floor(figures, "model", cpus, "cpu_ms")),
        ),
        _at_least(
            2,
            f"throughput over the bare path's with {cpus} threads, 16 clients",
            0.90,
            _ratio(ours(16, "per_second"), floor(figures, "model", cpus, "per_second")),
        ),
        _web_layer(figures),
        *_against_peers(figures, peers, asked),
        _at_most(
            5,
            "p99 over the best peer's, 16 clients",
            0.7,
            _ratio(ours(16, "p99"), _best(figures, peers, 16, "p99", min)),
        ),
        *(_bounded(figures, clients, cpus) for clients in (64, 256)),
        _at_least(
            7,
            "answers per second, 256 clients over 16",
            0.85,
            _ratio(ours(256, "per_second"), ours(16, "per_second")),
        ),
        _growth(figures, asked),
        _at_most(9, "start to first answer, s", 1.0, start(figures, "model", OURS, "start_s")),
        _at_most(10, "memory when idle, MiB", 180, start(figures, "model", OURS, "idle_mib"), digits=0),
        _at_most(11, "installed packages, MiB", 200, figures["packages"][OURS]["mib"], digits=0),
        _equal(figures),
    ]


def _ratio(one: float | None, other: float | None) -> float | None:
    return one / other if one is not None and other else None


def _at_most(number: int, what: str, bound: float, found: float | None, digits: int = 2) -> Target:
    return _bound(number, what, "≤", bound, found, digits)


def _at_least(number: int, what: str, bound: float, found: float | None, digits: int = 2) -> Target:
    return _bound(number, what, "≥", bound, found, digits)


def _bound(number: int, what: str, sign: str, bound: float, found: float | None, digits: int) -> Target:
    met = None if found is None else found <= bound if sign == "≤" else found >= bound
    shown = "not measured" if found is None else f"{found:.{digits}f}"
    return Target(number, what, f"{sign} {bound:.{digits}f}", shown, met)


def _web_layer(figures: Figures) -> Target:
    """Compare the web layers: the peers' no-op decodes nothing, so the bare path's share is taken off ours."""
    what = "CPU of the web layer over Starlette's with the form parsed, no model, 16 clients"
    whole = value(figures, "noop", OURS, 16, "cpu_ms_per_answer")
    bar = value(figures, "noop", "starlette", 16, "cpu_ms_per_answer")
    bare = floor(figures, "noop", 1, "cpu_ms")
    if whole is None or bar is None or bare is None:
        return Target(3, what, "≤ 1.60", "not measured", None)
    alone = (whole - bare) / bar
    shown = f"{alone:.2f} ({whole / bar:.2f} with its decoding, tiny model and steps, {bare:.2f} ms)"
    return Target(3, what, "≤ 1.60", shown, alone <= 1.6)


def _best(
    figures: Figures, peers: Sequence[str], clients: int, name: str, choose: Callable[..., Any]
) -> float | None:
    known = [found for peer in peers if (found := value(figures, "model", peer, clients, name)) is not None]
    return choose(known) if known else None


def _against_peers(figures: Figures, peers: Sequence[str], asked: Sequence[int]) -> list[Target]:
    found = []
    for clients in asked:
        bound = 1.8 if clients == 16 else 1.5
        mine = value(figures, "model", OURS, clients, "per_second")
        ratio = _ratio(mine, _best(figures, peers, clients, "per_second", max))
        found.append(
            _at_least(4, f"answers per second over the best peer's, {_clients(clients)}", bound, ratio)
        )
    return found


def _bounded(figures: Figures, clients: int, cpus: int) -> Target:
    """The time to serve all that is admitted bounds an answer's; a refusal comes at once."""
    what = f"p99 of answers over (queue + CPUs) / throughput, and of refusals in ms, {clients} clients"
    p99, rate = (value(figures, "model", OURS, clients, name) for name in ("p99", "per_second"))
    if p99 is None or not rate:
        return Target(6, what, "≤ 1.30, ≤ 100", "not measured", None)
    ratio = p99 / (1000 * (QUEUE + cpus) / rate)
    refused = value(figures, "model", OURS, clients, "refusal p99")
    shown = f"{ratio:.2f}, {'no refusal' if refused is None else f'{refused:.0f}'}"
    return Target(6, what, "≤ 1.30, ≤ 100", shown, ratio <= 1.3 and (refused is None or refused <= 100))


def _growth(figures: Figures, asked: Sequence[int]) -> Target:
    what = "memory from idle to its peak with up to 256 clients, MiB"
    idle = start(figures, "model", OURS, "idle_mib")
    peak = value(figures, "model", OURS, 256, "peak_mib") if 256 in asked else None
    return _at_most(8, what, 30, None if peak is None or idle is None else peak - idle, digits=0)


def _equal(figures: Figures) -> Target:
    what = "detections: labels equal, lowest IoU, largest difference of a score"
    answers = figures["equality"].get(OURS)
    if not answers:
        return Target(12, what, "equal, ≥ .95, ≤ .01", "not measured", None)
    iou = min(one["lowest_iou"] for one in answers.values())
    gap = max(one["largest_score_gap"] for one in answers.values())
    met = all(one["equal"] for one in answers.values())
    counts = all(one["found"] == one["expected"] for one in answers.values())
    shown = f"{'equal' if counts else 'different'}, {iou:.4f}, {gap:.5f}"
    return Target(12, what, "equal, ≥ .95, ≤ .01", shown, met)


# --- tables


def document(figures: Figures) -> str:
    """Return all tables as Markdown."""
    asked, machine = figures["asked"], figures["machine"]
    loads = [" ".join(f"{one:.2f}" for one in figures[when]) for when in ("load_before", "load_after")]
    others = sorted(one["others_cpu"] + one["stolen_cpu"] for one in figures["cells"])
    parts = [
        f"{machine['cpus']} CPUs of {machine['cpu']}, {machine['memory_mib'] // 1024} GiB, Python {machine['python']};"
        f" load average before {loads[0]}, after {loads[1]}. Medians of {asked['rounds']} rounds of"
        f" {asked['seconds']:g} s; uploads of {figures['upload_bytes']['model'] // 1000} kB."
        f" Refused clients {'wait as Retry-After says' if asked['obedient'] else 'ask again at once'}."
        f" Others took {statistics.median(others):.2f} CPUs meanwhile (median; {others[-1]:.2f} at most)."
    ]
    parts += [f"Failed: {words}" for words in figures["failed"]]
    for kind in asked["sets"]:
        parts += [f"## {SETS[kind]}", _once(figures, kind), _floor(figures, kind)]
        for clients in asked["clients"]:
            parts += [f"### {SETS[kind]}, {_clients(clients)}", _table(figures, kind, clients)]
    parts += ["## Targets", _targets(figures)]
    return "\n\n".join(parts)


def _clients(count: int) -> str:
    return "1 client" if count == 1 else f"{count} clients"


def _rows(header: str, numbers: int, rows: Iterable[Sequence[str]]) -> str:
    columns = header.count("|") + 1
    rule = "|".join(["---"] * (columns - numbers) + ["---:"] * numbers)
    return "\n".join([f"| {header} |", f"|{rule}|", *(f"| {' | '.join(row)} |" for row in rows)])


def _shown(found: float | None, digits: int = 0) -> str:
    return "–" if found is None else f"{found:.{digits}f}"


def _once(figures: Figures, kind: str) -> str:
    rows = []
    for name in names(figures, kind):
        package = name.partition("-")[0]
        same = figures["equality"].get(name)
        equal = "–" if not same else "yes" if all(one["equal"] for one in same.values()) else "**no**"
        rows.append(
            [
                figures["titles"][name],
                _shown(start(figures, kind, name, "start_s"), 2),
                _shown(start(figures, kind, name, "idle_mib")),
                _shown(figures["packages"][package]["mib"]),
                equal,
            ]
        )
    if kind == "noop":
        return _rows("server | start to first answer, s | memory idle, MiB", 2, (row[:3] for row in rows))
    return _rows(
        "server | start to first answer, s | memory idle, MiB | packages, MiB | answers equal", 4, rows
    )


def _floor(figures: Figures, kind: str) -> str:
    threads = sorted({one["threads"] for one in figures["floor"]})
    rows = (
        [
            f"bare path, {count} {'thread' if count == 1 else 'threads'}",
            _shown(floor(figures, kind, count, "per_second"), 1),
            _shown(floor(figures, kind, count, "cpu_ms"), 2),
        ]
        for count in threads
    )
    return _rows("floor | pictures/s | CPU, ms", 2, rows)


def _table(figures: Figures, kind: str, clients: int) -> str:
    digits = 0 if kind == "model" else 1
    rows = []
    for name in names(figures, kind):
        found = cells(figures, kind, name, clients)

        def of(what: str, digits: int = 0, name: str = name) -> str:
            return _shown(value(figures, kind, name, clients, what), digits)

        bare = any(one["refusals_without_retry_after"] for one in found)
        wrong: dict[str, int] = {}
        for cell in found:
            for why, count in cell["failures"].items():
                wrong[why] = wrong.get(why, 0) + count
            if cell["died"]:
                wrong[cell["died"]] = 1
        rows.append(
            [
                figures["titles"][name],
                of("per_second", 1),
                f"{of('p50', digits)} / {of('p95', digits)} / {of('p99', digits)}",
                of("refusals") + (", without Retry-After" if bare else ""),
                ", ".join(f"{count} {why}" for why, count in sorted(wrong.items())) or "0",
                of("cpu_ms_per_answer", 2),
                of("peak_mib"),
                f"{100 * (value(figures, kind, name, clients, 'client_cpu') or 0):.0f} %",
            ]
        )
    return _rows(
        "server | answers/s | p50 / p95 / p99, ms | refused | errors in all rounds | CPU, ms/answer"
        " | memory, MiB | client's CPU",
        7,
        rows,
    )


def _targets(figures: Figures) -> str:
    rows = (
        [
            str(one.number),
            one.what,
            one.wanted,
            one.value,
            "–" if one.met is None else "yes" if one.met else "**no**",
        ]
        for one in targets(figures)
    )
    return _rows("# | measure | target | value | met", 0, rows)
