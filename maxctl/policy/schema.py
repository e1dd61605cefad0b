"""The JSON Schema of policy files: `python -m maxctl.policy.schema schemas` writes it, as `make schema` does."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from maxctl.core.schemas import DIALECT
from maxctl.policy.policy_file import PolicyFile

NAME = "policy.schema.json"


def text() -> str:
    """Return the schema as it stands in schemas/."""
    data = {"$schema": DIALECT, **PolicyFile.model_json_schema(by_alias=True)}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (Path(sys.argv[1]) / NAME).write_text(text(), encoding="utf-8")
