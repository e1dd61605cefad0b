"""What a bill of materials says of a model alone: its card, what it was made from, and its data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maxctl.licensing.papers.cyclonedx import (
    Json,
    licenses,
    occurrence,
    properties,
    references,
    terms_at,
    without_empty,
)
from maxctl.licensing.papers.places import Document, address, judged, visible, words

LIMITS = ("threshold", "outputs")
"""Kinds of obligations that limit what may be done."""
ENDS = ("acceptable-use", "pass-on")
"""Kinds of obligations that say to what end."""
SENSITIVE = {
    "biometric": "biometric data of persons",
    "faces": "faces of persons",
    "voice": "voices of persons",
    "health": "health data of persons",
    "pii": "personal data",
    "sensitive": "sensitive data of persons",
}


def card(document: Document, data: list[Json]) -> Json:
    """Return the model card: the data sets by reference; limits and ethical questions from terms and reasons."""
    reasons = [reason for name, slot in judged(document) if name == "data" for reason in slot["reasons"]]
    duties = [duty for duty in document["obligations"] if duty["slot"] in ("weights", "data")]
    considerations = {
        "technicalLimitations": [_duty(duty) for duty in duties if duty["kind"] in LIMITS],
        "ethicalConsiderations": [
            *(
                {"name": words(one["text"], 2000), "mitigationStrategy": words(one["change"], 2000)}
                for one in reasons
                if one["tag"] in SENSITIVE
            ),
            *({"name": _duty(duty)} for duty in duties if duty["kind"] in ENDS),
        ],
    }
    parameters = {"datasets": [{"ref": one["bom-ref"]} for one in data]} if data else {}
    return without_empty({"modelParameters": parameters, "considerations": without_empty(considerations)})


def _duty(duty: Mapping[str, Any]) -> str:
    return words(f"{duty['license']}: {duty['text']}", 2000)


def pedigree(slot: Mapping[str, Any]) -> Json:
    """Return the models that this one was made from, with their licenses."""
    models = slot["base_models"]
    keys = ("known_as", "relation", "verdict", "source", "evidence", "stated_in")
    ancestors = [
        without_empty(
            {
                "type": "machine-learning-model",
                "bom-ref": reference,
                "name": visible(one["name"]),
                "licenses": licenses([one["license"]], "declared"),
                **terms_at(one["source"]),
                "properties": properties((key, one[key]) for key in keys),
            }
        )
        for reference, one in zip(references("base", (m["name"] for m in models)), models, strict=True)
    ]
    return {"ancestors": ancestors} if ancestors else {}


def datasets(slot: Mapping[str, Any]) -> list[Json]:
    """Return a component for each data set: its license, where its terms were read, and where it is named."""
    sets = slot["datasets"]
    refs = references("data", (one["id"] for one in sets))
    return [_dataset(reference, one) for reference, one in zip(refs, sets, strict=True)]


def _dataset(reference: str, one: Mapping[str, Any]) -> Json:
    url = address(one["source"] or "")
    content = {
        "type": "dataset",
        "name": visible(one["id"]),
        "contents": {"url": url} if url else {},
        "sensitiveData": [SENSITIVE[tag] for tag in one["tags"] if tag in SENSITIVE],
    }
    keys = ("known_as", "use", "verdict", "source", "evidence")
    return without_empty(
        {
            "type": "data",
            "bom-ref": reference,
            "name": visible(one["id"]),
            "description": words(one["note"] or "", 2000),
            "licenses": licenses([one["license"]], "declared"),
            **terms_at(one["source"]),
            "evidence": {"occurrences": [occurrence(one["stated_in"])]} if one["stated_in"] else {},
            "data": [without_empty(content)],
            "properties": properties(
                [*((key, one[key]) for key in keys), *(("tag", tag) for tag in one["tags"])]
            ),
        }
    )
