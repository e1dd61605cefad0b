"""The wheel carries all that maxctl needs, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from maxctl.core import digest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_an_installed_wheel_finds_its_templates_pipelines_and_license_knowledge(tmp_path: Path) -> None:
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        str(tmp_path / "site"),
    ]
    subprocess.run([*install, str(ROOT)], check=True)  # builds a wheel, and installs that
    code = "import maxctl; from maxctl.core import resources as r; print(maxctl.__file__); print(r.path('templates'))"
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    told = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd="/", env=env, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert all(line.startswith(str(tmp_path / "site")) for line in told)
    for name in ("templates", "pipelines", "licenses", "schemas"):
        installed = tmp_path / "site/maxctl/_data" / name
        assert digest.of_tree(installed) == digest.of_tree(ROOT / name), name
    shown = subprocess.run(
        [sys.executable, "-P", "-m", "maxctl", "show", "pipelines"],
        cwd="/", env=env, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "lifecycle" in shown and "regress-http" in shown
