"""The service's own environment: exactly what is locked, made once, and never half."""

from pathlib import Path

import pytest

from maxctl.adapters import process, venv
from maxctl.core.errors import DiskFullError, StageError, ToolMissingError


class Pretend:
    """Stands for the programs that make an environment; `fails` names the one that does not work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[str] = []
        self.fails: str | None = None
        self.says = "ERROR: hashes do not match\nmore"
        monkeypatch.setattr(process, "run", self.run)

    def run(self, argv: list[str], **_: object) -> process.Finished:
        what = argv[argv.index("-m") + 1]
        self.ran.append(what)
        assert argv[1] == "-P", "or modules of the current folder are imported"
        if what == "venv":
            (Path(argv[-1]) / "bin").mkdir(parents=True)
        return process.Finished(1, "", self.says) if what == self.fails else process.Finished(0, "", "")


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Pretend:
    return Pretend(monkeypatch)


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "service" / "requirements.txt"
    path.parent.mkdir()
    path.write_text("one==1.0 --hash=sha256:00\n")
    return path


def test_an_environment_is_made_once(tmp_path: Path, requirements: Path, pretend: Pretend) -> None:
    first, second = (venv.python_of(requirements, tmp_path / "cache") for _ in range(2))
    assert first == second and pretend.ran == ["venv", "ensurepip", "pip"]


def test_other_requirements_get_another_environment(
    tmp_path: Path, requirements: Path, pretend: Pretend
) -> None:
    first = venv.python_of(requirements, tmp_path / "cache")
    requirements.write_text("one==1.1 --hash=sha256:11\n")
    assert venv.python_of(requirements, tmp_path / "cache") != first


def test_an_environment_that_was_not_finished_is_made_anew(
    tmp_path: Path, requirements: Path, pretend: Pretend
) -> None:
    pretend.fails = "pip"
    with pytest.raises(StageError) as caught:
        venv.python_of(requirements, tmp_path / "cache")
    assert caught.value.message == (
        "service/requirements.txt could not be installed: ERROR: hashes do not match"
    )
    assert "output of pip" in str(caught.value.hint)
    pretend.fails = None
    python = venv.python_of(requirements, tmp_path / "cache")
    assert pretend.ran == ["venv", "ensurepip", "pip"] * 2 and python.parent.is_dir()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_that_makes_no_environments_says_what_to_install(
    tmp_path: Path, requirements: Path, pretend: Pretend, module: str
) -> None:
    pretend.fails, pretend.says = module, f"/usr/bin/python3: No module named {module}"
    with pytest.raises(ToolMissingError) as caught:
        venv.python_of(requirements, tmp_path / "cache")
    assert caught.value.hint == "apt-get install python3-venv"


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_an_environment_that_cannot_be_made_is_a_failure_not_a_missing_tool(
    tmp_path: Path, requirements: Path, pretend: Pretend, module: str
) -> None:
    pretend.fails, pretend.says = module, "PermissionError: [Errno 13] Permission denied"
    with pytest.raises(StageError, match="Permission denied"):
        venv.python_of(requirements, tmp_path / "cache")


@pytest.mark.parametrize("module", ["venv", "ensurepip", "pip"])
def test_a_full_disk_is_told_as_such(
    tmp_path: Path, requirements: Path, pretend: Pretend, module: str
) -> None:
    pretend.fails, pretend.says = module, "No space left on device" + "\nmore" * 99
    with pytest.raises(DiskFullError, match="is full") as caught:
        venv.python_of(requirements, tmp_path / "cache")
    assert "MAXCTL_CACHE" in str(caught.value.hint)


@pytest.mark.slow
def test_a_real_environment_holds_no_package_of_maxctl_and_needs_none_of_the_current_folder(
    tmp_path: Path, requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("venv", "ensurepip", "pip"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('taken from the project')")
    monkeypatch.chdir(tmp_path)
    requirements.write_text("# nothing\n")
    python = venv.python_of(requirements, tmp_path / "cache")
    code = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('maxctl', 'pydantic')))"
    process.run([str(python), "-c", code], cwd=tmp_path, env={"PYTHONPATH": ""})
