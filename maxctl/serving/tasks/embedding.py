"""Embedding: a vector for a picture, for each text, or for each window of a sound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from ..errors import NoAnswerError  # noqa: TID252
from ..labels import Labels  # noqa: TID252
from ..steps.first_token import FirstToken  # noqa: TID252
from ..steps.l2_normalize import L2Normalize  # noqa: TID252
from ..steps.mean_pool import MeanPool  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.pool_windows import AverageWindows  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from ..steps.vectors import Vectors  # noqa: TID252
from .interface import OutputTensor, Task


class ModelPredictResponse(BaseModel):
    """The vectors."""

    status: str = Field(description="ok", examples=["ok"])
    embedding: list[list[float]] = Field(
        description="A vector for the picture, for each text, or for each window of the sound, in their order"
    )


class Embedding(Task):
    """Vectors stay vectors."""

    inputs: ClassVar[frozenset[str]] = frozenset({"audio", "image", "text"})
    roles: ClassVar[frozenset[str]] = frozenset({"embedding"})
    required_roles: ClassVar[frozenset[str]] = frozenset({"embedding"})
    steps: ClassVar[tuple[type[Postprocess], ...]] = (MeanPool, FirstToken, AverageWindows, L2Normalize)
    needs_labels: ClassVar[bool] = False
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Turn the input into a vector"

    def value(self, outputs: Mapping[str, Array], context: Context) -> Vectors:
        """Return the vectors in the output [N,D], or [N,T,D] with one for each token."""
        return Vectors.from_output(outputs["embedding"])

    def result(self, value: Vectors, context: Context, labels: Labels) -> Array:
        """Return float32 [N,D]; ValueError where it is not one vector an item, or holds what is no number."""
        vectors = value.of_items("the answer")
        if not np.isfinite(vectors).all():
            raise NoAnswerError("the model's vectors hold values that are no numbers")
        return vectors

    def max_response(self, result: Array) -> dict[str, Any]:
        """Return the Model Asset eXchange's answer."""
        return {"status": "ok", "embedding": result.tolist()}

    def tensors(self, result: Array) -> list[OutputTensor]:
        """Return the one output [N,D]."""
        return [OutputTensor("embedding", "FP32", result.shape, result.ravel().tolist())]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return the one output."""
        return [{"name": "embedding", "datatype": "FP32", "shape": [-1, -1]}]
