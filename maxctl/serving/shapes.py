"""The answers' shapes that do not depend on the task, for OpenAPI. Callers read these descriptions."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class ModelMetadata(BaseModel):
    """What the model is, and under which terms."""

    id: str = Field(description="Model identifier")
    name: str = Field(description="Model name")
    description: str = Field(description="Model description")
    type: str = Field(description="Model type")
    source: str = Field(description="Model source")
    license: str = Field(description="Model license, an SPDX expression")


class ModelLabel(BaseModel):
    """One label."""

    id: str = Field(description="Label identifier")
    name: str = Field(description="Label name")


class LabelsResponse(BaseModel):
    """The labels that the model can answer with."""

    count: int = Field(description="Number of labels returned")
    labels: list[ModelLabel] = Field(description="Labels that can be predicted by the model")


class ErrorResponse(BaseModel):
    """Why a request was refused."""

    status: str = Field(description="error", examples=["error"])
    message: str = Field(description="What happened, and what is accepted")
    errors: dict[str, str] | None = Field(default=None, description="The reason, by the name of the field")
    request_id: str | None = Field(
        default=None, description="Of an internal error: where the log has the details"
    )


class Health(BaseModel):
    """Whether the service is well."""

    status: str = Field(description="ok", examples=["ok"])


class InferenceError(BaseModel):
    """Why an inference was refused."""

    error: str


class Tensor(BaseModel):
    """One input or output."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Any] | None = None
    parameters: dict[str, Any] | None = None


class RequestedOutput(BaseModel):
    """One output that is wanted."""

    name: str
    parameters: dict[str, Any] | None = None


class InferenceRequest(BaseModel):
    """Inputs, and optionally the outputs that are wanted."""

    id: str | None = None
    parameters: dict[str, Any] | None = None
    inputs: list[Tensor]
    outputs: list[RequestedOutput] | None = None


class InferenceResponse(BaseModel):
    """Outputs."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[Tensor]


class TensorMetadata(BaseModel):
    """Name, type and shape of a tensor; -1 stands for any size."""

    name: str
    datatype: str
    shape: list[int]


class InferenceModel(BaseModel):
    """The model as the Open Inference Protocol describes it."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
