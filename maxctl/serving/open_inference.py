"""The Open Inference Protocol, version 2, over HTTP with JSON: what KServe's clients speak."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from . import tensors
from .body import read_body
from .errors import BadInputError, MediaTypeError, UnknownModelError, shorten
from .json_response import encode, json_response
from .service import Service
from .shapes import InferenceError, InferenceModel, InferenceRequest, InferenceResponse

BINARY_HEADER = "inference-header-content-length"
PLATFORMS = {"litert": "litert", "tensorflow": "tensorflow_savedmodel"}
NAME: dict[str, Any] = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "The model's name: the id in its metadata",
    "schema": {"type": "string"},
}
VERSION: dict[str, Any] = {
    "name": "version",
    "in": "path",
    "required": True,
    "description": "The model's version: the one in its metadata",
    "schema": {"type": "string"},
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": InferenceError, "description": "The request cannot be used"},
    404: {"model": InferenceError, "description": "No such model or version"},
    408: {"model": InferenceError, "description": "The body did not arrive in time"},
    413: {"model": InferenceError, "description": "The body or the picture is too large"},
    415: {"model": InferenceError, "description": "The body is not JSON"},
    500: {"model": InferenceError, "description": "A fault of the service"},
    503: {"model": InferenceError, "description": "Not ready, or too busy: Retry-After says when"},
}
MISSING: dict[int | str, dict[str, Any]] = {404: REFUSALS[404]}
UNREADY: dict[int | str, dict[str, Any]] = {503: REFUSALS[503]}


def router(service: Service) -> APIRouter:
    """Return the routes under `/v2`."""
    routes = APIRouter(prefix="/v2", tags=["open-inference"])
    config = service.config

    @routes.get("", operation_id="server_metadata", summary="Name and version of this server")
    async def server() -> Response:
        return json_response({"name": config.api.title, "version": config.api.version, "extensions": []})

    @routes.get("/health/live", operation_id="server_live", summary="Is the process alive?")
    async def live() -> Response:
        return json_response({"live": True})

    @routes.get(
        "/health/ready",
        operation_id="server_ready",
        summary="Is the model loaded and warm?",
        responses=UNREADY,
    )
    async def ready() -> Response:
        service.require_ready()
        return json_response({"ready": True})

    # each path with and without the version
    for path, suffix, names in (
        ("/models/{name}", "", [NAME]),
        ("/models/{name}/versions/{version}", "_of_version", [NAME, VERSION]),
    ):
        documented = {"parameters": names}

        @routes.get(
            path,
            operation_id=f"model_metadata{suffix}",
            summary="Inputs and outputs of the model",
            response_model=InferenceModel,
            responses=MISSING,
            openapi_extra=documented,
        )
        async def metadata(request: Request) -> Response:
            _check_model(service, request)
            return json_response(_metadata(service))

        @routes.get(
            f"{path}/ready",
            operation_id=f"model_ready{suffix}",
            summary="Is the model loaded and warm?",
            responses={**MISSING, **UNREADY},
            openapi_extra=documented,
        )
        async def model_ready(request: Request) -> Response:
            _check_model(service, request)
            service.require_ready()
            return json_response({"name": config.metadata.id, "ready": True})

        @routes.post(
            f"{path}/infer",
            operation_id=f"infer{suffix}",
            summary=service.predictor.task.summary,
            response_model=InferenceResponse,
            responses=REFUSALS,
            openapi_extra={**documented, "requestBody": _request_documentation()},
        )
        async def infer(request: Request) -> Response:
            _check_model(service, request)
            service.require_ready()
            _check_media_type(request)
            with service.admission.slot():
                body = await read_body(request, service.max_body_bytes, config.limits.body_seconds)
                return json_response(await service.work(partial(_answer, service, body)))

    return routes


def _answer(service: Service, body: bytes) -> bytes:
    """Return the encoded answer, computed in one call of a worker thread."""
    predictor, config = service.predictor, service.config
    asked = tensors.parse(body, input_name=config.input.field, max_pixels=predictor.max_pixels)
    known = [output["name"] for output in predictor.task.tensor_metadata()]
    wanted = known if asked.outputs is None else asked.outputs
    if unknown := [name for name in wanted if name not in known]:
        raise BadInputError(f"There is no output {shorten(unknown[0])}; there are {', '.join(known)}")
    # clients put remarks of their own among the parameters, which the protocol lets a server pass over
    given = {name: value for name, value in asked.parameters.items() if name in config.parameters}
    if asked.encoded is not None:
        result = predictor.predict(asked.encoded, given)
    else:
        assert asked.pixels is not None
        result = predictor.predict_pixels(asked.pixels, given)
    by_name = {tensor.name: tensor for tensor in predictor.task.tensors(result)}
    answer: dict[str, Any] = {"model_name": config.metadata.id, "model_version": config.api.version}
    if asked.id is not None:
        answer["id"] = asked.id
    answer["outputs"] = [
        {
            "name": name,
            "datatype": by_name[name].datatype,
            "shape": list(by_name[name].shape),
            "data": by_name[name].data,
        }
        for name in wanted
    ]
    return encode(answer)


def _metadata(service: Service) -> dict[str, Any]:
    config = service.config
    return {
        "name": config.metadata.id,
        "versions": [config.api.version],
        "platform": PLATFORMS.get(config.engine.name, config.engine.name),
        "inputs": [{"name": config.input.field, "datatype": "BYTES", "shape": [1]}],
        "outputs": service.predictor.task.tensor_metadata(),
    }


def _check_model(service: Service, request: Request) -> None:
    name, version = request.path_params["name"], request.path_params.get("version")
    config = service.config
    if name != config.metadata.id:
        raise UnknownModelError(
            f"There is no model {shorten(name)}; the one served here is {config.metadata.id}"
        )
    if version not in (None, config.api.version):
        raise UnknownModelError(
            f"There is no version {shorten(version)}; the one served here is {config.api.version}"
        )


def _check_media_type(request: Request) -> None:
    if BINARY_HEADER in request.headers:
        raise BadInputError(
            "Binary tensors are not supported here: send JSON, without Inference-Header-Content-Length"
        )
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    # KServe's own examples use curl -d, which calls its JSON a form
    if kind not in ("application/json", "application/x-www-form-urlencoded", "application/octet-stream", ""):
        raise MediaTypeError(f"Send application/json, not {shorten(kind)}")


def _request_documentation() -> dict[str, Any]:
    schema = InferenceRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")
    tensor = (
        "One tensor called `image`: BYTES [1] with a picture file in base64, or UINT8 [H,W,3] with its pixels"
    )
    schema["properties"]["inputs"] = {
        "type": "array",
        "description": tensor,
        "minItems": 1,
        "maxItems": 1,
        "items": {"$ref": "#/components/schemas/Tensor"},
    }
    schema["properties"]["outputs"] = {
        "type": ["array", "null"],
        "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    }
    return {"required": True, "content": {"application/json": {"schema": schema}}}
