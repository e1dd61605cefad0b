"""schemathesis asks every task's running service what its OpenAPI document allows, and what it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import every_task
from tests.serving.running import running

HERE = Path(__file__).parent
EXAMPLES_EACH = 10
"""Requests of the fuzzing phase for each operation, beside those that cover its schema."""


@pytest.mark.parametrize("name", every_task.EXAMPLES)
def test_a_service_keeps_its_word_whatever_it_is_asked(tmp_path: Path, name: str):
    """No 5xx, no status, header or body that is not documented; what is allowed is answered, nothing else is."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    if every_task.EXAMPLES[name].file is not None:
        environment |= {
            "SCHEMATHESIS_HOOKS": "tests.serving.schemathesis_hooks",
            "INPUT_KIND": every_task.field_of(name),
        }
    with running(every_task.write(tmp_path, name)) as address:
        told = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml", "run",
                f"{address}/openapi.json", "--max-examples", str(EXAMPLES_EACH), "--generation-deterministic",
                "--no-color",
            ],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert told.returncode == 0, (told.stdout + told.stderr)[-4000:]
    assert "Tested: 15" in told.stdout or "Tested: 14" in told.stdout, told.stdout[-4000:]
