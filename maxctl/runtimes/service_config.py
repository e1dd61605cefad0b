"""`service.json` from the spec: what the one implementation in `maxctl.serving` is told to serve."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import maxctl
from maxctl.core import digest
from maxctl.core.spec import Inference, ModelSpec

SCHEMA = "maxctl/service/1"
FILE = "service.json"
LABELS = "labels.json"
HOOK = "hook.py"
RESPONSE = "response.schema.json"


@cache
def serving_digest() -> str:
    """Return the digest of the code that answers as every service does."""
    return digest.of_tree(Path(maxctl.__file__).parent / "serving")


@dataclass(frozen=True, slots=True)
class Companions:
    """The files beside a model that a service reads: labels, the project's hook, the schema of its answers."""

    labels: Path | None = None
    hook: Path | None = None
    response: Path | None = None

    def named(self) -> dict[str, Path]:
        """Return those that there are, by the name that they have in a service's folder."""
        named = {LABELS: self.labels, HOOK: self.hook, RESPONSE: self.response}
        return {name: path for name, path in named.items() if path is not None}


def service_config(
    spec: ModelSpec, engine: str, model_path: str, sha256: str, *, labels: str = LABELS
) -> dict[str, Any]:
    """Return the whole `service.json` of a model's service.

    `model_path` and `labels` are paths in the service's folder; `sha256` is the model's, of a file or of a
    folder's tree.
    """
    config = predictor_config(
        spec.task, spec.inference, engine, model_path, sha256, labels=labels if spec.labels else None
    )
    return {
        **config,
        "metadata": {
            "id": spec.id, "name": spec.name, "description": spec.description,
            "type": spec.type, "source": spec.source, "license": spec.license,
        },
        "api": {"title": spec.service.title or spec.name, "description": spec.description, "version": spec.version},
        "limits": {"body_bytes": spec.service.limits.body_bytes, "pixels": spec.service.limits.pixels},
    }  # fmt: skip


def predictor_config(
    task: str, inference: Inference, engine: str, model_path: str, sha256: str, *, labels: str | None = LABELS
) -> dict[str, Any]:
    """Return a `service.json` that answers as the service does, without the texts that only people read.

    A stage that compares answers reads no description, so a new description does not make its result stale.
    """
    return {
        "schema": SCHEMA,
        "metadata": {
            "id": "prepared-model", "name": "", "description": "", "type": "", "source": "", "license": "",
        },
        "api": {"title": "prepared model"},
        "task": task,
        "engine": {"name": engine, "path": model_path, "sha256": sha256.removeprefix("sha256:")},
        **({"labels": labels} if labels else {}),
        "input": inference.input.model_dump(mode="json", exclude_none=True),
        "preprocess": [step.model_dump(mode="json") for step in inference.preprocess],
        **_around(inference),
        "outputs": dict(inference.outputs),
        "postprocess": [step.model_dump(mode="json") for step in inference.postprocess],
        "parameters": {
            name: parameter.model_dump(mode="json") for name, parameter in inference.parameters.items()
        },
    }  # fmt: skip


def _around(inference: Inference) -> dict[str, Any]:
    """Return what only some models have, left out where they have not."""
    constants = {name: one.model_dump(mode="json") for name, one in inference.constants.items()}
    state = {name: one.model_dump(mode="json") for name, one in inference.state.items()}
    given = {
        "constants": constants,
        "state": state,
        "hook": HOOK if inference.hook else None,
        "response": RESPONSE if inference.response else None,
    }
    return {key: value for key, value in given.items() if value}


def predictor_folder(
    folder: Path, task: str, inference: Inference, engine: str, model: Path, beside: Companions
) -> Path:
    """Lay out a folder that `python -m maxctl.serving predict --service` takes, and return it.

    `model` is a file or a SavedModel's folder. It is not copied: the folder that holds it is linked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model").symlink_to(model.parent.absolute(), target_is_directory=True)
    for name, path in beside.named().items():
        shutil.copyfile(path, folder / name)
    labels = LABELS if beside.labels else None
    config = predictor_config(
        task, inference, engine, f"model/{model.name}", digest.of_path(model), labels=labels
    )
    (folder / FILE).write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder
