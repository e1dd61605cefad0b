"""What the documents may say: the spec's words, and what the record holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxctl.core import quoting
from maxctl.core.facts.check import CheckFacts
from maxctl.core.facts.convert import ConvertFacts
from maxctl.core.facts.fetch import FetchFacts
from maxctl.core.facts.package import PackageFacts
from maxctl.core.facts.record import RecordFacts
from maxctl.core.facts.regress import RegressFacts
from maxctl.core.facts.scan_license import ScanLicenseFacts, SlotFacts
from maxctl.core.slot import Slot
from maxctl.core.spec import ENGINES, INPUTS, ModelSpec
from maxctl.core.stage import ModelView
from maxctl.golden import compare
from maxctl.golden import example as shown
from maxctl.policy import summary
from maxctl.release import documents_credit

if TYPE_CHECKING:
    from maxctl.golden.suite import Suite

TARGETS = {
    "service": "the service in its own locked environment",
    "http": "that service over HTTP",
}
_FETCHED = ".maxctl/out/fetch/"


def context(model: ModelView) -> dict[str, Any]:
    """Return all names that a template of a document can use."""
    spec = model.spec
    licenses = model.facts("scan-license", ScanLicenseFacts)
    package = model.facts("package", PackageFacts)
    suite = _suite(model)
    names = {sample.path: quoting.file_name(sample.path) for sample in spec.samples}
    example = shown.example(spec, suite, names)
    return {
        "model": {
            "id": spec.id, "name": spec.name, "version": spec.version, "description": spec.description,
            "type": spec.type, "domain": spec.domain, "task": spec.task, "source": spec.source,
            "license": spec.license, "authors": list(spec.authors),
        },
        "service": {
            "title": spec.service.title or spec.name, "port": spec.service.port, "memory": spec.service.memory,
            "cpus": f"{spec.service.cpus:g}", "engine": ENGINES.get(package.engine, package.engine),
            "field": spec.inference.input.field, "base_image": spec.service.base_image,
            "input": INPUTS[spec.inference.input.kind], "takes_pictures": spec.inference.input.kind == "image",
        },
        "image": f"{spec.service.image}:{spec.version}" if spec.service.image else None,
        "repository": spec.service.image,
        "choice": spec.choice,
        "benchmarks": spec.benchmarks,
        "verdict": licenses.verdict,
        "use_case": licenses.use_case,
        "license_rows": _license_rows(licenses),
        "slots": [_slot(slot, judged) for slot, judged in licenses.slots.items() if not judged.empty],
        "obligations": licenses.obligations,
        "components": summary.COMPONENTS,
        "datasets": licenses.slots[Slot.DATA].datasets if Slot.DATA in licenses.slots else (),
        "hub": documents_credit.hub(spec, licenses, package.engine),
        "example": example,
        "parameters": [
            {"name": name, "default": f"{p.default:g}", "minimum": f"{p.minimum:g}", "maximum": f"{p.maximum:g}",
             "description": p.description}
            for name, p in spec.inference.parameters.items()
        ],
        "steps": {
            "before": [_step(step.model_dump()) for step in spec.inference.preprocess],
            "after": [_step(step.model_dump()) for step in spec.inference.postprocess],
        },
        "golden": _golden(model, spec, suite),
        "provenance": _provenance(model, spec, package),
        "health": model.facts("check", CheckFacts).checks if _did(model, "check") else (),
        "engines": [
            {"engine": ENGINES[one.engine], "matches": one.matches}
            for one in model.facts("convert", ConvertFacts).candidates
        ],
        "samples": [
            {"path": sample.path, "license": sample.license, "credit": sample.credit} for sample in spec.samples
        ],
        "citation": documents_credit.citation(spec),
    }  # fmt: skip


def _did(model: ModelView, step: str) -> bool:
    return not model.was_skipped(step)


def _suite(model: ModelView) -> Suite | None:
    from maxctl.golden import suite

    return suite.load(Path(model.root) / "golden") if model.files("golden/**") else None


def _license_rows(licenses: ScanLicenseFacts) -> list[dict[str, str]]:
    """Return a row for each slot; training data is no file, so its row leads to the terms of the data sets."""
    terms = [one.source for judged in licenses.slots.values() for one in judged.datasets if one.source]
    rows = summary.license_rows(licenses)
    for row in rows:
        if not row["where"] and row["component"] == summary.COMPONENTS[Slot.DATA] and terms:
            row["where"] = terms[0]
    return rows


def _slot(slot: Slot, judged: SlotFacts) -> dict[str, Any]:
    """Return one slot with its evidence, the places shortened to what a reader finds in the project."""
    return {
        "title": summary.COMPONENTS[slot],
        "verdict": judged.verdict,
        "concluded": judged.concluded or "not stated",
        "confidence": judged.confidence,
        "claims": [{"place": _place(c.path, c.line), "stated": c.stated or "nothing"} for c in judged.claims],
        "evidence": [
            {"place": _place(e.path, e.line), "license": e.expression, "places": e.places, "text": e.text}
            for e in judged.evidence
        ],
        "conflicts": judged.conflicts,
        "reasons": [{"code": r.code, "text": _short(r.text), "change": r.change} for r in judged.reasons],
    }


def _place(path: str, line: int | None) -> str:
    return _short(f"{path}:{line}" if line is not None else path)


def _short(text: str) -> str:
    """Return a text with paths as a reader knows them: below what was fetched."""
    return text.replace(_FETCHED, "")


def _golden(model: ModelView, spec: ModelSpec, suite: Suite | None) -> dict[str, Any] | None:
    """Return how the answers were verified, or None where the model has no golden suite."""
    if suite is None or spec.golden is None or not _did(model, "record"):
        return None
    results = []
    for step in ("regress", "regress-http"):
        if _did(model, step):
            told = model.facts(step, RegressFacts)
            passed = sum(case.verdict == "passed" for case in told.cases)
            results.append({"target": TARGETS[told.target], "passed": passed, "cases": len(told.cases)})
    recorded = model.facts("record", RecordFacts)
    inputs = {case.id: case.input for case in spec.golden.cases}
    return {
        "cases": [
            {"id": case.id, "input": inputs.get(case.id, case.input.name), "parameters": _step(dict(case.parameters)),
             "predictions": compare.count(suite.task, case.expected), "license": case.license, "credit": case.credit}
            for case in suite.cases
        ],
        "score": f"{suite.tolerance.score:g}",
        "iou": f"{suite.tolerance.iou:g}",
        "made_by": sorted(recorded.made_by.items()),
        "suite": recorded.suite,
        "results": results,
    }  # fmt: skip


def _provenance(model: ModelView, spec: ModelSpec, package: PackageFacts) -> dict[str, Any]:
    fetched = model.facts("fetch", FetchFacts)
    mirrors = {one.sha256: tuple(one.mirrors) for one in (*spec.sources, *spec.artifacts)}
    return {
        "sources": [
            {"name": one.name, "address": one.address, "sha256": one.sha256, "size": one.size,
             "mirrors": mirrors.get(one.sha256, (one.address,)),
             "patches": [{"path": patch.path, "sha256": patch.sha256} for patch in one.patches]}
            for one in fetched.sources
        ],
        "artifacts": [
            {"path": one.path, "address": one.address, "sha256": one.sha256, "size": one.size,
             "mirrors": mirrors.get(one.sha256, (one.address,))}
            for one in fetched.artifacts
        ],
        "archive": package.archive,
        "archive_sha256": package.sha256,
        "address": package.address,
    }  # fmt: skip


def _step(options: dict[str, Any]) -> str:
    """Return a step, or parameters, as `name (key value, …)`."""
    name = str(options.pop("step", ""))
    told = ", ".join(
        f"{key} {f'{value:g}' if isinstance(value, float) else value}" for key, value in options.items()
    )
    return f"{name} ({told})" if name and told else name or told or "none"
