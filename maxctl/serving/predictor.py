"""The one way from a picture to an answer, for the service, the command line and the golden checks alike."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from . import cpu, engines, integrity, labels, parameters, tasks
from .config import ServiceConfig
from .engines.interface import Array, Engine, EngineError, Signature
from .engines.pool import EnginePool
from .errors import NotReadyError, StartupError
from .steps import decode_image, preprocess


class Predictor:
    """A configured model. `load` it once; after that any number of threads may ask it at once."""

    def __init__(
        self, config: ServiceConfig, folder: Path, *, engines: int = 1, max_pixels: int | None = None
    ) -> None:
        self.config = config
        self.folder = folder
        self.labels = labels.load(folder / config.labels)
        self.task = tasks.find(config.task)
        self.engines = engines
        self.max_pixels = config.limits.pixels if max_pixels is None else max_pixels
        self._pool: EnginePool | None = None

    def load(self) -> None:
        """Verify the model's digest, load it and answer one grey picture with each engine.

        Raises `StartupError` in one line. The first inference of an engine allocates and compiles, so it is
        not left to the first caller; and a configuration that does not fit the model shows here.
        """
        path = self.folder / self.config.engine.path
        integrity.verify(path, self.config.engine.sha256)
        try:
            pool = EnginePool(engines.find(self.config.engine.name), path, self.engines)
            self._check_names(pool.signature)
            for engine in pool.engines:
                grey = np.full((32, 32, 3), 128, np.uint8)
                self._answer(engine, pool.signature, grey, parameters.resolve(self.config.parameters, {}))
        except (EngineError, ValueError) as error:
            raise StartupError(f"service.json does not fit the model: {error}") from error
        except ImportError as error:
            raise StartupError(f"engine {self.config.engine.name} is not installed here ({error})") from error
        self._pool = pool

    @property
    def loaded(self) -> bool:
        """Tell whether `load` has succeeded."""
        return self._pool is not None

    @property
    def signature(self) -> Signature:
        """Return the model's own signature; `NotReadyError` before `load`."""
        return self._loaded_pool().signature

    def predict(self, data: bytes, given: Mapping[str, object] | None = None) -> Any:
        """Return the task's typed result for an encoded picture.

        `given` holds the caller's parameters by name, as numbers or text; the others take their defaults.
        Raises `BadInputError` or `TooManyPixelsError` for what the caller can mend.
        """
        values = parameters.resolve(self.config.parameters, given or {})
        return self._run(
            decode_image(data, max_pixels=self.max_pixels, field=self.config.input.field), values
        )

    def predict_pixels(self, pixels: Array, given: Mapping[str, object] | None = None) -> Any:
        """Return the task's typed result for decoded pixels, uint8 [H,W,3] RGB."""
        values = parameters.resolve(self.config.parameters, given or {})
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
            raise ValueError(f"pixels must be uint8 [H,W,3], not {pixels.dtype} {list(pixels.shape)}")
        return self._run(pixels, values)

    def max_response(self, result: Any) -> dict[str, Any]:
        """Return the result in the shape of `/model/predict`."""
        return self.task.max_response(result)

    def describe(self) -> dict[str, Any]:
        """Return what the answers depend on beside the model: engine, versions, the CPU's instructions."""
        name = self.config.engine.name
        return {
            "model": self.config.metadata.id,
            "engine": {"name": name, "version": engines.find(name).version()},
            "versions": {
                "python": platform.python_version(),
                **{package: version(package) for package in ("numpy", "pillow")},
            },
            "platform": f"{platform.system().lower()}-{platform.machine()}",
            "cpu_flags": cpu.flags(),
        }

    def _run(self, pixels: Array, values: Mapping[str, float]) -> Any:
        pool = self._loaded_pool()
        with pool.borrow() as engine:
            return self._answer(engine, pool.signature, pixels, values)

    def _loaded_pool(self) -> EnginePool:
        if self._pool is None:
            raise NotReadyError("The model is still being loaded; try again")
        return self._pool

    def _answer(
        self, engine: Engine, signature: Signature, pixels: Array, values: Mapping[str, float]
    ) -> Any:
        name = self._input_name(signature)
        tensor = preprocess(pixels, self.config.preprocess)[np.newaxis]
        wanted = signature.inputs[name]
        sizes_fit = len(wanted.shape) == tensor.ndim and all(
            size in (None, given) for size, given in zip(wanted.shape, tensor.shape, strict=True)
        )
        if tensor.dtype != wanted.dtype or (wanted.shape and not sizes_fit):
            takes = f"{wanted.dtype} {['any' if size is None else size for size in wanted.shape]}"
            raise ValueError(
                f"preprocess gives {tensor.dtype} {list(tensor.shape)}, but input {name} takes {takes}"
            )
        outputs = engine.infer({name: tensor})
        roles = {role: outputs[tensor_name] for role, tensor_name in self.config.outputs.items()}
        return self.task.result(roles, self.config.postprocess, values, self.labels)

    def _input_name(self, signature: Signature) -> str:
        return self.config.input.tensor or next(iter(signature.inputs))

    def _check_names(self, signature: Signature) -> None:
        there = ", ".join(signature.inputs)
        if self.config.input.tensor is None and len(signature.inputs) != 1:
            raise ValueError(f"the model has the inputs {there}: name one as input.tensor")
        if self._input_name(signature) not in signature.inputs:
            raise ValueError(f"input.tensor {self.config.input.tensor}: the model has {there}")
        for role, name in self.config.outputs.items():
            if name not in signature.outputs:
                raise ValueError(f"outputs.{role} {name}: the model has {', '.join(signature.outputs)}")
