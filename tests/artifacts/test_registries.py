"""What npm and pip say, and how it is understood. The texts were recorded with npm 11.19.1 and pip 23.2.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maxctl.adapters import npm, process, pypi
from maxctl.adapters.http import AbsentError
from maxctl.adapters.process import Finished
from maxctl.core.errors import ChildFailedError, FetchError, ToolMissingError

NO_SUCH_PACKAGE = json.dumps(
    {
        "error": {
            "code": "E404",
            "summary": "Not Found - GET https://registry.example.org/nothing",
            "detail": "The requested resource 'nothing@1.0.0' could not be found"
            " or you do not have permission to access it.",
        }
    }
)
NO_SUCH_VERSION = json.dumps(
    {"error": {"code": "ETARGET", "summary": "No matching version found for lodash@99.0.0."}}
)
REFUSED = json.dumps(
    {
        "error": {
            "code": "ECONNREFUSED",
            "summary": "request to http://127.0.0.1:1/lodash failed, reason: connect ECONNREFUSED",
        }
    }
)
FULL = json.dumps({"error": {"code": "ENOSPC", "summary": "nospc ENOSPC: no space left on device, write"}})
NO_WHEEL = (
    "ERROR: Could not find a version that satisfies the requirement a==9 (from versions: 1.0)\n"
    "ERROR: No matching distribution found for a==9\n"
)
OFFLINE = (
    "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'NewConnectionError'\n"
    "ERROR: Could not find a version that satisfies the requirement a==9 (from versions: none)\n"
    "ERROR: No matching distribution found for a==9\n"
)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch):
    """Let the next program say something; returns the list of commands that were started."""
    monkeypatch.setattr(process, "program", lambda name, mend: name)

    def install(finished: Finished | Exception, writes: str | None = None) -> list[list[str]]:
        started: list[list[str]] = []

        def run(argv: list[str], *, cwd: Path, **_: object) -> Finished:
            started.append(argv)
            if writes:
                (cwd / writes).write_bytes(b"archive")
            if isinstance(finished, Exception):
                raise finished
            return finished

        monkeypatch.setattr(process, "run", run)
        return started

    return install


def test_npm_runs_no_script_and_gives_the_archive(says, tmp_path: Path) -> None:
    started = says(Finished(0, "[]", ""), "p-1.0.0.tgz")
    assert npm.pack("@a/p", "1.0.0", tmp_path) == tmp_path / "p-1.0.0.tgz"
    assert started[0][1:4] == ["pack", "@a/p@1.0.0", "--ignore-scripts"]


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        (NO_SUCH_PACKAGE, AbsentError, "E404 Not Found"),
        (NO_SUCH_VERSION, AbsentError, "ETARGET No matching version"),
        (REFUSED, FetchError, "ECONNREFUSED"),
        ("", FetchError, "exit code 1 npm error old"),
        (FULL, OSError, "No space"),
    ],
)
def test_what_npm_says_is_understood(
    says, tmp_path: Path, said: str, kind: type[Exception], reason: str
) -> None:
    says(Finished(1, said, "npm error old\nnpm error older"))
    with pytest.raises(kind, match=reason) as error:
        npm.pack("a", "1.0.0", tmp_path)
    assert type(error.value) is kind


def test_npm_that_ends_with_a_number_of_the_system_is_still_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "npm"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{FULL}\nEND\nexit 228\n")  # 256 - ENOSPC, as npm 11 does
    script.chmod(0o755)
    monkeypatch.setattr(process, "program", lambda name, mend: str(script))
    with pytest.raises(OSError, match="No space left"):
        npm.pack("a", "1.0.0", tmp_path)


def test_pip_takes_wheels_only_and_gives_the_wheel(says, tmp_path: Path) -> None:
    started = says(Finished(0, "", ""), "a-9-py3-none-any.whl")
    assert pypi.download("a", "9", tmp_path) == tmp_path / "a-9-py3-none-any.whl"
    assert {"--only-binary=:all:", "--no-deps", "a==9"} < set(started[0])


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        (NO_WHEEL, AbsentError, "no wheel of a 9 for this Python; a source distribution is not taken"),
        (OFFLINE, FetchError, "No matching distribution"),
        ("/usr/bin/python3: No module named pip\n", ToolMissingError, "pip is not in the Python"),
        ("ERROR: Could not install: [Errno 28] No space left on device\n", OSError, "No space"),
    ],
)
def test_what_pip_says_is_understood(
    says, tmp_path: Path, said: str, kind: type[Exception], reason: str
) -> None:
    says(Finished(1, "", said))
    with pytest.raises(kind, match=reason) as error:
        pypi.download("a", "9", tmp_path)
    assert type(error.value) is kind


@pytest.mark.parametrize("download", [npm.pack, pypi.download])
def test_a_registry_that_never_answers_is_a_failed_mirror(says, tmp_path: Path, download) -> None:
    says(ChildFailedError("npm was stopped: it ran for more than 600 s"))
    with pytest.raises(FetchError, match="ran for more than"):
        download("a", "1.0.0", tmp_path)
