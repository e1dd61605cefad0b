"""What npm and pip say, and how it is understood. The texts were recorded with npm 11.19.1 and pip 23.2.1."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

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


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Serve an index of one package to pip and to maxctl; gives what it lists, by file name."""
    files: dict[str, dict[str, object]] = {}

    class Index(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.rpartition("/")[2]
            if self.path == "/simple/a/":
                listed = [
                    {
                        "filename": one,
                        "url": f"../../files/{one}",
                        "hashes": {"sha256": sha256(b"source").hexdigest()},
                    }
                    | told
                    for one, told in files.items()
                ]
                body = json.dumps({"meta": {"api-version": "1.0"}, "name": "a", "files": listed}).encode()
            else:
                body = b"source" if name in files else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", pypi.JSON)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for name in [one for one in os.environ if one.startswith("PIP_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        yield files
        server.shutdown()


def test_a_package_without_a_wheel_is_its_source_distribution_and_none_of_it_runs(
    index, tmp_path: Path
) -> None:
    index |= {
        "a-8.tar.gz": {},
        "a-9.tar.gz": {},
        "a-9-cp27-none-win32.whl": {},
        "a-10.tar.gz": {"yanked": True},
        "a-11rc1.zip": {},
    }
    newest = pypi.download("a", None, tmp_path)
    assert (newest.name, pypi.version(newest.name), newest.read_bytes()) == ("a-9.tar.gz", "9", b"source")
    assert pypi.download("A", "8.0", tmp_path).name == "a-8.tar.gz"
    assert pypi.download("a", "10", tmp_path).name == "a-10.tar.gz"
    with pytest.raises(AbsentError, match=r"no wheel of a 12 for this Python, and no source distribution"):
        pypi.download("a", "12", tmp_path)
    with pytest.raises(AbsentError, match="the index has no package b: answers 404"):
        pypi.download("b", None, tmp_path)


def test_a_source_distribution_with_other_bytes_than_the_index_names_is_refused(
    index, tmp_path: Path
) -> None:
    index["a-9.tar.gz"] = {"hashes": {"sha256": "0" * 64}}
    with pytest.raises(FetchError, match=r"a-9.tar.gz has sha256 41cf6794.*, not 0000"):
        pypi.download("a", None, tmp_path)
    index["a-9.tar.gz"] = {"hashes": {}}
    with pytest.raises(FetchError, match=r"no sha256 of a-9.tar.gz"):
        pypi.download("a", None, tmp_path)
