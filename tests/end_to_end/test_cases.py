"""The smaller examples: fetched and prepared, their models answer the goldens that the research code gave."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
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
    assert _off(root) == []


BASIC_PITCH = "pypi:basic-pitch==0.4.0#basic_pitch/saved_models/icassp_2022/"
FORMATS = {
    "litert": (
        "nmp.tflite",
        204448,
        "3db297d54af8e01c6e5618245c956b1d71b6a2b978cb2dedb527173186552676",
    ),
    "onnx": (
        "nmp.onnx",
        230444,
        "2c3c1d144bfa61ad236e92e169c13535c880469a12a047d4e73451f2c059a0ec",
    ),
}
ONNX_NAMES = {"contour": 0, "note": 1, "onset": 2}  # as the package's own code reads them


@pytest.mark.parametrize("format_", sorted(FORMATS))
def test_the_other_formats_of_basic_pitch_give_the_same_notes(format_: str, tmp_path: Path) -> None:
    file, size, sha256 = FORMATS[format_]
    root = shutil.copytree(EXAMPLES / "music_transcriber", tmp_path / "music_transcriber")
    spec = yaml.safe_load((root / "model.yaml").read_text())
    spec["artifacts"] = [{"path": file, "size": size, "sha256": sha256, "mirrors": [BASIC_PITCH + file]}]
    spec["preparation"] = {"format": format_, "path": file}
    if format_ == "onnx":
        spec["inference"]["engine"] = "onnxruntime"
        hook = (root / "hook/hook.py").read_text()
        for name, number in ONNX_NAMES.items():
            assert f'"{name}"' in hook
            hook = hook.replace(f'"{name}"', f'"StatefulPartitionedCall:{number}"')
        (root / "hook/hook.py").write_text(hook)
    (root / "model.yaml").write_text(yaml.safe_dump(spec))
    assert _off(root) == []


def _off(root: Path) -> list[str]:
    """Return what the prepared model of a project answers otherwise than its goldens, once it is fetched."""
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
    assert len(result.cases) == len(asked.cases) > 1
    return [difference.message for case in result.failures for difference in case.differences]
