"""The pipeline `ci` as parallel jobs of continuous integration run it: three processes, three manifests, one record."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from maxctl.core import manifest, pipeline
from maxctl.core.manifest import Manifest
from tests.end_to_end.conftest import Walked

pytestmark = pytest.mark.slow

LICENSES = ("shortlist", "fetch", "scan-license")
MODEL = ("fetch", "check", "prepare", "convert")
REST = ("package", "scaffold", "regress", "regress-http")


def record_of(project: Path) -> Manifest:
    return manifest.load(project / "manifest.yaml", "max-object-detector")


def only(project: Path, *steps: str) -> Manifest:
    """Return the record of a project, as far as the named steps go."""
    whole = record_of(project)
    return whole.model_copy(update={"steps": {n: r for n, r in whole.steps.items() if n in steps}})


def checkout(walked: Walked, target: Path) -> Walked:
    """Return the project as version control holds it: goldens with their record, but nothing that a gate made."""
    shutil.copytree(
        walked.project, target, symlinks=True, ignore=shutil.ignore_patterns(".maxctl", "reports", "service")
    )
    only(walked.project, "record").save(target / "manifest.yaml")
    return replace(walked, project=target)


def start(job: Walked, steps: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "maxctl", "run", "ci", *(f"--only={step}" for step in steps), "-f", "json"],
        cwd=job.project, env={**os.environ, "MAXCTL_CACHE": str(job.cache)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def ran(child: subprocess.Popen[str]) -> dict[str, str]:
    out, err = child.communicate(timeout=900)
    assert child.returncode == 0, out + err
    return {step["step"]: step["action"] for step in json.loads(out)["steps"]}


def unpack(job: Path, into: Path) -> None:
    """Copy what a job hands over beside its manifest: the outputs that it names."""
    for record in record_of(job).steps.values():
        for output in record.result.outputs:
            source, target = job / output.path, into / output.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir() and not target.exists():
                shutil.copytree(source, target, symlinks=True)
            elif not target.exists():
                shutil.copy2(source, target)


def test_three_processes_with_three_manifests_give_the_record_of_one(walked: Walked, tmp_path: Path) -> None:
    order = pipeline.load("ci", walked.project, record_of(walked.project).steps).order
    assert set(order[: order.index("regress-http") + 1]) == {*LICENSES, *MODEL, *REST}
    expected = tmp_path / "expected.yaml"
    only(walked.project, *LICENSES, *MODEL, *REST, "record").save(expected)
    one, two, three = (checkout(walked, tmp_path / name) for name in ("one", "two", "three"))

    jobs = [start(one, LICENSES), start(two, MODEL)]  # at the same time
    assert [ran(job) for job in jobs] == [dict.fromkeys(LICENSES, "ran"), dict.fromkeys(MODEL, "ran")]

    for job in (one, two):
        unpack(job.project, three.project)
    merge = three.maxctl("manifest", "merge", "../one/manifest.yaml", "../two/manifest.yaml", "--pipeline=ci")
    assert merge.returncode == 0, merge.stdout + merge.stderr
    assert "7 steps, all of them hold" in merge.stdout
    assert ran(start(three, (*LICENSES, *MODEL, *REST))) == {
        **dict.fromkeys((*LICENSES, *MODEL), "recorded"),
        **dict.fromkeys(REST, "ran"),
    }

    assert (three.project / "manifest.yaml").read_bytes() == expected.read_bytes()
    rows = json.loads(three.maxctl("status", "ci", "--verify", "-f", "json").stdout)["steps"]
    states = {row["step"]: row["state"] for row in rows}
    assert {states[step] for step in (*LICENSES, *MODEL, *REST)} == {"fresh"}
    for some in permutations(["../one/manifest.yaml", "../two/manifest.yaml", "manifest.yaml"]):
        merge = three.maxctl("manifest", "merge", *some, "-o", str(tmp_path / "joined.yaml"))
        assert merge.returncode == 0, merge.stdout + merge.stderr
        assert (tmp_path / "joined.yaml").read_bytes() == expected.read_bytes()
