"""`artifact.py` of a generated service, as the image build runs it."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from maxctl.wrapping.package import Package
from tests.wrapping.small_project import SmallProject

NAME = "tiny-detector-1.0.0.tar.gz"


@pytest.fixture
def archive(project: SmallProject) -> Path:
    """The packed archive; the service is scaffolded."""
    project.scaffold()
    return project.root / ".maxctl/out/package" / NAME


@pytest.fixture
def build(project: SmallProject, tmp_path: Path) -> Path:
    """A folder as the Dockerfile makes it before it gets the archive."""
    folder = tmp_path / "build"
    folder.mkdir()
    return folder


def get(service: Path, build: Path, url: str = "") -> subprocess.CompletedProcess[str]:
    for name in ("artifact.py", "artifact.json"):
        (build / name).write_bytes((service / name).read_bytes())
    return subprocess.run(
        [sys.executable, "-I", "artifact.py", "assets"], cwd=build, env={**os.environ, "ARTIFACT_URL": url},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def address(archive: Path):
    """A server that has the archive, and the address of the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=archive.parent))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def same(project: SmallProject, build: Path) -> bool:
    names = [
        path.relative_to(project.service)
        for path in (project.service / "assets").rglob("*")
        if path.is_file()
    ]
    return all((build / name).read_bytes() == (project.service / name).read_bytes() for name in names)


def test_the_archive_of_the_build_context_is_unpacked(project, archive, build):
    (build / NAME).write_bytes(archive.read_bytes())
    done = get(project.service, build, "http://127.0.0.1:1/never-asked")
    assert (done.returncode, done.stderr) == (0, "")
    assert same(project, build)


def test_without_it_the_archive_is_downloaded(project, archive, build, address):
    done = get(project.service, build, f"{address}/{NAME}")
    assert (done.returncode, done.stderr) == (0, "")
    assert same(project, build)


def test_other_bytes_are_refused_before_they_are_opened(project, archive, build):
    (build / NAME).write_bytes(archive.read_bytes()[:-1] + b"\1")
    done = get(project.service, build)
    assert done.returncode == 1
    assert "is expected" in done.stderr
    assert not (build / "assets").exists()


def test_a_download_that_is_too_long_is_cut_off(project, archive, build, address):
    archive.write_bytes(archive.read_bytes() + b"\0")
    done = get(project.service, build, f"{address}/{NAME}")
    assert done.returncode == 1
    assert "gives more than the expected" in done.stderr
    assert not (build / "assets").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "copy it from file:.maxctl/store/tiny-detector-1.0.0.tar.gz"),
        ("file:///etc/passwd", "must start with https"),
        ("http://127.0.0.1:1/x", "refused"),
    ],
)
def test_what_is_missing_is_said_with_the_mend(project, archive, build, url, words):
    done = get(project.service, build, url)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_on_the_server_is_told(project, archive, build, address):
    done = get(project.service, build, f"{address}/nothing")
    assert done.returncode == 1
    assert "404" in done.stderr


def test_the_expected_digest_is_that_of_the_archive(project, archive):
    facts = project.run(Package()).facts
    expected = json.loads((project.service / "artifact.json").read_text())
    assert expected == {
        "archive": NAME, "address": facts.address, "size": facts.size, "sha256": facts.sha256,
    }  # fmt: skip
