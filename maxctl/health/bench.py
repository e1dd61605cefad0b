"""Measure the engines whose answers match the goldens, on this machine. Nothing of it is recorded."""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from maxctl.core import resources
from maxctl.core.facts.convert import CandidateFacts
from maxctl.core.progress import Progress
from maxctl.core.spec import ModelSpec, Objective
from maxctl.health.prepared_model import companions

_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one engine's answers cost: medians over the rounds."""

    engine: str
    engines: int
    """Engines that computed at once for the throughput."""
    p50_ms: float
    p95_ms: float
    p99_ms: float
    throughput: float
    """Answers a second, all engines busy."""
    cpu_ms: float
    memory_bytes: int | None
    start_s: float
    """From the start of the process until its engines were loaded and warm."""
    model_bytes: int
    installed_bytes: int
    """Of the Python packages that a service with this engine needs."""


# objective -> (what it is called, the figure, whether less is better)
OBJECTIVES: Mapping[Objective, tuple[str, str, bool]] = {
    "latency": ("the shortest latency of a lone request", "p50_ms", True),
    "throughput": ("the highest throughput", "throughput", False),
    "memory": ("the least memory", "memory_bytes", True),
    "start": ("the quickest start", "start_s", True),
    "size": ("the smallest installation", "installed_bytes", True),
}


def measure(
    spec: ModelSpec,
    root: Path,
    candidates: Sequence[CandidateFacts],
    questions: Sequence[Mapping[str, Any]],
    *,
    seconds: float,
    rounds: int,
    threads: int | None,
    progress: Progress,
) -> list[Measured]:
    """Return what the candidates cost, each asked in a process of its own, in turn, `rounds` times over.

    Raises `ChildFailedError` for one that cannot be loaded or refuses a question.
    """
    from maxctl.adapters import service
    from maxctl.runtimes.service_config import predictor_folder

    beside = companions(spec, root.joinpath)
    told: dict[str, list[dict[str, Any]]] = {one.engine: [] for one in candidates}
    with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
        folders = {
            one.engine: predictor_folder(
                Path(scratch) / one.engine, spec.task, spec.inference, one.engine, root / one.path, beside
            )
            for one in candidates
        }
        for number in range(rounds * len(candidates)):
            engine = candidates[number % len(candidates)].engine
            progress.advance(f"measuring {engine}", number, rounds * len(candidates))
            told[engine].append(service.measure(folders[engine], questions, seconds=seconds, threads=threads))
    return [_summed(one, told[one.engine], spec.inference.input.kind) for one in candidates]


def recommended(measured: Sequence[Measured], objective: Objective) -> Measured:
    """Return the engine that is best by the objective; of equal ones the one that stands first."""
    _, figure, less = OBJECTIVES[objective]
    worth = {one.engine: float(getattr(one, figure) or 0) for one in measured}
    return min(measured, key=lambda one: worth[one.engine] if less else -worth[one.engine])


def _summed(candidate: CandidateFacts, rounds: Sequence[Mapping[str, Any]], kind: str) -> Measured:
    def middle(*path: str) -> float:
        values: list[float] = []
        for one in rounds:
            value: Any = one
            for key in path:
                value = value[key]
            values.append(value)
        return statistics.median(values)

    memory = [one["memory_bytes"] for one in rounds if one["memory_bytes"] is not None]
    return Measured(
        engine=candidate.engine,
        engines=rounds[0]["engines"],
        p50_ms=middle("latency_ms", "p50"),
        p95_ms=middle("latency_ms", "p95"),
        p99_ms=middle("latency_ms", "p99"),
        throughput=middle("throughput_per_s"),
        cpu_ms=middle("cpu_ms"),
        memory_bytes=int(statistics.median(memory)) if memory else None,
        start_s=middle("start_s"),
        model_bytes=candidate.size_bytes,
        installed_bytes=installed_bytes(candidate.engine, kind),
    )


def installed_bytes(engine: str, kind: str) -> int:
    """Return the size of the packages that a service installs, as they are installed beside maxctl.

    What the lists of the service name is followed through the packages' own requirements; a package that is
    not here (one for another system, say) counts nothing.
    """
    folder = resources.path("templates") / "service" / "requirements"
    lists = [folder / f"{name}.in" for name in (engine, kind)]
    waiting = [
        found.group()
        for path in lists
        if path.is_file()
        for line in path.read_text(encoding="utf-8").splitlines()
        if (found := _NAME.match(line))
    ]
    sizes: dict[str, int] = {}
    while waiting:
        name = _normal(waiting.pop())
        if name in sizes:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            sizes[name] = 0
            continue
        sizes[name] = sum(_size(Path(str(file.locate()))) for file in distribution.files or ())
        waiting += [
            found.group()
            for line in distribution.requires or ()
            if "extra ==" not in line and (found := _NAME.match(line))
        ]
    return sum(sizes.values())


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # a file that was removed after the installation, such as a compiled one
