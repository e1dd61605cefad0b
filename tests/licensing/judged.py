"""Verdicts made by hand, for tests of what is done with them."""

from __future__ import annotations

from typing import Any

from maxctl.core.facts.scan_license import ScanLicenseFacts, SlotFacts
from maxctl.core.slot import Slot

EMPTY = {"verdict": "allow", "concluded": None, "confidence": "none", "empty": True}


def claim(
    expression: str | None, path: str = "README.md", line: int | None = 1, found: str = "sentence"
) -> dict[str, Any]:
    return {"path": path, "line": line, "stated": expression, "expression": expression, "found": found}


def dataset(name: str, verdict: str = "review", license_: str | None = None) -> dict[str, Any]:
    rest = dict.fromkeys(("known_as", "note", "source", "evidence"))
    said = {"use": "train", "tags": (), "stated_in": "README.md"}
    return {"id": name, "license": license_, "verdict": verdict, **said, **rest}


def base(name: str, license_: str | None, verdict: str = "review") -> dict[str, Any]:
    said = {"relation": "fine-tuned", "stated_in": "README.md"}
    return {
        "name": name,
        "license": license_,
        "verdict": verdict,
        **said,
        **dict.fromkeys(("known_as", "source", "evidence")),
    }


def slot(
    verdict: str = "allow", concluded: str | None = "MIT", confidence: str = "high", **parts: Any
) -> dict[str, Any]:
    if verdict != "allow" and "reasons" not in parts:
        text = f"{concluded} is to be looked at"
        parts["reasons"] = [{"code": "LIC002", "ruling": verdict, "text": text, "change": "look"}]
    return {"verdict": verdict, "concluded": concluded, "confidence": confidence, **parts}


def facts(
    verdict: str = "allow",
    obligations: tuple[dict[str, Any], ...] = (),
    policy: str = "sha256:p",
    **slots: Any,
) -> ScanLicenseFacts:
    """Return a verdict; slots that are not named have nothing to judge."""
    return ScanLicenseFacts(
        use_case="commercial",
        verdict=verdict,
        legal_approval_required=verdict != "allow",
        policy=policy,
        slots={one: SlotFacts.model_validate(slots.get(one.value, EMPTY)) for one in Slot},
        obligations=obligations,
    )
