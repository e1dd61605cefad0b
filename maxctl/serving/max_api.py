"""The Model Asset eXchange's API: metadata, labels, predict."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from . import content_encoding, multipart, parameters
from .body import read_body
from .direct import Route
from .errors import INVALID_PAYLOAD, BadInputError, MediaTypeError, shorten
from .json_response import encode, json_response
from .logs import PHASES
from .multipart import Form
from .predictor import Phase
from .service import Service
from .shapes import ErrorResponse, LabelsResponse, ModelMetadata

Query = dict[str, list[str]]
PREDICT = "/model/predict"
METADATA = "Return the metadata associated with the model"
LABELS = "Return the list of labels that can be predicted by the model"
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorResponse, "description": "The file or a parameter cannot be used"},
    408: {"model": ErrorResponse, "description": "The body did not arrive in time"},
    413: {"model": ErrorResponse, "description": "The body or what it holds is too large"},
    415: {"model": ErrorResponse, "description": "The body is of a kind that is not read here"},
    422: {"model": ErrorResponse, "description": "The model has no answer to this input"},
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
        return await _predict(service, request)

    return routes


def direct(service: Service) -> dict[str, Route]:
    """Return the route that goes past the framework's routing, by its path."""
    return {PREDICT: Route(PREDICT, partial(_predict, service))}


async def _predict(service: Service, request: Request) -> Response:
    with service.admitted() as place:
        body = await read_body(request, service.max_body_bytes, service.config.limits.body_seconds, place)
        query = _query(request, service.config.parameters)
        asked = partial(
            _answer,
            service,
            request.headers.get("content-type", ""),
            request.headers.get("content-encoding"),
            body,
            query,
        )
        return json_response(await service.work(asked, request.scope.setdefault(PHASES, {})))


def _query(request: Request, names: Iterable[str]) -> Query:
    if not request.scope["query_string"]:
        return {}
    return {name: request.query_params.getlist(name) for name in names}


def _answer(
    service: Service, content_type: str, encoding: str | None, body: bytes, query: Query, phase: Phase
) -> bytes:
    """Return the encoded answer: parsing, decoding, inference and encoding in one call of a worker thread."""
    body = content_encoding.unpacked(body, encoding, service.max_body_bytes)
    carried = _answer_form if service.predictor.kind.carried == "file" else _answer_json
    return carried(service, content_type, body, query, phase)


def _answer_form(service: Service, content_type: str, body: bytes, query: Query, phase: Phase) -> bytes:
    """Return the answer to an input that is a file of a form."""
    form = multipart.parse(content_type, body)
    errors: dict[str, str] = {}
    file = _file(service, form, content_type, errors)
    given = _given(service.config.parameters, form.fields, query, errors)
    if errors or file is None:
        raise BadInputError(INVALID_PAYLOAD, errors)
    return _encoded(service, file, given, phase)


def _answer_json(service: Service, content_type: str, body: bytes, query: Query, phase: Phase) -> bytes:
    """Return the same for an input that is carried in a JSON object, beside the parameters."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("application/json", ""):
        raise MediaTypeError(f"Send application/json, not {shorten(kind)}")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"The body must be JSON ({type(error).__name__})") from None
    field, parameters = service.config.input.field, service.config.parameters
    errors: dict[str, str] = {}
    if not isinstance(document, dict) or field not in document:
        errors[field] = f"{service.predictor.kind.help} Missing required parameter in the JSON body"
        document = document if isinstance(document, dict) else {}
    for name in document:
        if name != field and name not in parameters:
            errors[name] = f"is no parameter; there are: {', '.join((field, *parameters))}"
    given = _given(
        parameters, {name: [document[name]] for name in parameters if name in document}, query, errors
    )
    if errors:
        raise BadInputError(INVALID_PAYLOAD, errors)
    return _encoded(service, json.dumps(document[field]).encode(), given, phase)


def _encoded(service: Service, data: bytes, given: dict[str, float], phase: Phase) -> bytes:
    predictor = service.predictor
    return encode(predictor.max_response(predictor.predict(data, given, phase=phase)))


def _file(service: Service, form: Form, content_type: str, errors: dict[str, str]) -> bytes | None:
    field = service.config.input.field
    if form.files.get(field):
        return form.files[field][0]
    # the words up to here are the ones that Flask-RESTX gave
    reason = f"{service.predictor.kind.help} Missing required parameter in an uploaded file"
    if field in form.fields:
        reason += f"; the part {field} has no filename, so it is no file"
    elif form.files:
        reason += f"; the files sent are called {shorten(sorted(form.files))}"
    elif not content_type.startswith("multipart/form-data"):
        reason += f"; send multipart/form-data, not {shorten(content_type or 'a body of no type')}"
    errors[field] = reason
    return None


def _given(
    declared: Mapping[str, parameters.Parameter],
    fields: Mapping[str, Sequence[object]],
    query: Query,
    errors: dict[str, str],
) -> dict[str, float]:
    """Return the parameters in the request.

    Where one is given twice the first counts, and the query's before the body's. So it was with Flask's
    reqparse, which also refuses when any of the values is none.
    """
    given: dict[str, float] = {}
    for name, parameter in declared.items():
        for value in (*query.get(name, ()), *fields.get(name, ())):
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
    field, kind = service.config.input.field, service.predictor.kind
    # both words for "a file": `format` is OpenAPI 3.0's, and the one that Swagger UI looks for
    file = {
        "type": "string",
        "format": "binary",
        "contentMediaType": "application/octet-stream",
        "description": kind.help,
    }
    value = (
        file
        if kind.carried == "file"
        else {
            **kind.json_schema(service.predictor.limits, service.config.preprocess),
            "description": kind.help,
        }
    )
    media = "multipart/form-data" if kind.carried == "file" else "application/json"
    schema: dict[str, Any] = {"type": "object", "required": [field], "properties": {field: value, **numbers}}
    if kind.carried == "json":  # of a form, what is not known is passed over
        schema["additionalProperties"] = False
    place = "as a form field" if kind.carried == "file" else "in the body"
    return {
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": f"{parameter.description} (or {place}; the query wins)".strip(),
                "schema": numbers[name],
            }
            for name, parameter in service.config.parameters.items()
        ],
        "requestBody": {
            "required": True,
            "content": {media: {"schema": schema}},
        },
    }
