"""Every command of the README, tried in the walked example; what it shows is what they print."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maxctl.adapters.service import free_port, wait_until_ready
from tests import readme
from tests.end_to_end.conftest import ROOT, Walked

pytestmark = pytest.mark.slow
COMMANDS = readme.commands()


@pytest.mark.parametrize(
    "shown", [shown for shown in COMMANDS if shown.mark == "run"], ids=lambda s: s.command
)
def test_the_readme_shows_what_the_command_prints(
    shown: readme.Shown, walked: Walked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAXCTL_CACHE", str(walked.cache))
    project = tmp_path / "demo"
    shutil.copytree(walked.project, project, symlinks=True)
    printed = readme.run(shown.command, project)
    assert [comparable(line) for line in shown.output if line] == [
        comparable(line) for line in printed if line
    ]


def comparable(line: str) -> str:
    """Return the line without what is another one in each walk: keys are made anew, and so are the digests."""
    line = re.sub(r"demo-\d{10}", "demo-0000000000", line)
    return re.sub(r"\b[0-9a-f]{12,64}\b", lambda found: "0" * len(found[0]), line)


def test_the_readmes_service_answers_its_curl(walked: Walked) -> None:
    serve, curl = (shlex.split(shown.command) for shown in COMMANDS if shown.mark == "serve")
    port = str(free_port())
    assert serve[:3] == ["maxctl", "serve", "--port"] and serve[3] == "5000"
    child = subprocess.Popen(
        [sys.executable, "-m", *serve[:3], port], cwd=walked.project,
        env={**os.environ, "MAXCTL_CACHE": str(walked.cache)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", 60, ended=child.poll)
        asked = [word.replace(":5000", f":{port}") for word in curl]
        answer = subprocess.run(asked, cwd=walked.project, capture_output=True, text=True, check=True).stdout
        assert [found["label"] for found in json.loads(answer)["predictions"]] == ["cup", "dining table"]
    finally:
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) in (0, -signal.SIGINT, 130)


def test_the_first_commands_are_make_targets_that_do_what_is_said() -> None:
    first = [shown.command for shown in COMMANDS if not shown.mark]
    assert first == ["make engine demo", "make test", ". .venv/bin/activate", "cd build/demo"]
    for target, does in (
        ("engine", ".ci/engine"),
        ("demo", "sh examples/demo.sh build/demo"),
        ("test", "-m pytest"),
    ):
        planned = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert does in planned


def test_every_link_of_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", readme.README.read_text()):
        assert target.startswith("https://") or (ROOT / target).exists(), target
