from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest
import yaml

from maxctl.core import digest
from maxctl.core.stage import Verdict
from maxctl.wrapping.service_files import serving_folder
from tests.wrapping.small_project import codes

TREE = """
.dockerignore .github/workflows/ci.yaml .gitignore .maxctl.json Dockerfile LICENSE NOTICE README.md artifact.json
artifact.py assets/labels.json assets/licenses/research/LICENSE assets/model.tflite deploy/kubernetes.yaml
healthcheck.py pyproject.toml requirements-test.in requirements-test.txt requirements.in requirements.txt
samples/README.md samples/cup.png service.json tests/cases.json tests/golden/cases/cup/expected.json
tests/golden/cases/cup/input.png tests/golden/golden.yaml tests/test_service.py
""".split()


def test_scaffold_lists(project):
    outcome = project.scaffold()
    assert outcome.verdict is Verdict.PASSED, outcome.findings
    files = sorted(path.relative_to(project.service).as_posix() for path in digest.walk(project.service))
    assert [path for path in files if not path.startswith("serving/")] == TREE
    print((project.service / "README.md").read_text())
