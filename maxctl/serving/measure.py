"""How fast a model answers on this machine: alone, and as many at once as there are engines."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from .batch import Case, data
from .predictor import Predictor


def measure(predictor: Predictor, cases: Sequence[Case], seconds: float) -> dict[str, Any]:
    """Return what the answers to the cases, asked in turn and again for `seconds` each way, cost.

    `latency_ms` (p50, p95, p99 of a request that is alone), `throughput_per_s` and `cpu_ms` (of a request, all
    engines busy), `memory_bytes` (of the process, pages that it shares counted in part), `engines`. Raises a
    `ServingError` for a case that is refused.
    """
    inputs = [(data(predictor, Path(case.input)), case.parameters) for case in cases]
    taken: list[float] = []
    end = perf_counter() + seconds
    while perf_counter() < end or len(taken) < len(inputs):
        content, parameters = inputs[len(taken) % len(inputs)]
        started = perf_counter()
        predictor.max_response(predictor.predict(content, parameters))
        taken.append(perf_counter() - started)
    counts = [0] * predictor.engines
    faults: list[Exception] = []
    end = perf_counter() + seconds

    def work(number: int) -> None:
        try:
            while perf_counter() < end:
                content, parameters = inputs[(number + counts[number]) % len(inputs)]
                predictor.max_response(predictor.predict(content, parameters))
                counts[number] += 1
        except Exception as error:  # noqa: BLE001 - raised again in the calling thread
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(predictor.engines)]
    started, computing = perf_counter(), process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, computed = perf_counter() - started, process_time() - computing
    if faults:
        raise faults[0]
    answered = max(1, sum(counts))
    taken.sort()
    return {
        "engines": predictor.engines,
        "latency_ms": {f"p{part}": _percentile(taken, part) * 1000 for part in (50, 95, 99)},
        "throughput_per_s": sum(counts) / wall,
        "cpu_ms": computed * 1000 / answered,
        "memory_bytes": _memory(),
    }


def _percentile(ordered: Sequence[float], part: int) -> float:
    """Return the smallest value that `part` percent of the values do not exceed (the nearest rank)."""
    return ordered[max(0, -(-len(ordered) * part // 100) - 1)]


def _memory() -> int | None:
    """Return the proportional set size of this process in bytes, or None where the system does not tell."""
    try:
        lines = Path(f"/proc/{os.getpid()}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), None)
