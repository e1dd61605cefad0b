from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

from fastapi.testclient import TestClient
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator

import maxctl.serving

STATIC = Path(maxctl.serving.__file__).parent / "static"


def test_swagger_json_is_valid_and_has_the_names_of_the_model_asset_exchange(client: TestClient):
    document = client.get("/swagger.json").json()
    OpenAPIV2SpecValidator(document).validate()
    assert document["swagger"] == "2.0"
    assert document["basePath"] == "/"
    assert document["info"] == {"title": "Tiny <Detector>", "version": "1.2.3", "description": "For tests"}
    operations = {
        (path, method): it["operationId"]
        for path, item in document["paths"].items()
        for method, it in item.items()
    }
    assert operations == {
        ("/model/labels", "get"): "labels",
        ("/model/metadata", "get"): "get_model_metadata_api",
        ("/model/predict", "post"): "predict",
    }
    definitions = {name: it.get("required") for name, it in document["definitions"].items()}
    assert definitions == {
        "ModelMetadata": ["id", "name", "description", "type", "source"],
        "LabelsResponse": ["count"],
        "ModelLabel": ["id", "name"],
        "LabelPrediction": ["label", "probability"],
        "ModelPredictResponse": ["status"],
        "ErrorResponse": ["status", "message"],
    }
    image, threshold = document["paths"]["/model/predict"]["post"]["parameters"]
    assert (image["name"], image["in"], image["type"], image["required"]) == (
        "image",
        "formData",
        "file",
        True,
    )
    assert (threshold["name"], threshold["in"], threshold["type"]) == ("threshold", "query", "number")
    assert (threshold["default"], threshold["minimum"], threshold["maximum"]) == (0.7, 0, 1)


def test_openapi_json_is_valid_and_names_every_route(client: TestClient):
    document = client.get("/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {
        "/model/metadata", "/model/labels", "/model/predict", "/health/live", "/health/ready", "/metrics",
        "/v2", "/v2/health/live", "/v2/health/ready",
        "/v2/models/{name}", "/v2/models/{name}/ready", "/v2/models/{name}/infer",
        "/v2/models/{name}/versions/{version}", "/v2/models/{name}/versions/{version}/ready",
        "/v2/models/{name}/versions/{version}/infer",
    }  # fmt: skip
    form = document["paths"]["/model/predict"]["post"]["requestBody"]["content"]["multipart/form-data"][
        "schema"
    ]
    assert form["required"] == ["image"]
    assert form["properties"]["threshold"]["default"] == 0.7
    ids = [it["operationId"] for item in document["paths"].values() for it in item.values()]
    assert len(ids) == len(set(ids))


def test_a_parameter_without_a_range_is_documented_without_one(start):
    client = start(parameters={"threshold": {"default": 0.7}})
    threshold = client.get("/swagger.json").json()["paths"]["/model/predict"]["post"]["parameters"][1]
    assert threshold.keys() & {"minimum", "maximum"} == set()


def addresses(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]*)"', page)


def test_the_pages_use_only_files_that_the_service_has(client: TestClient):
    for page in ("/", "/app/"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        used = [address for address in addresses(answer.text) if not address.startswith("data:")]
        assert len(used) > 3
        assert not [address for address in used if "//" in address]
        assert {address: client.get(urljoin(page, address)).status_code for address in used} == dict.fromkeys(
            used, 200
        )


def test_the_title_of_swagger_ui_is_the_apis_and_escaped(client: TestClient):
    assert "<title>Tiny &lt;Detector&gt;</title>" in client.get("/").text


def test_swagger_ui_does_not_send_the_document_to_a_validator():
    assert "validatorUrl: null" in (STATIC / "swagger-ui" / "page.js").read_text()


def test_app_without_its_slash_is_sent_there_for_good(client: TestClient):
    answer = client.get("/app")
    assert answer.status_code == 308
    assert answer.headers["location"] == "app/"


def test_the_vendored_files_are_the_ones_that_the_readme_names():
    readme = (STATIC / "swagger-ui" / "README.md").read_text()
    named = dict(re.findall(r"^\| (\S+) \| ([0-9a-f]{64}) \|$", readme, re.MULTILINE))
    assert named.keys() == {"swagger-ui-bundle.js", "swagger-ui.css"}
    for name, digest in named.items():
        assert hashlib.sha256((STATIC / "swagger-ui" / name).read_bytes()).hexdigest() == digest
