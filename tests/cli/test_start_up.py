"""The command line starts quickly because it loads little."""

import json
import subprocess
import sys

from tests.conftest import Maxctl

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


def loaded(*arguments: str) -> set[str]:
    code = (
        "import json, sys; sys.argv[1:] = json.loads(sys.argv[1])\n"
        "from maxctl.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], capture_output=True, text=True, check=True
    )
    return set(json.loads(finished.stderr.splitlines()[-1]))


def test_help_loads_no_stage_and_nothing_heavy() -> None:
    modules = loaded("--help")
    assert not modules & set(HEAVY)
    stages = {
        name
        for name in modules
        if name.startswith(("maxctl.licensing.", "maxctl.health.", "maxctl.release."))
    }
    assert not stages
    assert "maxctl.core.spec" not in modules


def test_the_help_of_a_stage_loads_nothing_heavy() -> None:
    for stage in ("scan-license", "regress", "prepare", "scaffold"):
        assert not loaded(stage, "--help") & set(HEAVY)


def test_every_command_tells_its_options(maxctl: Maxctl) -> None:
    for name in (
        "init",
        "run",
        "status",
        "inspect",
        "predict",
        "serve",
        "show",
        "doctor",
        "fetch",
        "shortlist",
    ):
        finished = maxctl(name, "--help")
        assert finished.returncode == 0 and "--output" in finished.stdout, name
