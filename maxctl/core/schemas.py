"""JSON Schemas of the files that people and stages write; `make schema` keeps `schemas/` current."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from maxctl.core.errors import UsageError
from maxctl.core.manifest import Manifest
from maxctl.core.pipeline import PipelineFile
from maxctl.core.spec import ModelSpec

FILES: dict[str, type[BaseModel]] = {"spec": ModelSpec, "manifest": Manifest, "pipeline": PipelineFile}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str) -> str:
    """Return the JSON Schema of a kind of file as text; raises `UsageError` for an unknown kind."""
    if name not in FILES:
        raise UsageError(f"there is no schema `{name}`", hint=f"schemas: {', '.join(FILES)}")
    data = {"$schema": DIALECT, **FILES[name].model_json_schema(by_alias=True)}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> None:
    """Write every schema into a folder."""
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / f"{name}.schema.json").write_text(schema(name), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
