"""What Prometheus reads at `/metrics`."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.responses import Response

T = TypeVar("T")
PHASES = ("queue", "decode", "preprocess", "infer", "postprocess", "total")
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class _Phase:
    """Measures the block below `with`."""

    __slots__ = ("_histogram", "_name", "_seconds", "started")

    def __init__(self, name: str, histogram: Histogram, seconds: dict[str, float]) -> None:
        self._name, self._histogram, self._seconds, self.started = name, histogram, seconds, 0.0

    def __enter__(self) -> None:
        self.started = perf_counter()

    def __exit__(self, *_: object) -> None:
        took = self._seconds[self._name] = perf_counter() - self.started
        self._histogram.observe(took)


class Metrics:
    """Counters of one service, in a registry of its own so that two services fit in one process."""

    def __init__(self, in_flight: Callable[[], int], ready: Callable[[], bool]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "maxctl_requests", "Requests answered", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "maxctl_request_seconds",
            "Time from the request's head to the end of its answer",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._phases = Histogram(
            "maxctl_predict_seconds",
            "Time of a prediction by phase: the queue for a worker, decode, preprocess, infer, postprocess, "
            "and total",
            ("phase",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._phase = {name: self._phases.labels(name) for name in PHASES}
        self._refused = Counter(
            "maxctl_refused",
            "Requests refused before they were computed",
            ("reason",),
            registry=self.registry,
        )
        gauge = Gauge("maxctl_in_flight", "Predictions being read or answered", registry=self.registry)
        gauge.set_function(in_flight)
        gauge = Gauge("maxctl_ready", "1 when the model is loaded", registry=self.registry)
        gauge.set_function(ready)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request. `route` is a pattern, so that a scanner's paths make no new series."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, reason: str) -> None:
        """Count one refusal: `busy`, `not-ready`, `deadline`, `too-large` or `too-slow`."""
        self._refused.labels(reason).inc()

    def measured(self, seconds: dict[str, float]) -> Callable[[str], _Phase]:
        """Return what measures the phases of one prediction, here and in `seconds`."""
        return lambda name: _Phase(name, self._phase[name], seconds)

    def computing(self, answer: Callable[[], T], seconds: dict[str, float]) -> Callable[[], T]:
        """Return `answer` measured: from now until a worker begins as `queue`, until it is done as `total`."""
        queue, total = _Phase("queue", self._phase["queue"], seconds), self._phase["total"]
        queue.__enter__()

        def measured() -> T:
            queue.__exit__()
            try:
                return answer()
            finally:
                total.observe(perf_counter() - queue.started)

        return measured

    def response(self) -> Response:
        """Return the metrics in Prometheus' text format."""
        return Response(
            generate_latest(self.registry), media_type=None, headers={"content-type": CONTENT_TYPE_LATEST}
        )
