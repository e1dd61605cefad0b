"""One running service: its model, its worker threads, and what it admits."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from .admission import Admission, Place, Stopwatch
from .config import ServiceConfig
from .errors import DeadlineError, NotReadyError, ServingError, StartupError
from .metrics import Metrics
from .predictor import Phase, Predictor
from .settings import Settings

log = logging.getLogger(__name__)
T = TypeVar("T")


class Service:
    """What the routes share. The model is loaded in the background, so that health is answered meanwhile."""

    def __init__(self, config: ServiceConfig, folder: Path, settings: Settings) -> None:
        self.config = config
        self.max_body_bytes = settings.max_body_bytes or config.limits.body_bytes
        self.predictor = Predictor(config, folder, engines=settings.threads, max_pixels=settings.max_pixels)
        self.answer_seconds = settings.answer_seconds or config.limits.answer_seconds
        self.admission = Admission(settings.threads, config.limits.in_flight)
        self.metrics = Metrics(lambda: self.admission.in_flight, lambda: self.predictor.loaded)
        self.failure: str | None = None
        self.on_failure: Callable[[], None] = lambda: None
        # as many threads as engines, so that no thread waits for an engine
        self._workers = ThreadPoolExecutor(settings.threads, thread_name_prefix="predict")

    async def load(self) -> None:
        """Load the model in a thread; a failure is logged, told to `on_failure`, and kept for the routes."""
        started = perf_counter()
        try:
            await asyncio.to_thread(self.predictor.load, wide=False)
        except StartupError as error:
            self.failure = str(error)
            log.error("the model could not be loaded: %s", error)
        except Exception:
            self.failure = "the model could not be loaded; the log says why"
            log.exception("the model could not be loaded")
        else:
            log.info(
                "ready after %.2f s: %s", perf_counter() - started, json.dumps(self.predictor.describe())
            )
            await self._load_wide()
            return
        self.on_failure()

    async def _load_wide(self) -> None:
        """Load the engine for lone requests while the others answer; without it the service is only slower."""
        try:
            await asyncio.to_thread(self.predictor.load_wide)
        except Exception:
            log.exception("the engine for requests that are alone could not be loaded; the others serve all")

    @contextmanager
    def admitted(self) -> Iterator[Place]:
        """Hold a place for one prediction, counting why one was refused.

        Raises `NotReadyError` or `OverloadedError`; passes on what the block raises.
        """
        try:
            self.require_ready()
            with self.admission.slot() as place:
                yield place
        except ServingError as error:
            if error.reason:
                self.metrics.refused(error.reason)
            raise

    def require_ready(self) -> None:
        """Raise `NotReadyError` unless the model is loaded."""
        if self.failure is not None:
            raise NotReadyError(f"The model could not be loaded: {self.failure}")
        if not self.predictor.loaded:
            raise NotReadyError("The model is still being loaded; try again")

    async def work(self, answer: Callable[[Phase], T], seconds: dict[str, float]) -> T:
        """Return what `answer` returns, computed in a worker thread; the event loop stays free.

        `answer` is given what measures its phases; their seconds are told in `seconds` too.
        Raises `DeadlineError` once `answer_seconds` are over. An answer that no thread has begun is dropped
        then; one being computed is finished for nobody, as no engine can be interrupted.
        """
        timed = Stopwatch(partial(answer, self.metrics.measured(seconds)))
        computing = self._workers.submit(self.metrics.computing(timed, seconds))
        try:
            async with asyncio.timeout(self.answer_seconds):
                answered = await asyncio.wrap_future(computing)
        except TimeoutError:
            raise DeadlineError(
                f"There was no answer within {self.answer_seconds:g} s; try again later"
            ) from None
        self.admission.took(timed.seconds)
        return answered

    def close(self) -> None:
        """Wait for the answers being computed, and drop the ones not begun."""
        self._workers.shutdown(wait=True, cancel_futures=True)
