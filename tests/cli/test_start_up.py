"""The command line starts quickly because it loads little."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_run import QUICK
from tests.conftest import Maxctl
from tests.projects import project

HEAVY = [
    "tensorflow",
    "numpy",
    "scancode",
    "licensedcode",
    "httpx",
    "jinja2",
    "docker",
    "git",
    "fastapi",
    "PIL",
    "h5py",
]


def loaded(*commands: tuple[str, ...]) -> set[str]:
    """Return the modules that a process holds after the commands."""
    code = (
        "import json, sys\n"
        "from maxctl.cli.main import main\n"
        "for sys.argv[1:] in json.loads(sys.argv[1]):\n"
        "    try: main()\n"
        "    except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, json.dumps(commands)], capture_output=True, text=True, check=True
    )
    assert finished.stdout.count("Usage: maxctl") == len(commands)
    return set(json.loads(finished.stderr.splitlines()[-1]))


def test_help_loads_no_stage_and_nothing_heavy() -> None:
    modules = loaded(("--help",))
    assert not modules & set(HEAVY)
    stages = {
        name
        for name in modules
        if name.startswith(("maxctl.licensing.", "maxctl.health.", "maxctl.release."))
    }
    assert not stages
    assert "maxctl.core.spec" not in modules


def test_the_help_of_a_stage_loads_nothing_heavy() -> None:
    stages = ("scan-license", "regress", "prepare", "scaffold")
    assert not loaded(*((stage, "--help") for stage in stages)) & set(HEAVY)


def test_judging_waits_for_no_patterns_of_prose_where_no_prose_is_read() -> None:
    code = "import sys, maxctl.licensing.paths; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "maxctl.licensing.evaluation" in modules
    readers = {f"maxctl.licensing.claims.{name}" for name in ("sentences", "limits", "lexicon", "nouns")}
    assert not readers.intersection(modules)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("show", "pipelines"), 0),
        (("status", "quick"), 1),
        (("cuont-words",), 2),
        (("run", "quik"), 3),
        (("run", "quick", "--only", "nap", "--debug"), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_process_of_its_own_tells_the_same_and_ends_with_the_code(
    tmp_path: Path, maxctl: Maxctl, maxctl_process: Maxctl, arguments: tuple[str, ...], code: int
) -> None:
    """What most tests ask in this process is what a shell gets."""
    folder = project(tmp_path / "words", {"notes/a.txt": "a b", "pipelines/quick.yaml": QUICK})
    here, there = maxctl(*arguments, cwd=folder), maxctl_process(*arguments, cwd=folder)
    assert there.returncode == here.returncode == code
    assert (there.stdout, there.stderr) == (here.stdout, here.stderr)


def test_every_command_tells_its_options(maxctl: Maxctl) -> None:
    for name in (
        "init", "run", "status", "manifest merge", "inspect", "predict", "serve", "show", "doctor", "fetch",
        "shortlist",
    ):  # fmt: skip
        finished = maxctl(*name.split(), "--help")
        assert finished.returncode == 0 and "--output" in finished.stdout, name
