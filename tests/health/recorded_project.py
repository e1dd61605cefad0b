"""A project whose research code is a few lines of Python, and what `record` needs of earlier steps."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from maxctl.adapters import service
from maxctl.core.manifest import Output, Result
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.stage import ModelView, Outcome, Verdict
from maxctl.health.record import Record, RecordOptions
from tests.golden.suites import CAT, PNG
from tests.projects import project

# answers with what stands in answers.json beside it, so that a test can change it
REFERENCE = """
import json, os, pathlib, sys
request = json.loads(pathlib.Path(os.environ["MAXCTL_REQUEST"]).read_text())
assert pathlib.Path(request["artifacts"]).is_dir() and pathlib.Path(request["sources"]["toy"]).is_dir()
assert json.loads(pathlib.Path(request["labels"]).read_text())[0]["name"] == "cat"
answers = json.loads(pathlib.Path("answers.json").read_text())
with open(os.environ["MAXCTL_RESPONSE"], "a") as out:
    out.write(json.dumps({"event": "started", "versions": {"toy": "1.0"}}) + "\\n")
    for case in request["cases"]:
        assert pathlib.Path(case["input"]).read_bytes()[:4] == b"\\x89PNG" and case["parameters"] == {"threshold": 0.5}
        out.write(json.dumps({"id": case["id"], "response": answers[case["id"]]}) + "\\n")
"""
SHA = "6" * 64
PICTURE = hashlib.sha256(PNG).hexdigest()
MIRROR = {"size": 1, "sha256": SHA, "mirrors": ["file:x"]}
NEEDED = {
    "fetch": (
        ".maxctl/out/fetch/sources/toy",
        ".maxctl/out/fetch/artifacts",
        ".maxctl/out/fetch/samples",
    ),
    "prepare": (".maxctl/out/prepare/saved_model",),
}


def make(root: Path, answers: dict[str, Any] | None = None, program: str = REFERENCE, **changes: Any) -> Path:
    """Return a project with two cases of one picture; `answers` are what the research code says."""
    given = {"one": CAT, "two": CAT} if answers is None else answers
    parts = {
        "labels": "labels.json",
        "sources": [{"name": "toy", **MIRROR}],
        "samples": [
            {"path": "cat.png", "license": "CC0-1.0", "credit": "a painter", **MIRROR, "sha256": PICTURE}
        ],
        "reference": {
            "setup": [["python", "-c", "open('set-up', 'a').write('x')"]],
            "command": ["python", "reference.py"],
            "lock": "lock.txt",
        },
        "golden": {
            "cases": [{"id": id_, "input": "cat.png", "parameters": {"threshold": 0.5}} for id_ in given]
        },
    }
    return project(
        root,
        {
            "labels.json": '[{"id": 17, "name": "cat"}]',
            "reference/reference.py": program,
            "reference/lock.txt": "none",
            "reference/answers.json": json.dumps(given),
            ".maxctl/out/fetch/sources/toy/code.py": "",
            ".maxctl/out/fetch/artifacts/model.json": "{}",
            ".maxctl/out/fetch/samples/cat.png": PNG,
            ".maxctl/out/prepare/saved_model/saved_model.pb": "graph",
        },
        **json.loads(json.dumps({**parts, **changes})),  # YAML would write a shared list as an alias
    )


def record(root: Path, **options: Any) -> Outcome:
    """Run `record` on the project and move its output in, as the runner does."""
    staging = root / ".maxctl" / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    stage = Record(RecordOptions(**options))
    needs = {
        step: Result(verdict=Verdict.PASSED, outputs=tuple(Output(path=path, sha256=SHA) for path in paths))
        for step, paths in NEEDED.items()
    }
    view = ModelView(
        root=root,
        staging=staging,
        cache=root.parent / "cache",
        _spec=Project(root).spec,
        _reads=stage.reads,
        _needs=needs,
        _who="record",
    )
    outcome = stage.run(view, Silent())
    for path in outcome.outputs:
        shutil.rmtree(root / path, ignore_errors=True)
        (staging / path).rename(root / path)
    return outcome


def prepared_answers(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[dict[str, Any]], Any] = lambda question: CAT
) -> list[dict[str, Any]]:
    """Let the prepared model answer so, without TensorFlow; return the service.json files that it was asked with."""
    seen: list[dict[str, Any]] = []

    def predict(
        python: str, module: str, folder: Path, questions: Sequence[dict[str, Any]], hear: Any, **_: Any
    ) -> dict[str, Any]:
        config = json.loads((folder / "service.json").read_text())
        assert (folder / config["engine"]["path"]).is_dir() and (folder / config["labels"]).is_file()
        seen.append(config)
        for question in questions:
            hear(question["id"], answer(question))
        return {}

    monkeypatch.setattr(service, "predict", predict)
    monkeypatch.setattr("maxctl.health.record.installed", lambda package: True)
    return seen
