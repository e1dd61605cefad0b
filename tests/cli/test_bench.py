from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maxctl.adapters import service
from maxctl.cli import bench as command
from maxctl.core import digest, yaml
from maxctl.golden import suite
from maxctl.golden.tolerance import Tolerance
from maxctl.health import bench
from maxctl.health.bench import Measured
from tests import projects
from tests.golden.suites import CAT

FIGURES = {
    "litert": {"p50": 8.0, "throughput": 90.0, "memory": 105, "start": 0.3},
    "openvino": {"p50": 7.5, "throughput": 95.0, "memory": 183, "start": 0.7},
    "tensorflow": {"p50": 20.0, "throughput": 50.0, "memory": 785, "start": 5.5},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project that is converted for three engines, one of which differs; the measuring is told by FIGURES."""

    def measure(folder: Path, questions: Any, *, seconds: float, threads: int | None) -> dict[str, Any]:
        engine = json.loads((folder / "service.json").read_text())["engine"]["name"]
        asked.append((engine, [question["parameters"] for question in questions]))
        told = FIGURES[engine]
        return {
            "engines": threads or 2,
            "latency_ms": {"p50": told["p50"], "p95": told["p50"] * 2, "p99": told["p50"] * 3},
            "throughput_per_s": told["throughput"],
            "cpu_ms": 1.0,
            "memory_bytes": told["memory"] << 20,
            "start_s": told["start"],
        }

    asked: list[Any] = []
    monkeypatch.setattr(service, "measure", measure)
    root = projects.project(tmp_path / "p", {"labels.json": "[]", "cup.png": "picture"}, labels="labels.json")
    sha256 = digest.of_file(root / "cup.png").removeprefix("sha256:")
    case = suite.Case("cup", root / "cup.png", sha256, CAT, {"threshold": 0.5})
    (root / "golden").mkdir()
    suite.write(root / "golden", suite.Suite("object-detection", Tolerance(0.01, 0.98), (case,), {}))
    candidates = []
    for engine, matches in (("litert", True), ("openvino", True), ("tensorflow", False)):
        path = f".maxctl/out/convert/{engine}"
        projects.write_tree(root, {path: engine})
        one = {"engine": engine, "path": path, "sha256": "0" * 64, "size_bytes": 1 << 20}
        candidates.append({**one, "matches": matches, "why": "told"})
    nothing = "sha256:" + "0" * 64
    key = dict.fromkeys(("digest", "spec", "files", "options"), nothing)
    facts = {"engine": "litert", "candidates": candidates}
    record = {
        "stage": "convert",
        "key": {**key, "needs": {}, "version": 1, "tools": {}},
        "result": {"verdict": "passed", "findings": [], "facts": facts, "outputs": []},
        "made_by": {"maxctl": "0", "python": "3", "platform": "linux"},
    }
    manifest = {"schema_version": 1, "model": "tiny-detector", "steps": {"convert": record}}
    yaml.write(root / "manifest.yaml", manifest, "a record")
    return root


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command and return what it prints."""

    def go(*arguments: str) -> str:
        command.command().main(list(arguments), standalone_mode=False)
        told = capsys.readouterr()
        assert told.out, told.err
        return told.out

    return go


def test_the_engines_that_match_are_measured_and_the_one_with_the_shortest_latency_recommended(
    project: Path, run: Callable[..., str]
):
    told = run("--project", str(project), "--rounds", "2", "--format", "json")
    document = json.loads(told)
    assert [one["engine"] for one in document["measured"]] == ["litert", "openvino"]
    assert (document["objective"], document["engine"], document["recommended"]) == (
        "latency",
        "litert",
        "openvino",
    )
    table = run("--project", str(project))
    assert "OpenVINO has the shortest latency of a lone request; LiteRT is chosen." in table


@pytest.mark.parametrize(
    ("objective", "best"), [("throughput", "openvino"), ("memory", "litert"), ("start", "litert")]
)
def test_another_objective_can_recommend_another_engine(
    project: Path, run: Callable[..., str], objective: str, best: str
):
    told = run("--project", str(project), "--objective", objective, "--format", "json")
    assert json.loads(told)["recommended"] == best


def test_only_choose_writes_the_engine_and_not_another_byte_of_the_spec(
    project: Path, run: Callable[..., str]
):
    spec = project / "model.yaml"
    spec.write_text("# mine\n" + spec.read_text())
    before = spec.read_text()
    run("--project", str(project))
    assert spec.read_text() == before
    run("--project", str(project), "--choose")
    assert spec.read_text() == before.replace("engine: litert", "engine: openvino")


def test_the_size_of_an_installation_counts_the_packages_that_packages_need():
    small, large = bench.installed_bytes("litert", "image"), bench.installed_bytes("tensorflow", "image")
    assert 50 << 20 < small < large


def measured(engine: str, **figures: Any) -> Measured:
    usual: dict[str, Any] = dict.fromkeys(Measured.__dataclass_fields__, 1)
    return Measured(**{**usual, "engine": engine, **figures})


def test_of_equal_engines_the_one_that_stands_first_is_recommended():
    assert bench.recommended([measured("a"), measured("b")], "latency").engine == "a"
    assert bench.recommended([measured("a"), measured("b", throughput=2)], "throughput").engine == "b"
