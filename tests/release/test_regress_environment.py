"""The service's own environment: exactly what is locked, made once, and never half."""

from pathlib import Path

import pytest

from maxctl.adapters import process, venv
from maxctl.core.errors import ChildFailedError, StageError, ToolMissingError


class Pretend:
    """Stands for the programs that make an environment; `fails` names the one that does not work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ran: list[str] = []
        self.fails: str | None = None
        monkeypatch.setattr(process, "run", self.run)

    def run(self, argv: list[str], **_: object) -> None:
        what = argv[2]
        self.ran.append(what)
        if what == "venv":
            (Path(argv[3]) / "bin").mkdir(parents=True)
        if what == self.fails:
            raise ChildFailedError("python -m pip ended with exit code 1:\nERROR: hashes do not match\nmore")


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
    assert first == second and pretend.ran == ["venv", "pip"]


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
    assert pretend.ran == ["venv", "pip", "venv", "pip"] and python.parent.is_dir()


def test_a_python_that_makes_no_environments_says_what_to_install(
    tmp_path: Path, requirements: Path, pretend: Pretend
) -> None:
    pretend.fails = "venv"
    with pytest.raises(ToolMissingError) as caught:
        venv.python_of(requirements, tmp_path / "cache")
    assert caught.value.hint == "apt-get install python3-venv"


@pytest.mark.slow
def test_a_real_environment_holds_no_package_of_maxctl(tmp_path: Path, requirements: Path) -> None:
    requirements.write_text("# nothing\n")
    python = venv.python_of(requirements, tmp_path / "cache")
    code = "import importlib.util as u, sys; sys.exit(any(u.find_spec(n) for n in ('maxctl', 'pydantic')))"
    process.run([str(python), "-c", code], cwd=tmp_path, env={"PYTHONPATH": ""})
