"""An evaluation as findings, as facts, and as reports/license.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from maxctl.core import digest
from maxctl.core.facts.scan_license import (
    LicenseClaim,
    LicenseDataset,
    LicenseEvidence,
    LicenseObligation,
    LicenseReason,
    ScanLicenseFacts,
    SlotFacts,
)
from maxctl.core.findings import Finding, Place, Severity
from maxctl.licensing.evaluation import Evaluation
from maxctl.policy.evidence import Conclusion, Detection, Reason
from maxctl.policy.ruling import Ruling

SCHEMA = "maxctl/scan-license/1"
LONGEST = 300


def findings(evaluation: Evaluation, fail_on: Ruling) -> tuple[Finding, ...]:
    """Return a finding for each reason: an error from `fail_on` on, else a warning; allowed things are notes."""
    return tuple(
        Finding(
            code=reason.why,
            severity=_severity(reason, fail_on),
            subject=slot,
            message=reason.text,
            remedy=reason.change,
            place=Place(reason.spot.path, reason.spot.line) if reason.spot else None,
        )
        for slot, conclusion in evaluation.slots.items()
        for reason in conclusion.reasons
    )


def _severity(reason: Reason, fail_on: Ruling) -> Severity:
    if reason.ruling is Ruling.ALLOW:
        return Severity.NOTE
    return Severity.ERROR if reason.ruling.rank >= fail_on.rank else Severity.WARNING


def facts(evaluation: Evaluation, policy_digest: str) -> ScanLicenseFacts:
    """Return what other stages need to know."""
    return ScanLicenseFacts.model_validate(
        {
            "use_case": evaluation.use_case,
            "verdict": evaluation.ruling,
            "legal_approval_required": evaluation.ruling is not Ruling.ALLOW,
            "policy": policy_digest,
            "slots": {slot: _slot(conclusion) for slot, conclusion in evaluation.slots.items()},
            "obligations": tuple(
                LicenseObligation(slot=duty.slot, license=duty.license, text=duty.text)
                for conclusion in evaluation.slots.values()
                for duty in conclusion.obligations
            ),
        }
    )


def _slot(conclusion: Conclusion) -> SlotFacts:
    judged = conclusion.claims or conclusion.detections or conclusion.reasons or conclusion.datasets
    return SlotFacts.model_validate(
        {
            "verdict": conclusion.ruling,
            "concluded": conclusion.concluded,
            "confidence": conclusion.confidence,
            "empty": not judged,
            "claims": tuple(
                LicenseClaim(
                    path=claim.spot.path,
                    line=claim.spot.line,
                    text=claim.spot.text,
                    stated=claim.reading.text,
                    expression=claim.reading.expression,
                    found=claim.how,
                )
                for claim in conclusion.claims
            ),
            "evidence": tuple(_grouped(conclusion.detections)),
            "conflicts": tuple(reason.text for reason in conclusion.conflicts),
            "reasons": tuple(
                LicenseReason.model_validate(
                    {
                        "code": reason.why,
                        "ruling": reason.ruling,
                        "text": reason.text,
                        "change": reason.change,
                        "place": str(reason.spot) if reason.spot else None,
                        "tag": reason.tag,
                    }
                )
                for reason in conclusion.reasons
            ),
            "datasets": tuple(
                LicenseDataset.model_validate(
                    {
                        **{key: value for key, value in asdict(fact).items() if key != "ruling"},
                        "verdict": fact.ruling,
                    }
                )
                for fact in conclusion.datasets
            ),
        }
    )


def _grouped(detections: Iterable[Detection]) -> list[LicenseEvidence]:
    places: dict[str, list[Detection]] = {}
    for detection in sorted(detections, key=lambda d: (not d.principal, d.spot.path, d.spot.line or 0)):
        places.setdefault(detection.expression, []).append(detection)
    return [
        LicenseEvidence(
            path=found[0].spot.path,
            line=found[0].spot.line,
            text=_short(found[0].spot.text),
            expression=expression,
            places=len(found),
        )
        for expression, found in sorted(places.items())
    ]


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"


def report(evaluation: Evaluation, told: ScanLicenseFacts, found: Iterable[Finding]) -> str:
    """Return the text of reports/license.json: the facts with every place of evidence, and each scanned file."""
    slots = {slot: facts.model_dump(mode="json") for slot, facts in told.slots.items()}
    for slot, conclusion in evaluation.slots.items():
        slots[slot]["evidence"] = [
            {
                "path": d.spot.path,
                "line": d.spot.line,
                "text": _short(d.spot.text),
                "expression": d.expression,
                "score": d.score,
            }
            for d in sorted(
                conclusion.detections, key=lambda d: (d.spot.path, d.spot.line or 0, d.expression)
            )
        ]
    data = {
        "schema": SCHEMA,
        "use_case": told.use_case,
        "verdict": told.verdict,
        "legal_approval_required": told.legal_approval_required,
        "policy": told.policy,
        "slots": slots,
        "obligations": [duty.model_dump(mode="json") for duty in told.obligations],
        "findings": [asdict(finding) for finding in found],
        "files": [
            {
                "path": path,
                "sha256": digest.of_file(place).removeprefix("sha256:"),
                "licenses": file.licenses,
                "copyrights": list(file.copyrights),
            }
            for path, place, file in evaluation.files
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
