"""The stage: verdicts, skips by name, its report, and what it must never do."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from maxctl.core.errors import ChildFailedError, ToolMissingError, UsageError
from maxctl.core.facts.check import CheckFacts
from maxctl.core.progress import Silent
from maxctl.core.stage import ModelView, Skip, Verdict
from maxctl.health.check import ARTIFACTS, REPORT, SOURCES, Check, FailOn, Options
from maxctl.health.checks.dead_code import DeadCode
from tests.health.check_tree import Executes, checked, told, write

GRAPH = json.dumps(
    {
        "modelTopology": {"node": [{"name": "a", "op": "Placeholder"}, {"name": "b", "op": "Relu"}]},
        "weightsManifest": [{"paths": ["group1-shard1of1"], "weights": []}],
    }
)


def summaries(outcome: Any) -> dict[str, tuple[str, str | None]]:
    return {summary.name: (summary.verdict, summary.skip) for summary in outcome.facts.checks}


def view(root: Path, sources: tuple[str, ...]) -> ModelView:
    outputs = [SimpleNamespace(path=f"{SOURCES}/{name}") for name in sources] + [
        SimpleNamespace(path=ARTIFACTS)
    ]
    fetched = [
        {
            "name": name,
            "slot": "code",
            "size": 1,
            "sha256": "0",
            "address": "file:x",
            "files": 1,
            "tree": "sha256:0",
        }
        for name in sources
    ]
    needs = {"fetch": SimpleNamespace(outputs=outputs, facts={"sources": fetched})}
    return ModelView(root, root / "staging", root / "cache", cast(Any, None), Check.reads, needs, "check")


def test_a_model_without_python_source_passes_and_names_the_checks_that_had_nothing_to_do(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        {
            f"{SOURCES}/detector/index.js": "export {}",
            f"{ARTIFACTS}/model/model.json": GRAPH,
            f"{ARTIFACTS}/model/group1-shard1of1": b"\x80\x04 raw numbers",
        },
    )
    model = view(tmp_path, ("detector",))
    outcome = Check().run(model, Silent())
    assert outcome.verdict is Verdict.PASSED
    assert summaries(outcome) == {
        "lint": ("skipped", "not-applicable"),
        "dead_code": ("skipped", "not-applicable"),
        "dependencies": ("skipped", "not-applicable"),
        "model_files": ("passed", None),
    }
    facts = cast(CheckFacts, outcome.facts)
    assert facts.checks[0].reason == "no Python source; 1 JavaScript file not checked"
    assert [(file.path, file.state) for file in facts.model_files] == [
        (f"{ARTIFACTS}/model/group1-shard1of1", "data only"),
        (f"{ARTIFACTS}/model/model.json", "scanned"),
    ]
    assert outcome.outputs == (REPORT,)
    first = (model.staging / REPORT).read_bytes()
    Check().run(model, Silent())
    assert (model.staging / REPORT).read_bytes() == first
    assert str(tmp_path).encode() not in first


def test_findings_stand_at_project_relative_places(tmp_path: Path) -> None:
    write(tmp_path, {f"{SOURCES}/code/a.py": "x = nowhere\n", f"{ARTIFACTS}/a.txt": "cat\ndog\n"})
    outcome = Check().run(view(tmp_path, ("code",)), Silent())
    assert str(told(outcome, "CHK103")[0].place) == f"{SOURCES}/code/a.py:1:5"


def test_a_tree_with_nothing_to_check_is_skipped_and_never_passed(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"README.md": "hello", "main.go": "package main"})
    assert (outcome.verdict, outcome.skip) == (Verdict.SKIPPED, Skip.NOT_APPLICABLE)
    assert "model_files: no model files" in (outcome.reason or "")


def test_a_missing_tool_makes_the_stage_unavailable_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise ToolMissingError("the package `vulture` is not installed", hint="pip install 'maxctl[health]'")

    monkeypatch.setattr(DeadCode, "run", missing)
    outcome = checked(tmp_path, {"a.py": "x = 1\n"})
    assert (outcome.verdict, outcome.skip) == (Verdict.SKIPPED, Skip.UNAVAILABLE)
    assert (outcome.reason or "").endswith("pip install 'maxctl[health]'")
    assert summaries(outcome)["dead_code"] == ("skipped", "unavailable")
    unsafe = checked(tmp_path, {"a.pkl": pickle.dumps(Executes(tmp_path / "mark"))})
    assert unsafe.verdict is Verdict.FAILED


def test_a_check_that_crashes_fails_the_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ChildFailedError("it was killed")

    monkeypatch.setattr(DeadCode, "run", crash)
    outcome = checked(tmp_path, {"a.py": "x = 1\n"})
    assert outcome.verdict is Verdict.FAILED
    assert "dead_code could not finish: it was killed" in told(outcome, "CHK001")[0].message


def test_defects_of_the_code_fail_only_when_asked_to(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.py": "def f(items=[]):\n    return nowhere, items\n"}
    assert checked(tmp_path, files).verdict is Verdict.PASSED
    strict = checked(tmp_path, files, options=Options(fail_on=FailOn.WARNING))
    assert strict.verdict is Verdict.FAILED
    assert summaries(strict)["lint"] == ("failed", None)


def test_facts_count_what_each_check_found(tmp_path: Path) -> None:
    outcome = checked(tmp_path, {"a.py": "import os\nx = nowhere\ny = nowhere\n"})
    facts = cast(CheckFacts, outcome.facts)
    assert facts.checks[0].findings == {"CHK103": 2, "CHK106": 1}
    assert len(outcome.findings) == 3


def test_nothing_of_the_tree_is_imported_or_executed(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    evil = f"open({str(mark)!r}, 'w')\n"
    outcome = checked(
        tmp_path,
        {
            "setup.py": evil,
            "conftest.py": evil,
            "sitecustomize.py": evil,
            "pkg/__init__.py": evil,
            "vulture.py": evil,
            "picklescan/__init__.py": evil,
            "pyproject.toml": "[tool.ruff]\nexclude=['*']\n[tool.vulture]\nexclude=['*']\n",
            "weights.pkl": pickle.dumps(Executes(mark)),
        },
    )
    assert outcome.verdict is Verdict.FAILED
    assert not mark.exists()


def test_a_single_file_or_folder_can_be_checked_without_a_project(tmp_path: Path) -> None:
    path = write(tmp_path, {"weights.bin": b"\x01\x02\x00unknown"}) / "weights.bin"
    outcome = Check().on_path(str(path), tmp_path, Silent())
    assert outcome.verdict is Verdict.FAILED
    assert str(told(outcome, "CHK402")[0].place) == "weights.bin"
    assert outcome.outputs == ()
    with pytest.raises(UsageError, match="no file or folder"):
        Check().on_path(str(tmp_path / "nowhere"), tmp_path, Silent())


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path, {"outside/w.pkl": pickle.dumps(1), "outside/a.py": "x = nowhere\n"}) / "outside"
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "loop").symlink_to(tree)
    (tree / "a.py").symlink_to(outside / "a.py")
    (tree / "w.pkl").symlink_to(outside / "w.pkl")
    outcome = checked(tmp_path, {})
    assert [(f.code, str(f.place)) for f in outcome.findings] == [("CHK402", "w.pkl")]


def test_tools_that_decide_the_result_stand_in_the_key() -> None:
    tools = Check().tools()
    assert {"ruff", "vulture", "picklescan", "fickling"} <= set(tools)
    assert all(version[0].isdigit() for name, version in tools.items() if name != "h5py")


def test_every_code_explains_itself() -> None:
    codes = [code.code for code in Check.codes]
    assert len(codes) == len(set(codes))
    assert all(code.title and code.why.endswith(".") for code in Check.codes)


def test_importing_the_stage_loads_no_tool() -> None:
    heavy = "{'numpy', 'h5py', 'vulture', 'picklescan', 'fickling', 'tensorflow', 'httpx'}"
    code = f"import sys, maxctl.health.check; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"
