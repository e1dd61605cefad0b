"""Swagger 2.0 definitions from the answer's model: for tasks whose definitions MAX did not fix."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

ROOT = "ModelPredictResponse"


def definitions(model: type[BaseModel]) -> dict[str, Any]:
    """Return the definitions of a model and those that it refers to; the model itself is `ModelPredictResponse`.

    Swagger 2.0 knows no `null`, no `anyOf`, and one `example` where JSON Schema has `examples`.
    """
    schema = model.model_json_schema(ref_template="#/definitions/{model}")
    others = schema.pop("$defs", {})
    return {name: _plain(one) for name, one in {**others, ROOT: schema}.items()}


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        schema = {
            **{key: value for key, value in schema.items() if key not in ("anyOf", "default")},
            **options[0],
        }
    plain = {}
    for key, value in schema.items():
        if key == "properties":  # its keys are names, no keywords
            plain[key] = {name: _plain(one) for name, one in value.items()}
        elif key == "prefixItems":
            plain["items"] = _plain(value[0]) if value else {}
        elif key not in ("title", "examples", "default", "anyOf", "const", "contentMediaType"):
            plain[key] = _plain(value)
    return plain
