"""What a task is: from the model's outputs to one typed result, and from there to each protocol's shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel

from ..labels import Labels  # noqa: TID252
from ..steps.chain import PostprocessStep  # noqa: TID252
from ..steps.options import Array  # noqa: TID252


@dataclass(frozen=True, slots=True)
class OutputTensor:
    """One output in the Open Inference Protocol: `data` is flat, in row-major order."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    data: list[Any]


class Task(ABC):
    """One kind of answer."""

    roles: ClassVar[frozenset[str]]
    """The roles that a model's outputs can have, as `outputs` in service.json names them."""
    required_roles: ClassVar[frozenset[str]]
    response_model: ClassVar[type[BaseModel]]
    """The answer's shape, for OpenAPI."""
    summary: ClassVar[str]

    @abstractmethod
    def result(
        self,
        outputs: Mapping[str, Array],
        steps: Sequence[PostprocessStep],
        parameters: Mapping[str, float],
        labels: Labels,
    ) -> Any:
        """Return the typed result of the model's outputs, given by role."""

    @abstractmethod
    def max_response(self, result: Any) -> dict[str, Any]:
        """Return the answer of `/model/predict`."""

    @abstractmethod
    def tensors(self, result: Any) -> list[OutputTensor]:
        """Return the outputs of `/v2/models/…/infer`."""

    @abstractmethod
    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of those outputs; -1 where any size fits."""

    @abstractmethod
    def swagger_definitions(self) -> dict[str, Any]:
        """Return Swagger 2.0 definitions of the answer; `ModelPredictResponse` is among them."""
