"""`/swagger.json`: the Swagger 2.0 document that the Model Asset eXchange's clients read."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from .json_response import encode, json_response
from .max_api import LABELS, METADATA
from .service import Service


def add(app: FastAPI, service: Service) -> None:
    """Add the route."""
    encoded = encode(document(service))

    async def swagger(_: Request) -> Response:
        return json_response(encoded)

    app.add_route("/swagger.json", swagger, methods=["GET"], include_in_schema=False)


def document(service: Service) -> dict[str, Any]:
    """Return the document: the three routes under `/model`, with the names of the Model Asset eXchange."""
    api = service.config.api
    return {
        "swagger": "2.0",
        "basePath": "/",
        "info": {"title": api.title, "version": api.version, "description": api.description},
        "produces": ["application/json"],
        "consumes": ["application/json"],
        "tags": [{"name": "model", "description": "Model information and inference operations"}],
        "paths": {
            "/model/labels": {"get": _get("labels", LABELS, "LabelsResponse")},
            "/model/metadata": {"get": _get("get_model_metadata_api", METADATA, "ModelMetadata")},
            "/model/predict": {"post": _predict(service)},
        },
        "definitions": {**_definitions(), **service.predictor.task.swagger_definitions()},
        "responses": {},
    }


def _answer(description: str, definition: str) -> dict[str, Any]:
    return {"description": description, "schema": {"$ref": f"#/definitions/{definition}"}}


def _get(operation: str, summary: str, definition: str) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["model"],
        "responses": {"200": _answer("Success", definition)},
    }


def _predict(service: Service) -> dict[str, Any]:
    numbers = [
        {
            "name": name,
            "in": "query",
            "type": "number",
            "description": parameter.description,
            "default": parameter.default,
            **({} if parameter.minimum is None else {"minimum": parameter.minimum}),
            **({} if parameter.maximum is None else {"maximum": parameter.maximum}),
        }
        for name, parameter in service.config.parameters.items()
    ]
    field, kind = service.config.input.field, service.predictor.kind
    file: dict[str, Any] = {
        "name": field,
        "in": "formData",
        "type": "file",
        "required": True,
        "description": kind.help,
    }
    # Swagger 2.0 cannot say "a text or a list of texts"
    value = {"description": kind.help}
    payload: dict[str, Any] = {
        "name": "payload",
        "in": "body",
        "required": True,
        "schema": {"type": "object", "required": [field], "properties": {field: value}},
    }
    carried = kind.carried == "file"
    return {
        "operationId": "predict",
        "summary": service.predictor.task.summary,
        "tags": ["model"],
        "consumes": ["multipart/form-data" if carried else "application/json"],
        "parameters": [file if carried else payload, *numbers],
        "responses": {
            "200": _answer("Success", "ModelPredictResponse"),
            "400": _answer("The input or a parameter cannot be used", "ErrorResponse"),
            "413": _answer("The body or what it holds is too large", "ErrorResponse"),
            "503": _answer("Not ready, or too busy: Retry-After says when", "ErrorResponse"),
        },
    }


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _definitions() -> dict[str, Any]:
    return {
        "ModelMetadata": {
            "type": "object",
            "required": ["id", "name", "description", "type", "source"],
            "properties": {
                "id": _text("Model identifier"),
                "name": _text("Model name"),
                "description": _text("Model description"),
                "type": _text("Model type"),
                "source": _text("Model source"),
                "license": _text("Model license, an SPDX expression"),
            },
        },
        "LabelsResponse": {
            "type": "object",
            "required": ["count"],
            "properties": {
                "count": {"type": "integer", "description": "Number of labels returned"},
                "labels": {
                    "type": "array",
                    "description": "Labels that can be predicted by the model",
                    "items": {"$ref": "#/definitions/ModelLabel"},
                },
            },
        },
        "ModelLabel": {
            "type": "object",
            "required": ["id", "name"],
            "properties": {"id": _text("Label identifier"), "name": _text("Label name")},
        },
        "ErrorResponse": {
            "type": "object",
            "required": ["status", "message"],
            "properties": {
                "status": _text("error"),
                "message": _text("What happened, and what is accepted"),
                "errors": {
                    "type": "object",
                    "description": "The reason, by the name of the field",
                    "additionalProperties": {"type": "string"},
                },
            },
        },
    }
