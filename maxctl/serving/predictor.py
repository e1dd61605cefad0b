"""The one way from an input to an answer, for the service, the command line and the golden checks alike."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import cpu, engines, hook, inputs, integrity, labels, parameters, tasks
from .config import ServiceConfig
from .engines.interface import Engine, EngineError, Signature
from .engines.pool import EnginePool
from .errors import NotReadyError, ServingError, StartupError
from .inference import Inference
from .steps import Context, postprocess, preprocess

Phase = Callable[[str], AbstractContextManager[None]]
"""Measures a phase of an answer: `decode`, `preprocess`, `infer`, `postprocess`."""
PACKAGES = ("numpy", "pillow", "soundfile", "soxr", "tokenizers")
"""What decides over answers beside the engine."""


def _unmeasured(_: str) -> AbstractContextManager[None]:
    return nullcontext()


class Predictor:
    """A configured model. `load` it once; after that any number of threads may ask it at once."""

    def __init__(
        self, config: ServiceConfig, folder: Path, *, engines: int = 1, max_pixels: int | None = None
    ) -> None:
        self.config = config
        self.folder = folder
        self.labels = labels.load(folder / config.labels) if config.labels else labels.Labels(())
        self.task = tasks.find(config.task)
        self.kind = inputs.find(config.input.kind)
        self.limits = inputs.Limits(
            pixels=config.limits.pixels if max_pixels is None else max_pixels,
            seconds=config.limits.seconds,
            items=config.limits.items,
        )
        self.engines = engines
        self._hook = hook.load(folder / config.hook) if config.hook else hook.Hook()
        self._steps = [step.bind(folder) for step in config.preprocess]
        self._pool: EnginePool | None = None
        self._inference: Inference | None = None

    def load(self, *, wide: bool = True) -> None:
        """Verify the model's digest, load it and answer one example with each engine.

        Without `wide` the engine for a request that is alone is left to `load_wide`, and the others can answer
        meanwhile. Raises `StartupError` in one line. The first inference of an engine allocates and compiles, so it is
        not left to the first caller; and a configuration that does not fit the model shows here.
        """
        path = self.folder / self.config.engine.path
        integrity.verify(path, self.config.engine.sha256)
        try:
            pool = EnginePool(engines.find(self.config.engine.name), path, self.engines)
            inference = self._fitting(pool.signature)
            for engine in pool.narrow:
                self._warm(engine, inference)
            if wide:
                self._add_wide(pool, inference)
        except (EngineError, ServingError, ValueError) as error:
            raise StartupError(f"service.json does not fit the model: {error}") from error
        except ImportError as error:
            raise StartupError(f"engine {self.config.engine.name} is not installed here ({error})") from error
        self._pool, self._inference = pool, inference

    def load_wide(self) -> None:
        """Load the engine for a request that is alone, once `load` has succeeded. Raises `StartupError`."""
        try:
            self._add_wide(*self._loaded())
        except (EngineError, ServingError, ValueError) as error:
            raise StartupError(f"the model cannot be loaded once more: {error}") from error

    def _add_wide(self, pool: EnginePool, inference: Inference) -> None:
        if (engine := pool.load_wide()) is not None:
            self._warm(engine, inference)
            pool.lend_wide(engine)

    def _warm(self, engine: Engine, inference: Inference) -> None:
        defaults = parameters.resolve(self.config.parameters, {})
        self._answer(engine, inference, self.kind.example(), defaults, _unmeasured)

    @property
    def loaded(self) -> bool:
        """Tell whether `load` has succeeded."""
        return self._pool is not None

    @property
    def signature(self) -> Signature:
        """Return the model's own signature; `NotReadyError` before `load`."""
        return self._loaded()[0].signature

    def predict(
        self, data: bytes, given: Mapping[str, object] | None = None, phase: Phase = _unmeasured
    ) -> Any:
        """Return the task's typed result for an encoded input: a file's bytes, or JSON for texts and rows.

        `given` holds the caller's parameters by name, as numbers or text; the others take their defaults.
        Raises a `ServingError` for what the caller can mend.
        """
        values = parameters.resolve(self.config.parameters, given or {})
        with phase("decode"):
            value = self.kind.decode(data, self.limits, self.config.input.field)
        return self._run(value, values, phase)

    def predict_tensor(
        self,
        datatype: str,
        shape: tuple[int, ...],
        data: Any,
        given: Mapping[str, object] | None = None,
        phase: Phase = _unmeasured,
    ) -> Any:
        """Return the same for one tensor of the Open Inference Protocol."""
        values = parameters.resolve(self.config.parameters, given or {})
        with phase("decode"):
            value = self.kind.from_tensor(datatype, shape, data, self.limits, self.config.input.field)
        return self._run(value, values, phase)

    def max_response(self, result: Any) -> dict[str, Any]:
        """Return the result in the shape of `/model/predict`."""
        return self.task.max_response(result)

    def describe(self) -> dict[str, Any]:
        """Return what the answers depend on beside the model: engine, versions, the CPU's instructions."""
        name = self.config.engine.name
        return {
            "model": self.config.metadata.id,
            "engine": {"name": name, "version": engines.find(name).version()},
            "versions": {"python": platform.python_version(), **_installed()},
            "platform": f"{platform.system().lower()}-{platform.machine()}",
            "cpu_flags": cpu.flags(),
        }

    def _run(self, value: Any, values: Mapping[str, float], phase: Phase) -> Any:
        pool, inference = self._loaded()
        with pool.borrow() as engine:
            return self._answer(engine, inference, value, values, phase)

    def _loaded(self) -> tuple[EnginePool, Inference]:
        if self._pool is None or self._inference is None:
            raise NotReadyError("The model is still being loaded; try again")
        return self._pool, self._inference

    def _answer(
        self, engine: Engine, inference: Inference, value: Any, values: Mapping[str, float], phase: Phase
    ) -> Any:
        with phase("preprocess"):
            value = preprocess(value, self._steps)
            tensors = {**self._hook.prepare(value, values)} if self._hook.prepare else value.tensors()
        with phase("infer"):
            outputs = inference.run(engine, tensors)
        with phase("postprocess"):
            context = Context(values, value)
            if self._hook.answer:
                roles = self._hook.answer(outputs, value, values)
            else:
                roles = {role: outputs[name] for role, name in self.config.outputs.items()}
            answer = postprocess(self.task.value(roles, context), self.config.postprocess, context)
            return self.task.result(answer, context, self.labels)

    def _fitting(self, signature: Signature) -> Inference:
        config = self.config
        for role, name in config.outputs.items():
            if name not in signature.outputs:
                raise ValueError(f"outputs.{role} {name}: the model has {', '.join(signature.outputs)}")
        inference = Inference(signature, config.input.tensor, config.constants, config.state)
        if self._hook.prepare is None and self.kind.one_tensor and inference.only_input is None:
            raise ValueError(
                f"the model has the inputs {', '.join(inference.asked)}: name one as input.tensor"
            )
        return inference


def _installed() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
