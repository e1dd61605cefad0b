"""The smaller examples: fetched and prepared, their models answer the goldens that the research code gave."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.golden import suite
from maxctl.health.prepared_model import answers, companions, no_framework, prepared

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CASES = sorted(path.parents[1].name for path in EXAMPLES.glob("*/golden/golden.yaml"))


def _marked(name: str) -> ParameterSet:
    """Leave an example to `make test-full` where its model's framework is not here."""
    spec = Project(EXAMPLES / name).spec
    framework = no_framework(spec.preparation.format)
    away = pytest.mark.skipif(framework is not None, reason=str(framework))
    heavy = spec.preparation.format in ("torch-export", "torchscript", "scikit-learn")
    return pytest.param(name, marks=[away, pytest.mark.frameworks] if heavy else [])


@pytest.mark.parametrize("name", [_marked(name) for name in CASES])
def test_the_prepared_model_answers_as_the_research_code_did(name: str, tmp_path: Path) -> None:
    root = shutil.copytree(EXAMPLES / name, tmp_path / name)
    for stage in ("fetch", "check", "prepare"):
        done = subprocess.run(
            [sys.executable, "-m", "maxctl", stage], cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    project = Project(root)
    form = prepared(project.spec)
    beside = companions(project.spec, root.joinpath)
    asked = suite.load(root / "golden")
    result = answers(project.spec, form.engine, root / form.path, beside, asked, Silent())
    assert [difference.message for case in result.failures for difference in case.differences] == []
    assert len(result.cases) == len(asked.cases) > 1
