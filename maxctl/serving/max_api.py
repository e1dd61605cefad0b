"""The Model Asset eXchange's API: metadata, labels, predict."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from . import multipart, parameters
from .body import read_body
from .errors import INVALID_PAYLOAD, BadInputError, shorten
from .json_response import encode, json_response
from .multipart import Form
from .service import Service
from .shapes import ErrorResponse, LabelsResponse, ModelMetadata
from .steps.decode_image import ACCEPTED

FILE_HELP = f"An image file (encoded as {ACCEPTED})"
METADATA = "Return the metadata associated with the model"
LABELS = "Return the list of labels that can be predicted by the model"
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorResponse, "description": "The file or a parameter cannot be used"},
    408: {"model": ErrorResponse, "description": "The body did not arrive in time"},
    413: {"model": ErrorResponse, "description": "The body or the picture is too large"},
    500: {"model": ErrorResponse, "description": "A fault of the service"},
    503: {"model": ErrorResponse, "description": "Not ready, or too busy: Retry-After says when"},
}


def router(service: Service) -> APIRouter:
    """Return the routes under `/model`."""
    routes = APIRouter(prefix="/model", tags=["model"])
    metadata = encode(service.config.metadata.model_dump())
    known = [{"id": str(label.id), "name": label.name} for label in service.predictor.labels.all]
    labels = encode({"count": len(known), "labels": known})

    @routes.get(
        "/metadata",
        response_model=ModelMetadata,
        operation_id="get_model_metadata_api",
        summary=METADATA,
    )
    async def get_metadata() -> Response:
        return json_response(metadata)

    @routes.get(
        "/labels",
        response_model=LabelsResponse,
        operation_id="labels",
        summary=LABELS,
    )
    async def get_labels() -> Response:
        return json_response(labels)

    @routes.post(
        "/predict",
        response_model=service.predictor.task.response_model,
        operation_id="predict",
        summary=service.predictor.task.summary,
        responses=REFUSALS,
        openapi_extra=_request_documentation(service),
    )
    async def predict(request: Request) -> Response:
        service.require_ready()
        with service.admission.slot():
            body = await read_body(request, service.max_body_bytes, service.config.limits.body_seconds)
            query = {name: request.query_params.getlist(name) for name in service.config.parameters}
            content_type = request.headers.get("content-type", "")
            return json_response(await service.work(partial(_answer, service, content_type, body, query)))

    return routes


def _answer(service: Service, content_type: str, body: bytes, query: dict[str, list[str]]) -> bytes:
    """Return the encoded answer: parsing, decoding, inference and encoding in one call of a worker thread."""
    form = multipart.parse(content_type, body)
    errors: dict[str, str] = {}
    file = _file(form, service.config.input.field, content_type, errors)
    given = _given(service.config.parameters, form, query, errors)
    if errors or file is None:
        raise BadInputError(INVALID_PAYLOAD, errors)
    return encode(service.predictor.max_response(service.predictor.predict(file, given)))


def _file(form: Form, field: str, content_type: str, errors: dict[str, str]) -> bytes | None:
    if form.files.get(field):
        return form.files[field][0]
    # the words up to here are the ones that Flask-RESTX gave
    reason = f"{FILE_HELP} Missing required parameter in an uploaded file"
    if field in form.fields:
        reason += f"; the part {field} has no filename, so it is no file"
    elif form.files:
        reason += f"; the files sent are called {shorten(sorted(form.files))}"
    elif not content_type.startswith("multipart/form-data"):
        reason += f"; send multipart/form-data, not {shorten(content_type or 'a body of no type')}"
    errors[field] = reason
    return None


def _given(
    declared: dict[str, parameters.Parameter], form: Form, query: dict[str, list[str]], errors: dict[str, str]
) -> dict[str, float]:
    """Return the parameters in the request.

    Where one is given twice the first counts, and the query's before the form's. So it was with Flask's
    reqparse, which also refuses when any of the values is none.
    """
    given: dict[str, float] = {}
    for name, parameter in declared.items():
        for value in (*query.get(name, ()), *form.fields.get(name, ())):
            try:
                number = parameter.parse(value)
            except ValueError as error:
                errors[name] = f"{parameter.description} {error}".strip()
                break
            given.setdefault(name, number)
    return given


def _request_documentation(service: Service) -> dict[str, Any]:
    """Return what OpenAPI says of the request; the framework does not see it, as the body is read by hand."""
    numbers = {
        name: {
            "type": "number",
            "default": parameter.default,
            **({} if parameter.minimum is None else {"minimum": parameter.minimum}),
            **({} if parameter.maximum is None else {"maximum": parameter.maximum}),
        }
        for name, parameter in service.config.parameters.items()
    }
    field = service.config.input.field
    # both words for "a file": `format` is OpenAPI 3.0's, and the one that Swagger UI looks for
    file = {
        "type": "string",
        "format": "binary",
        "contentMediaType": "application/octet-stream",
        "description": FILE_HELP,
    }
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": f"{parameter.description} (or as a form field; the query wins)".strip(),
                "schema": numbers[name],
            }
            for name, parameter in service.config.parameters.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {"type": "object", "required": [field], "properties": {field: file, **numbers}}
                }
            },
        },
    }
