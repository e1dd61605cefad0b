"""Small golden suites: a picture of a few bytes, and detections as plain data."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from maxctl.core import digest
from maxctl.golden import suite as suites
from maxctl.golden.suite import Case, Suite
from maxctl.golden.tolerance import Tolerance

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def found(label: str, score: float, *box: float, id_: str | None = None) -> dict[str, Any]:
    """Return one prediction; its id is made from the label where none is given."""
    return {
        "label_id": id_ or str(len(label)),
        "label": label,
        "probability": score,
        "detection_box": list(box or (0.1, 0.1, 0.5, 0.5)),
    }


def answer(*predictions: dict[str, Any]) -> dict[str, Any]:
    """Return a good response."""
    return {"status": "ok", "predictions": list(predictions)}


CUP = found("cup", 0.9, 0.1, 0.1, 0.5, 0.5)
TABLE = found("table", 0.8, 0.0, 0.0, 1.0, 1.0)
COFFEE = answer(CUP, TABLE)
CAT = answer(found("cat", 0.95, 0.2, 0.2, 0.8, 0.8, id_="17"))


def suite(folder: Path, cases: dict[str, dict[str, Any]] | None = None, **changes: Any) -> Suite:
    """Return a suite whose pictures lie in `folder`; by default of the cases coffee and cat."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "picture.png"
    picture.write_bytes(PNG)
    sha256 = digest.of_file(picture).removeprefix("sha256:")
    asked = {"coffee": COFFEE, "cat": CAT} if cases is None else cases
    listed = tuple(
        Case(id_, picture, sha256, expected, {"threshold": 0.5}, "CC0-1.0", "a painter")
        for id_, expected in asked.items()
    )
    given = {
        "task": "object-detection",
        "tolerance": Tolerance(0.01, 0.98),
        "cases": listed,
        "made_by": {"fake": "1.0"},
    }
    return Suite(**{**given, **changes})


def written(root: Path, cases: dict[str, dict[str, Any]] | None = None, **changes: Any) -> Path:
    """Write a suite to `root/golden` and return that folder."""
    folder = root / "golden"
    folder.mkdir(parents=True)
    suites.write(folder, suite(root / "pictures", cases, **changes))
    return folder
