"""The Open Inference Protocol, version 2, over HTTP with JSON: what KServe's clients speak."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from . import content_encoding, tensors
from .body import read_body
from .direct import Route
from .errors import BadInputError, MediaTypeError, UnknownModelError, shorten
from .inputs import InputKind
from .json_response import encode, json_response
from .logs import PHASES
from .predictor import Phase
from .service import Service
from .shapes import InferenceError, InferenceModel, InferenceRequest, InferenceResponse

PLATFORMS = {
    "litert": "litert",
    "onnxruntime": "onnxruntime_onnx",
    "openvino": "openvino",
    "tensorflow": "tensorflow_savedmodel",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": InferenceError, "description": "The request cannot be used"},
    404: {"model": InferenceError, "description": "No such model or version"},
    408: {"model": InferenceError, "description": "The body did not arrive in time"},
    413: {"model": InferenceError, "description": "The body or the picture is too large"},
    415: {"model": InferenceError, "description": "The body is not JSON"},
    422: {"model": InferenceError, "description": "The model has no answer to this input"},
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
        return json_response(
            {"name": config.api.title, "version": config.api.version, "extensions": ["binary_tensor_data"]}
        )

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
    name = _path_parameter("name", "The model's name: the id in its metadata", config.metadata.id)
    version = _path_parameter("version", "The model's version", config.api.version)
    for path, suffix, names in (
        ("/models/{name}", "", [name]),
        ("/models/{name}/versions/{version}", "_of_version", [name, version]),
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
            openapi_extra={**documented, "requestBody": _request_documentation(service)},
        )
        async def infer(request: Request) -> Response:
            return await _infer(service, request)

    return routes


def _path_parameter(name: str, description: str, only: str) -> dict[str, Any]:
    schema = {"type": "string", "enum": [only]}
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def direct(service: Service) -> dict[str, Route]:
    """Return the routes that go past the framework's routing, by their paths."""
    name, version = service.config.metadata.id, service.config.api.version
    plain, versioned = f"/v2/models/{name}", f"/v2/models/{name}/versions/{version}"
    handler = partial(_infer, service)
    return {
        f"{plain}/infer": Route("/v2/models/{name}/infer", handler, {"name": name}),
        f"{versioned}/infer": Route(
            "/v2/models/{name}/versions/{version}/infer", handler, {"name": name, "version": version}
        ),
    }


async def _infer(service: Service, request: Request) -> Response:
    _check_model(service, request)
    _check_media_type(request)
    header = request.headers.get(tensors.BINARY_HEADER)
    with service.admitted() as place:
        body = await read_body(request, service.max_body_bytes, service.config.limits.body_seconds, place)
        text, binary = await service.work(
            partial(_answer, service, body, header, request.headers.get("content-encoding")),
            request.scope.setdefault(PHASES, {}),
        )
    if binary is None:
        return json_response(text)
    headers = {tensors.BINARY_HEADER: str(len(text))}
    return Response(text + binary, 200, headers, "application/octet-stream")


def _answer(
    service: Service, body: bytes, header: str | None, encoding: str | None, phase: Phase
) -> tuple[bytes, bytes | None]:
    """Return the encoded answer and the binary data after it, computed in one call of a worker thread."""
    predictor, config = service.predictor, service.config
    asked = tensors.parse(
        content_encoding.unpacked(body, encoding, service.max_body_bytes),
        input_name=config.input.field,
        kind=predictor.kind,
        max_elements=max(service.max_body_bytes, 1),
        header=header,
    )
    known = [output["name"] for output in predictor.task.tensors_of(config.outputs)]
    _check_outputs(asked.outputs or (), known)
    # clients put remarks of their own among the parameters, which the protocol lets a server pass over
    given = {name: value for name, value in asked.parameters.items() if name in config.parameters}
    result = predictor.predict_tensor(asked.datatype, asked.shape, asked.data, given, phase=phase)
    by_name = {tensor.name: tensor for tensor in predictor.task.tensors(result)}
    wanted = asked.outputs or tuple(by_name)
    _check_outputs(wanted, by_name)
    head: dict[str, Any] = {"model_name": config.metadata.id, "model_version": config.api.version}
    if asked.id is not None:
        head["id"] = asked.id
    document, binary = tensors.write(head, [by_name[name] for name in wanted], asked.binary)
    return encode(document), binary


def _check_outputs(wanted: Iterable[str], known: Collection[str]) -> None:
    if unknown := [name for name in wanted if name not in known]:
        raise BadInputError(f"There is no output {shorten(unknown[0])}; there are {', '.join(known)}")


def _metadata(service: Service) -> dict[str, Any]:
    config = service.config
    datatype, shape = service.predictor.kind.advertised(config.preprocess)
    return {
        "name": config.metadata.id,
        "versions": [config.api.version],
        "platform": PLATFORMS.get(config.engine.name, config.engine.name),
        "inputs": [
            {
                "name": config.input.field,
                "datatype": datatype,
                "shape": shape,
            }
        ],
        "outputs": service.predictor.task.tensors_of(config.outputs),
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
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    # KServe's own examples use curl -d, which calls its JSON a form
    if kind not in ("application/json", "application/x-www-form-urlencoded", "application/octet-stream", ""):
        raise MediaTypeError(f"Send application/json, not {shorten(kind)}")


def _described(kind: InputKind, field: str) -> str:
    ways = {
        ("image", "BYTES"): "BYTES [1] with a picture file in base64",
        ("image", "UINT8"): "UINT8 [H,W,3] with its pixels",
        ("audio", "BYTES"): "BYTES [1] with an audio file in base64",
        ("audio", "FP32"): "FP32 [N] with samples at 16 kHz",
        ("text", "BYTES"): "BYTES [N] with the texts",
        ("table", "BYTES"): "BYTES [N] with each row as JSON",
    }
    told = [ways.get((kind.name, one), f"{one} [rows, columns]") for one in kind.datatypes]
    return f"One tensor called `{field}`: {', or '.join(told)}"


def _request_documentation(service: Service) -> dict[str, Any]:
    schema = InferenceRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs")
    schema["properties"]["inputs"] = {
        "type": "array",
        "description": _described(service.predictor.kind, service.config.input.field),
        "minItems": 1,
        "maxItems": 1,
        "items": {
            "type": "object",
            "required": ["name", "shape", "datatype", "data"],
            "properties": {
                "name": {"type": "string", "enum": [service.config.input.field]},
                "datatype": {"type": "string", "enum": list(service.predictor.kind.datatypes)},
                "shape": {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1}},
                "data": {"type": "array", "minItems": 1},
            },
        },
    }
    schema["properties"]["outputs"] = {
        "type": ["array", "null"],
        "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    }
    return {"required": True, "content": {"application/json": {"schema": schema}}}
