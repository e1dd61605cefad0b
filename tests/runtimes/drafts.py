"""Drafts of recorded models, and whether a drafted model.yaml holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from maxctl.core.spec import TO_FILL_IN, ModelSpec
from maxctl.runtimes.draft.drafting import drafted
from maxctl.runtimes.draft.facts import Evidence, Facts
from maxctl.runtimes.draft.guess import Draft
from maxctl.runtimes.service_config import service_config
from maxctl.serving.config import ServiceConfig

MODELS = Path(__file__).parent / "draft_models"


def description(format_: str = "onnx", **parts: Any) -> dict[str, Any]:
    """Return a model's description: inputs and outputs are (name, dtype, shape)."""
    sides = {
        side: [{"name": name, "dtype": dtype, "shape": shape} for name, dtype, shape in parts.pop(side, ())]
        for side in ("inputs", "outputs")
    }
    return {
        "format": format_, "operators": {}, "parameters": None, "size_bytes": 1, "metadata": {}, "licenses": [],
        "unsafe_operators": [], **sides, **parts,
    }  # fmt: skip


def facts(file: str = "model.onnx", evidence: dict[str, Any] | None = None, **parts: Any) -> Facts:
    """Return the facts of a made-up model."""
    return Facts.of(description(**parts), file, Evidence(**(evidence or {})))


def recorded(name: str) -> Facts:
    """Return the facts of a real model, as `record_draft_model.py` wrote them."""
    told = json.loads((MODELS / f"{name}.json").read_text())
    return Facts.of(told["description"], told["file"], Evidence(**told["evidence"]))


def steps(draft: Draft) -> list[str]:
    """Return the names of the steps before and after the model, `|` between them."""
    before = [str(guess.value["step"]) for guess in draft.preprocess]
    return [*before, "|", *(str(guess.value["step"]) for guess in draft.answer.steps)]


def filled(text: str) -> dict[str, Any]:
    """Return a drafted model.yaml with something in each place that is to be filled in."""

    def fill(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: fill(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [fill(one, key) for one in value]
        if isinstance(value, str) and value.startswith(TO_FILL_IN):
            return {"labels": "labels.json", "task": "custom"}.get(key, "filled in")
        return value

    data: dict[str, Any] = fill(yaml.safe_load(text))
    return data


def check(text: str) -> ModelSpec:
    """Return the spec; raises where a filled-in draft holds neither as a spec nor as a service."""
    data = filled(text)
    if data["task"] == "custom":
        data["inference"].setdefault("hook", "hook.py")
        data["inference"].setdefault("response", "hook/response.schema.json")
    spec = ModelSpec.model_validate(data)
    ServiceConfig.model_validate(service_config(spec, spec.inference.engine, "model", "0" * 64))
    return spec


__all__ = ["MODELS", "check", "description", "drafted", "facts", "filled", "recorded", "steps"]
