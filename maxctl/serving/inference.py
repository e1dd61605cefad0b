"""One run of the model: all items at once, one by one, or one after the other with a state handed on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .config import Constant, State
from .engines.interface import Array, Engine, Signature, TensorSpec

MAX_ITEMS = 32
"""Items in one call of an engine: more make it no faster, and take memory."""


class Inference:
    """How a model is called, checked once against its signature."""

    def __init__(
        self,
        signature: Signature,
        only_input: str | None,
        constants: Mapping[str, Constant],
        state: Mapping[str, State],
    ) -> None:
        """Raise ValueError, which names what does not fit."""
        for place, names in (("constants", constants), ("state", state)):
            for name in names:
                if name not in signature.inputs:
                    raise ValueError(f"{place}.{name}: the model has {', '.join(signature.inputs)}")
        self.signature = signature
        self.constants = {name: np.asarray(one.value, one.dtype) for name, one in constants.items()}
        self.state = state
        self.asked = [name for name in signature.inputs if name not in constants and name not in state]
        there = ", ".join(signature.inputs)
        if only_input is None and len(self.asked) == 1:
            only_input = self.asked[0]
        if only_input is not None and only_input not in self.asked:
            raise ValueError(f"input.tensor {only_input}: the model has {there}")
        self.only_input = only_input
        for name, one in state.items():
            if one.output not in signature.outputs:
                raise ValueError(
                    f"state.{name}.output {one.output}: the model has {', '.join(signature.outputs)}"
                )

    def run(self, engine: Engine, given: Mapping[str | None, Array]) -> dict[str, Array]:
        """Return the outputs for all items, joined along the first axis. ValueError says what does not fit."""
        named = self._named(given)
        rows = {len(tensor) for tensor in named.values()}
        if len(rows) != 1:
            raise ValueError(f"the inputs have different numbers of items: {sorted(rows)}")
        (count,) = rows
        if not count:
            raise ValueError("there is nothing to ask the model: the input has no item")
        size = self._batch(named, count)
        if size >= count and not self.state:
            return engine.infer({**self.constants, **named})
        parts = list(self._parts(engine, named, count, size))
        return {
            name: np.concatenate([part[name] if part[name].ndim else part[name][None] for part in parts])
            for name in parts[0]
        }

    def _parts(
        self, engine: Engine, named: Mapping[str, Array], count: int, size: int
    ) -> Iterator[dict[str, Array]]:
        state: dict[str, Any] = {name: np.zeros(one.shape, one.dtype) for name, one in self.state.items()}
        for start in range(0, count, size):
            part = {name: tensor[start : start + size] for name, tensor in named.items()}
            outputs = engine.infer({**self.constants, **state, **part})
            for name, one in self.state.items():
                state[name] = outputs[one.output]
            yield outputs

    def _named(self, given: Mapping[str | None, Array]) -> dict[str, Array]:
        named: dict[str, Array] = {}
        for name, tensor in given.items():
            if name is None and self.only_input is None:
                raise ValueError(
                    f"the model has the inputs {', '.join(self.asked)}: name one as input.tensor"
                )
            named[name or self.only_input or ""] = tensor
        if missing := [name for name in self.asked if name not in named]:
            raise ValueError(
                f"preprocess gives {', '.join(named) or 'nothing'}, but the model also takes {', '.join(missing)}"
            )
        for name, tensor in named.items():
            if name not in self.signature.inputs:
                raise ValueError(f"the model has no input {name}; it has {', '.join(self.signature.inputs)}")
            self._check(name, tensor, self.signature.inputs[name])
        return named

    def _check(self, name: str, tensor: Array, wanted: TensorSpec) -> None:
        # the first axis is that of the items, which may be fed one by one
        fits = len(wanted.shape) == tensor.ndim and all(
            size in (None, given) for size, given in zip(wanted.shape[1:], tensor.shape[1:], strict=True)
        )
        if tensor.dtype != wanted.dtype or (wanted.shape and not fits):
            takes = f"{wanted.dtype} {['any' if size is None else size for size in wanted.shape]}"
            raise ValueError(
                f"preprocess gives {tensor.dtype} {list(tensor.shape)}, but input {name} takes {takes}"
            )

    def _batch(self, named: Mapping[str, Array], count: int) -> int:
        """Return how many items go into one call."""
        if self.state:
            return 1
        fixed = {
            self.signature.inputs[name].shape[0] for name in named if self.signature.inputs[name].shape
        } - {None}
        if not fixed:
            return min(count, MAX_ITEMS)
        size = min(one for one in fixed if one is not None)
        if len(fixed) != 1 or (size != 1 and size != count):
            raise ValueError(f"the model takes {size} items at once, and the input has {count}")
        return size
