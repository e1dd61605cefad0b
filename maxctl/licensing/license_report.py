"""An evaluation as findings, as facts, and as the document of reports/license.json."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from maxctl.core.facts.scan_license import (
    LicenseBase,
    LicenseClaim,
    LicenseConflict,
    LicenseDataset,
    LicenseDecision,
    LicenseDifference,
    LicenseEvidence,
    LicenseObligation,
    LicenseReason,
    LicenseSpot,
    LicenseTask,
    LicenseWaiver,
    ScanLicenseFacts,
    SlotFacts,
)
from maxctl.core.findings import Finding, Place, Severity
from maxctl.licensing.evaluation import Evaluation
from maxctl.policy import spdx
from maxctl.policy.evidence import Base, Claim, Conclusion, Detection, Obligation, Reason, Spot
from maxctl.policy.obligations import ASKED_OF_A_REVIEWER
from maxctl.policy.ruling import Ruling
from maxctl.policy.why import Why

SCHEMA = "maxctl/scan-license/1"
LONGEST = 300
KINDS = {Why.CLAIMS_DIFFER: "claims", Why.TEXT_DIFFERS: "text", Why.CHECKPOINTS_DIFFER: "checkpoints"}


def findings(evaluation: Evaluation, fail_on: Ruling) -> tuple[Finding, ...]:
    """Return a finding for each reason: an error from `fail_on` on, else a warning; allowed things are notes."""
    told = [(str(slot), reason) for slot, c in evaluation.slots.items() for reason in c.reasons]
    told += [("policy", reason) for reason in evaluation.remarks]
    return tuple(
        Finding(
            code=reason.why,
            severity=Severity.WARNING if reason.why is Why.WAIVER else _severity(reason, fail_on),
            subject=subject,
            message=reason.text + (f" (waived by {reason.waived})" if reason.waived else ""),
            remedy=reason.change,
            place=Place(reason.spot.path, reason.spot.line) if reason.spot else None,
        )
        for subject, reason in told
    )


def _severity(reason: Reason, fail_on: Ruling) -> Severity:
    if reason.ruling is Ruling.ALLOW:
        return Severity.NOTE
    return Severity.ERROR if reason.ruling.rank >= fail_on.rank else Severity.WARNING


def facts(evaluation: Evaluation, policy_digest: str, policy_name: str) -> ScanLicenseFacts:
    """Return what other stages need to know."""
    duties = [duty for conclusion in evaluation.slots.values() for duty in conclusion.obligations]
    return ScanLicenseFacts(
        use_case=evaluation.use.case.value,
        delivery=evaluation.use.delivery.value,
        verdict=evaluation.ruling.value,
        legal_approval_required=evaluation.ruling is not Ruling.ALLOW,
        policy=policy_digest,
        policy_name=policy_name,
        slots={slot: _slot(conclusion) for slot, conclusion in evaluation.slots.items()},
        obligations=tuple(
            LicenseObligation(
                slot=duty.slot,
                license=duty.license,
                text=duty.text,
                kind=duty.kind,
                place=str(duty.spot) if duty.spot else None,
            )
            for duty in duties
        ),
        tasks=tuple(_tasks(evaluation, duties)),
        waivers=tuple(
            LicenseWaiver(
                slot=waiver.slot,
                what=", ".join(part for part in waiver.what if part),
                reason=waiver.reason,
                owner=waiver.owner,
                expires=waiver.expires.isoformat(),
            )
            for waiver in evaluation.waivers
        ),
    )


def _tasks(evaluation: Evaluation, duties: Iterable[Obligation]) -> Iterable[LicenseTask]:
    """Yield what a person has to do: each thing to be reviewed, and each duty that no program can keep."""
    for slot, conclusion in evaluation.slots.items():
        for reason in conclusion.reasons:
            if reason.ruling is not Ruling.ALLOW:
                place = str(reason.spot) if reason.spot else None
                yield LicenseTask(slot=slot, text=f"{reason.text}: {reason.change}", place=place)
    for duty in duties:
        if duty.kind in {kind.value for kind in ASKED_OF_A_REVIEWER}:
            place = str(duty.spot) if duty.spot else None
            yield LicenseTask(slot=duty.slot, text=f"{duty.license}: {duty.text}", place=place)


def _slot(conclusion: Conclusion) -> SlotFacts:
    return SlotFacts(
        verdict=conclusion.ruling.value,
        concluded=conclusion.concluded,
        detected=spdx.all_of(d.expression for d in conclusion.detections),
        confidence=conclusion.confidence,
        empty=conclusion.empty,
        claims=tuple(_claim(claim) for claim in conclusion.claims),
        evidence=tuple(_grouped(conclusion.detections)),
        decisions=tuple(
            LicenseDecision(
                license=d.license,
                ruling=d.ruling.value,
                rule=d.rule,
                reason=d.reason,
                places=tuple(map(str, d.spots)),
            )
            for d in conclusion.decisions
        ),
        conflicts=tuple(
            LicenseConflict(
                kind=KINDS[reason.why],
                text=reason.text,
                places=tuple(_spot(spot) for spot in (reason.spot, *reason.others) if spot),
            )
            for reason in conclusion.conflicts
        ),
        reasons=tuple(_reason(reason) for reason in conclusion.reasons),
        differs=tuple(
            LicenseDifference(
                path=d.spot.path,
                line=d.spot.line,
                text=_short(d.spot.text),
                detected=d.detected,
                concluded=d.concluded,
                why=d.why,
            )
            for d in conclusion.differences
        ),
        unknown=conclusion.unknown,
        datasets=tuple(
            LicenseDataset.model_validate(
                {**{k: v for k, v in asdict(fact).items() if k != "ruling"}, "verdict": fact.ruling}
            )
            for fact in conclusion.datasets
        ),
        base_models=tuple(_base(base, conclusion) for base in _once(conclusion.bases)),
    )


def _spot(spot: Spot) -> LicenseSpot:
    return LicenseSpot(path=spot.path, line=spot.line, text=_short(spot.text))


def _claim(claim: Claim) -> LicenseClaim:
    return LicenseClaim(
        path=claim.spot.path,
        line=claim.spot.line,
        text=_short(claim.spot.text),
        stated=claim.reading.text,
        expression=claim.reading.expression,
        found=claim.how,
        confidence=claim.confidence,
        about=claim.about,
    )


def _reason(reason: Reason) -> LicenseReason:
    return LicenseReason(
        code=reason.why,
        ruling=reason.ruling.value,
        text=reason.text,
        change=reason.change,
        place=str(reason.spot) if reason.spot else None,
        tag=reason.tag,
        waived_by=reason.waived,
    )


def _once(bases: Iterable[Base]) -> Iterable[Base]:
    return {(base.known_as or base.name).lower(): base for base in reversed(list(bases))}.values()


def _base(base: Base, conclusion: Conclusion) -> LicenseBase:
    about = [
        r.ruling
        for r in conclusion.reasons
        if r.tag == "base-model" and (r.spot == base.spot or (base.known_as or base.name) in r.text)
    ]
    return LicenseBase(
        name=base.name,
        known_as=base.known_as,
        license=base.license,
        relation=base.relation,
        verdict=max(about, key=lambda ruling: ruling.rank, default=Ruling.ALLOW).value,
        source=base.source,
        evidence=base.evidence,
        stated_in=str(base.spot),
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


def document(
    evaluation: Evaluation, subject: str, told: ScanLicenseFacts, found: Iterable[Finding]
) -> dict[str, Any]:
    """Return reports/license.json: the facts with every place of evidence, and each scanned file."""
    slots = {slot.value: facts.model_dump(mode="json") for slot, facts in told.slots.items()}
    for slot, conclusion in evaluation.slots.items():
        slots[slot.value]["evidence"] = _evidence(conclusion)
    return {
        "schema": SCHEMA,
        "subject": subject,
        "use_case": told.use_case,
        "delivery": told.delivery,
        "verdict": told.verdict,
        "legal_approval_required": told.legal_approval_required,
        "policy": told.policy,
        "policy_name": told.policy_name,
        "slots": slots,
        "obligations": [duty.model_dump(mode="json") for duty in told.obligations],
        "tasks": [task.model_dump(mode="json") for task in told.tasks],
        "waivers": [waiver.model_dump(mode="json") for waiver in told.waivers],
        "findings": [asdict(finding) for finding in found],
        "files": [
            {
                "path": path,
                "sha256": file.sha256.removeprefix("sha256:"),
                "licenses": file.licenses,
                "copyrights": list(file.copyrights),
            }
            for path, _, file in evaluation.files
        ],
    }


def _evidence(conclusion: Conclusion) -> list[dict[str, Any]]:
    return [
        {
            "path": d.spot.path,
            "line": d.spot.line,
            "end": d.end,
            "text": _short(d.spot.text),
            "expression": d.expression,
            "score": d.score,
        }
        for d in sorted(conclusion.detections, key=lambda d: (d.spot.path, d.spot.line or 0, d.expression))
    ]
