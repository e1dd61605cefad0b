"""What the templates may say: texts of the spec, licenses as judged, and a real question with its real answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from maxctl.core.facts.package import PackageFacts
from maxctl.core.spec import ModelSpec
from maxctl.wrapping.service_files import LICENSE_TEXTS

if TYPE_CHECKING:
    from maxctl.core.facts.scan_license import ScanLicenseFacts
    from maxctl.golden.suite import Case, Suite

DIGITS = 4
NO_IMAGE = "registry.example.org/CHANGE-ME"
NO_DIGEST = "0" * 64
ORDER = ("label_id", "label", "probability", "detection_box")
COMPONENTS = {
    "code": "Model code (third party)",
    "weights": "Model weights",
    "data": "Training data",
    "scripts": "Scripts",
    "samples": "Samples",
}


def context(
    spec: ModelSpec,
    package: PackageFacts,
    licenses: ScanLicenseFacts,
    suite: Suite | None,
    samples: Mapping[str, str],
) -> dict[str, Any]:
    """Return all names that a template can use."""
    return {
        "model": {
            "id": spec.id, "name": spec.name, "version": spec.version, "description": spec.description,
            "type": spec.type, "domain": spec.domain, "task": spec.task, "source": spec.source,
            "license": spec.license, "authors": list(spec.authors),
        },
        "service": {
            "title": spec.service.title, "port": spec.service.port, "memory": spec.service.memory,
            "cpus": _number(spec.service.cpus), "base_image": spec.service.base_image,
            "body_bytes": spec.service.limits.body_bytes,
            "pixels": spec.service.limits.pixels, "engine": package.engine, "field": spec.inference.input.field,
        },
        "image": {"repository": spec.service.image or NO_IMAGE, "digest": f"sha256:{NO_DIGEST}"},
        "archive": {
            "name": package.archive, "address": package.address, "sha256": package.sha256, "size": package.size,
            "licenses": [member.path for member in package.members if member.path.startswith("licenses/")],
        },
        "licenses": license_rows(licenses),
        "obligations": [{"license": o.license, "text": o.text, "component": COMPONENTS[o.slot]}
                        for o in licenses.obligations],
        "license_text": spec.license in LICENSE_TEXTS,
        "datasets": [dataset.id for dataset in spec.licensing.datasets],
        "parameters": [
            {"name": name, "default": _number(p.default), "minimum": _number(p.minimum),
             "maximum": _number(p.maximum), "description": p.description}
            for name, p in spec.inference.parameters.items()
        ],
        "samples": [
            {"file": samples[sample.path], "license": sample.license, "credit": sample.credit}
            for sample in spec.samples
        ],
        "example": example(spec, suite, samples),
    }  # fmt: skip


def license_rows(facts: ScanLicenseFacts) -> list[dict[str, str]]:
    """Return a row for each slot that has something to judge: component, license, verdict, where, and why."""
    return [
        {
            "component": COMPONENTS[slot],
            "license": judged.concluded
            or ", ".join(f"{data.id}: {data.license or 'not stated'}" for data in judged.datasets)
            or "not stated",
            "verdict": judged.verdict,
            "where": next((claim.path for claim in judged.claims), ""),
            "why": judged.reasons[0].text if judged.reasons else "",
        }
        for slot, judged in facts.slots.items()
        if not judged.empty
    ]


def example(spec: ModelSpec, suite: Suite | None, samples: Mapping[str, str]) -> dict[str, str] | None:
    """Return the first golden case as a question on the command line and its answer, or None without goldens."""
    if suite is None:
        return None
    case = suite.cases[0]
    query = urlencode({name: _number(value) for name, value in case.parameters.items()})
    return {
        "case": case.id,
        "upload": f"{spec.inference.input.field}=@{_file(spec, case, samples)}",
        "query": f"?{query}" if query else "",
        "answer": _answer(case.expected["predictions"]),
    }


def _file(spec: ModelSpec, case: Case, samples: Mapping[str, str]) -> str:
    by_digest = {sample.sha256: samples[sample.path] for sample in spec.samples}
    if case.sha256 in by_digest:
        return f"samples/{by_digest[case.sha256]}"
    return f"tests/golden/cases/{case.id}/{case.input.name}"


def _answer(predictions: list[Mapping[str, Any]]) -> str:
    """Return the JSON that the service answers, a prediction a line, its keys in the service's order."""
    rows = [{key: _short(item[key]) for key in sorted(item, key=_rank)} for item in predictions]
    lines = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows)
    return '{\n  "status": "ok",\n  "predictions": [' + (f"\n{lines}\n  " if rows else "") + "]\n}"


def _rank(key: str) -> tuple[int, str]:
    return (ORDER.index(key) if key in ORDER else len(ORDER), key)


def _short(value: Any) -> Any:
    """Return the answer with numbers as a reader wants them."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, Mapping):
        return {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list | tuple) else value


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
