"""The verdict on each slot in the words of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maxctl.core.facts.scan_license import ScanLicenseFacts

COMPONENTS = {
    "code": "Model code (third party)",
    "weights": "Model weights",
    "data": "Training data",
    "scripts": "Scripts",
    "samples": "Samples",
}


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
