"""A project that got as far as `scan-license`: a tiny model, a sample, goldens, and what earlier stages told."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

from maxctl.core.progress import Silent
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Stage, Verdict
from maxctl.golden import suite
from maxctl.golden.tolerance import Tolerance
from maxctl.wrapping.package import Package
from maxctl.wrapping.scaffold import Scaffold
from tests import projects

ANSWER = {
    "status": "ok",
    "predictions": [
        {"label_id": "1", "label": "cup", "probability": 0.9613, "detection_box": [0.05, 0.29, 0.62, 0.69]}
    ],
}
LICENSES = {
    "use_case": "commercial",
    "verdict": "review",
    "legal_approval_required": True,
    "policy": "sha256:" + "0" * 64,
    "slots": {
        "code": {
            "verdict": "allow",
            "concluded": "Apache-2.0",
            "confidence": "high",
            "claims": [
                {
                    "path": "https://example.org/LICENSE",
                    "stated": "Apache-2.0",
                    "expression": "Apache-2.0",
                    "found": "spec",
                }
            ],
        },
        "weights": {
            "verdict": "review",
            "concluded": None,
            "confidence": "none",
            "reasons": [
                {"code": "LIC010", "ruling": "review", "text": "nothing is | stated", "change": "ask"}
            ],
        },
        "scripts": {"verdict": "allow", "concluded": None, "confidence": "none", "empty": True},
    },
    "obligations": [{"slot": "code", "license": "Apache-2.0", "text": "keep the NOTICE"}],
}


def picture() -> bytes:
    """Return a small PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 6), (200, 30, 30)).save(buffer, "PNG")
    return buffer.getvalue()


LITERT = {
    "engine": "litert",
    "path": ".maxctl/out/convert/model.tflite",
    "sha256": "0" * 64,
    "size_bytes": 1,
    "matches": True,
    "why": "1 cases as expected",
}


TENSORFLOW = {**LITERT, "engine": "tensorflow", "path": ".maxctl/out/prepare/saved_model"}


class SmallProject:
    """A project folder, and the stages run on it as the runner does."""

    def __init__(self, root: Path, cache: Path, **changes: Any) -> None:
        self.root, self.cache = root, cache
        sample = picture()
        spec = {
            "labels": "labels.json",
            "samples": [
                {
                    "path": "cup.png", "size": len(sample), "sha256": hashlib.sha256(sample).hexdigest(),
                    "mirrors": ["file:upstream/cup.png"], "license": "CC0-1.0", "credit": "somebody",
                }
            ],
            "golden": {"cases": [{"id": "cup", "input": "cup.png", "parameters": {"threshold": 0.5}}]},
            "sources": [
                {"name": "research", "size": 1, "sha256": "0" * 64, "mirrors": ["file:upstream/research.tgz"]}
            ],
            **changes,
        }  # fmt: skip
        self.spec = ModelSpec.model_validate(projects.spec(**spec))
        projects.write_tree(root, {
            "labels.json": '[{"id": 1, "name": "cup"}, {"id": 2, "name": "table"}]',
            ".maxctl/out/convert/model.tflite": b"TFL3" + bytes(range(256)) * 40,
            ".maxctl/out/prepare/saved_model/saved_model.pb": b"graph",
            ".maxctl/out/prepare/saved_model/variables/variables.index": b"index",
            ".maxctl/out/fetch/artifacts/model/model.json": b"{}",
            ".maxctl/out/fetch/samples/cup.png": sample,
            ".maxctl/out/fetch/sources/research/LICENSE": "Apache License",
            ".maxctl/out/fetch/sources/research/license.py": "no license text",
        })  # fmt: skip
        self.write_goldens()
        self.needs: dict[str, Any] = {
            "fetch": told(
                {},
                ".maxctl/out/fetch/artifacts",
                ".maxctl/out/fetch/samples",
                ".maxctl/out/fetch/sources/research",
            ),
            "scan-license": told(LICENSES),
            "check": told({}),
            "prepare": told({}, ".maxctl/out/prepare/saved_model"),
            "convert": told(
                {"engine": self.spec.inference.engine, "candidates": [LITERT, TENSORFLOW]},
                str(LITERT["path"]),
            ),
        }

    def write_goldens(self) -> None:
        """Write the golden suite."""
        sample = self.root / ".maxctl/out/fetch/samples/cup.png"
        case = suite.Case(
            "cup", sample, hashlib.sha256(sample.read_bytes()).hexdigest(), ANSWER, {"threshold": 0.5}
        )
        (self.root / "golden").mkdir()
        suite.write(
            self.root / "golden",
            suite.Suite("object-detection", Tolerance(0.01, 0.98), (case,), {"reference": "1"}),
        )

    def run(self, stage: Stage) -> Outcome:
        """Run a stage, move its outputs in, and let later stages see what it told."""
        import shutil

        staging = self.root / ".maxctl/staging" / stage.name
        staging.mkdir(parents=True)
        outcome = stage.run(self.view(stage, staging), Silent())
        known = {code.code for code in stage.codes}
        assert {finding.code for finding in outcome.findings} <= known
        for path in outcome.outputs:
            target = self.root / path
            if target.is_dir():
                shutil.rmtree(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            (staging / path).rename(target)
        shutil.rmtree(staging)
        facts = outcome.facts.model_dump(mode="json") if outcome.facts else {}
        self.needs[stage.name] = told(facts, *outcome.outputs, verdict=outcome.verdict)
        return outcome

    def view(self, stage: Stage, staging: Path) -> ModelView:
        """Return what a stage sees."""
        needs = {name: self.needs[name] for name in stage.needs}
        return ModelView(self.root, staging, self.cache, self.spec, stage.reads, needs, stage.name)

    def scaffold(self, **options: Any) -> Outcome:
        """Package unless that was done, and scaffold."""
        if "package" not in self.needs:
            assert self.run(Package()).verdict is Verdict.PASSED
        return self.run(Scaffold(Scaffold.Options(**options)))

    @property
    def service(self) -> Path:
        """The generated folder."""
        return self.root / "service"


def told(facts: dict[str, Any], *outputs: str, verdict: Verdict = Verdict.PASSED) -> SimpleNamespace:
    """Return what a step recorded."""
    return SimpleNamespace(
        facts=facts, outputs=[SimpleNamespace(path=path) for path in outputs], verdict=verdict
    )


def codes(outcome: Outcome) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in outcome.findings]
