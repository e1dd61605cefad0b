from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator

from maxctl.serving.settings import Settings

AUDIO: dict[str, Any] = {"input": {"kind": "audio"}, "preprocess": [{"step": "decode_audio"}]}
SCORES = {"outputs": {"scores": "scores"}}
COLUMNS = [{"step": "columns", "columns": [{"name": "a"}]}]
SERVICES: dict[str, dict[str, Any]] = {
    "audio-classification": {
        **AUDIO,
        **SCORES,
        "postprocess": [{"step": "softmax"}, {"step": "top_k", "k": 3}],
    },
    "speech-activity": {**AUDIO, **SCORES, "labels": None, "postprocess": [{"step": "speech_segments"}]},
    "text-classification": {
        **SCORES,
        "input": {"kind": "text"},
        "preprocess": [{"step": "lowercase"}],
        "postprocess": [{"step": "sigmoid"}],
    },
    "embedding": {
        "input": {"kind": "text"},
        "preprocess": [{"step": "clean_text"}],
        "outputs": {"embedding": "boxes"},
        "labels": None,
        "postprocess": [{"step": "mean_pool"}, {"step": "l2_normalize"}],
    },
    "tabular": {
        "input": {"kind": "table"},
        "preprocess": COLUMNS,
        "outputs": {"values": "scores"},
        "labels": None,
        "postprocess": [],
    },
}


@pytest.mark.parametrize("task", SERVICES)
def test_a_services_documents_are_valid_whatever_its_task(task: str, make_app: Callable[..., FastAPI]):
    client = TestClient(make_app(Settings(), task=task, **SERVICES[task]))
    swagger = client.get("/swagger.json").json()
    OpenAPIV2SpecValidator(swagger).validate()
    openapi = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(openapi).validate()
    (media,) = openapi["paths"]["/model/predict"]["post"]["requestBody"]["content"]
    assert media == ("multipart/form-data" if "audio" in str(SERVICES[task]["input"]) else "application/json")
    answer = swagger["definitions"]["ModelPredictResponse"]["properties"]
    assert set(answer) == {"status", "embedding" if task == "embedding" else "predictions"}
