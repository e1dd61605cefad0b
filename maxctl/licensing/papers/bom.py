"""The license and data part of a bill of materials: CycloneDX 1.7, as JSON.

Written as plain JSON, since cyclonedx-python-lib has no model cards; the tests hold it to that library's schema.
1.7 and not 1.6, since only there may a component state one expression as declared and another as concluded.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from maxctl.core import digest
from maxctl.licensing.papers import bom_model, wording
from maxctl.licensing.papers.cyclonedx import (
    Json,
    licenses,
    occurrence,
    properties,
    references,
    without_empty,
)
from maxctl.licensing.papers.places import Document, Spot, judged, visible, words

SPEC_VERSION = "1.7"
TYPES = {
    "code": "library",
    "weights": "machine-learning-model",
    "scripts": "application",
    "samples": "data",
}
_SPACE = uuid.UUID("6f1d0f0e-7c0a-5d3e-9a52-1f6f2f3f6b11")


def render(document: Document) -> str:
    """Return the bill of materials; the same bytes, and the same serial number, for the same document."""
    slots = dict(judged(document))
    data = bom_model.datasets(slots["data"]) if "data" in slots else []
    parts = [_part(document, name, slot, data) for name, slot in slots.items() if name in TYPES]
    told = [(name, document[name]) for name in ("verdict", "use_case", "delivery", "policy", "policy_name")]
    subject = {
        "type": "application",
        "bom-ref": "subject",
        "name": visible(document["subject"]),
        "properties": properties([*told, *((f"{name}:verdict", s["verdict"]) for name, s in slots.items())]),
    }
    bom: Json = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": "",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "maxctl scan-license"}]},
            "component": subject,
        },
        "components": [*parts, *data, *_files(document)],
        "dependencies": _dependencies(parts, data),
    }
    bom["serialNumber"] = f"urn:uuid:{uuid.uuid5(_SPACE, digest.of_value(bom))}"
    return json.dumps(bom, indent=2, ensure_ascii=False) + "\n"


def _dependencies(parts: list[Json], data: list[Json]) -> list[Json]:
    """Return what hangs on what: the weights on the data sets, which else hang on the whole."""
    contained, sets = [one["bom-ref"] for one in parts], [one["bom-ref"] for one in data]
    if "weights" not in contained:
        return [{"ref": "subject", "dependsOn": contained + sets}]
    return [
        {"ref": "subject", "dependsOn": contained},
        *([{"ref": "weights", "dependsOn": sets}] if sets else []),
    ]


def _part(document: Document, name: str, slot: Mapping[str, Any], data: list[Json]) -> Json:
    subject = visible(document["subject"])
    declared = dict.fromkeys(claim["expression"] for claim in slot["claims"] if not claim["about"])
    verdict = wording.VERDICTS[slot["verdict"]].lower()
    return without_empty(
        {
            "type": TYPES[name],
            "bom-ref": name,
            "name": subject if name == "weights" else f"{subject} {name}",
            "description": words(f"{wording.SLOTS[name]}: {verdict} for {wording.use(document)}"),
            "licenses": [*licenses(declared, "declared"), *licenses([slot["concluded"]], "concluded")],
            "pedigree": bom_model.pedigree(slot),
            "components": _checkpoints(name, slot),
            "evidence": _evidence(document, slot),
            "modelCard": bom_model.card(document, data) if name == "weights" else {},
            "properties": properties(_told(document, name, slot)),
        }
    )


def _told(document: Document, name: str, slot: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "verdict", slot["verdict"]
    yield "confidence", slot["confidence"]
    yield from (("unknown", text) for text in slot["unknown"])
    yield from (("conflict", conflict["text"]) for conflict in slot["conflicts"])
    for duty in document["obligations"]:
        if duty["slot"] == name:
            yield f"obligation:{duty['kind']}", f"{duty['license']}: {duty['text']}"


def _evidence(document: Document, slot: Mapping[str, Any]) -> Json:
    """Return what the licenses rest on: every place with its words, detected expressions, and the copyrights."""
    told = [*slot["claims"], *slot["evidence"]]
    places = sorted({(one["path"], one["line"] or 0, words(one["text"] or "")) for one in told})
    cited = {one["path"] for one in told}
    holders = sorted({words(c) for f in document["files"] if f["path"] in cited for c in f["copyrights"]})
    return without_empty(
        {
            "occurrences": [occurrence(str(Spot(path, line or None)), text) for path, line, text in places],
            "licenses": licenses(sorted({one["expression"] for one in slot["evidence"]})),
            "copyright": [{"text": text} for text in holders],
        }
    )


def _checkpoints(name: str, slot: Mapping[str, Any]) -> list[Json]:
    """Return each checkpoint or part that a statement singles out, with what is declared for it alone."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for claim in slot["claims"]:
        if claim["about"]:
            found.setdefault(claim["about"], []).append(claim)
    return [
        without_empty(
            {
                "type": TYPES[name],
                "bom-ref": reference,
                "name": visible(about),
                "licenses": licenses(dict.fromkeys(c["expression"] for c in found[about]), "declared"),
                "properties": properties(("stated", claim["stated"]) for claim in found[about]),
            }
        )
        for about, reference in zip(sorted(found), references(name, sorted(found)), strict=True)
    ]


def _files(document: Document) -> Iterator[Json]:
    """Yield each file in which a license or a copyright was found."""
    files = [file for file in document["files"] if file["licenses"] or file["copyrights"]]
    for file, reference in zip(files, references("file", (f["path"] for f in files)), strict=True):
        yield {
            "type": "file",
            "bom-ref": reference,
            "name": visible(file["path"]),
            "hashes": [{"alg": "SHA-256", "content": file["sha256"]}],
            "evidence": without_empty(
                {
                    "licenses": licenses([file["licenses"]]),
                    "copyright": [{"text": words(text)} for text in file["copyrights"]],
                }
            ),
        }
