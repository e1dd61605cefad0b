"""Anything else: the service's own hook makes the answer, in a shape that it declares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from ..labels import Labels  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task

CUSTOM = "custom"


class Answer(BaseModel):
    """What the model answers; the service's own schema says more."""

    model_config = ConfigDict(extra="allow")

    status: str = "ok"


class Custom(Task):
    """The hook's `answer` gives a JSON object, which is the answer after `status`."""

    inputs: ClassVar[frozenset[str]] = frozenset({"image", "audio", "text", "table"})
    roles: ClassVar[frozenset[str]] = frozenset()
    required_roles: ClassVar[frozenset[str]] = frozenset()
    steps: ClassVar[tuple[type[Postprocess], ...]] = ()
    needs_labels: ClassVar[bool] = False
    response_model: ClassVar[type[BaseModel]] = Answer
    summary: ClassVar[str] = "Ask the model"

    def value(self, outputs: Mapping[str, Array], context: Context) -> Any:
        """Return what the hook gave."""
        return outputs

    def result(self, value: Any, context: Context, labels: Labels) -> dict[str, Any]:
        """Return the hook's answer; ValueError where it is no object of JSON."""
        if not isinstance(value, Mapping):
            raise ValueError(f"the hook's answer must be a dictionary, not {type(value).__name__}")
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"the hook's answer cannot be written as JSON: {error}") from None
        return dict(value)

    def max_response(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the answer with `status`, which every answer of the Model Asset eXchange has."""
        return {"status": "ok", **result}

    def tensors(self, result: dict[str, Any]) -> list[OutputTensor]:
        """Return one text, the answer as JSON."""
        return [OutputTensor("answer", "BYTES", (1,), [json.dumps(result, allow_nan=False)])]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return the one output."""
        return [{"name": "answer", "datatype": "BYTES", "shape": [1]}]
