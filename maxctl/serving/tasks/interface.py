"""What a task is: from the model's outputs to one typed result, and from there to each protocol's shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel

from ..labels import Labels  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .swagger import definitions


@dataclass(frozen=True, slots=True)
class OutputTensor:
    """One output in the Open Inference Protocol: `data` is flat, in row-major order."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: list[Any]


class Task(ABC):
    """One kind of answer. The model's outputs become a value, the steps work on it, and it becomes a result."""

    inputs: ClassVar[frozenset[str]] = frozenset({"image"})
    """The kinds of input that the task takes."""
    roles: ClassVar[frozenset[str]]
    """The roles that a model's outputs can have, as `outputs` in service.json names them."""
    required_roles: ClassVar[frozenset[str]]
    steps: ClassVar[tuple[type[Postprocess], ...]]
    """The steps that work on the task's value."""
    needs_labels: ClassVar[bool] = True
    response_model: ClassVar[type[BaseModel]]
    """The answer's shape, for OpenAPI."""
    summary: ClassVar[str]

    @abstractmethod
    def value(self, outputs: Mapping[str, Array], context: Context) -> Any:
        """Return what the steps work on, from the model's outputs by role."""

    @abstractmethod
    def result(self, value: Any, context: Context, labels: Labels) -> Any:
        """Return the typed result."""

    @abstractmethod
    def max_response(self, result: Any) -> dict[str, Any]:
        """Return the answer of `/model/predict`."""

    @abstractmethod
    def tensors(self, result: Any) -> list[OutputTensor]:
        """Return the outputs of `/v2/models/…/infer`."""

    @abstractmethod
    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of those outputs; -1 where any size fits."""

    def tensors_of(self, roles: Collection[str]) -> list[dict[str, Any]]:
        """Return those of them that a model with these roles gives; without roles, which a hook may choose, all."""
        return self.tensor_metadata()

    def swagger_definitions(self) -> dict[str, Any]:
        """Return Swagger 2.0 definitions of the answer; `ModelPredictResponse` is among them."""
        return definitions(self.response_model)
