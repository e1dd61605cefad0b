"""The package as generated services have it: copied, under another name, in a process without maxctl."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import maxctl.serving

TINY = Path(__file__).parent / "recorded" / "tiny.tflite"
# refuses maxctl to every import, runs the package as `python -m` would, and tells what was loaded
RUNNER = """
import importlib.abc, runpy, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "maxctl":
            raise ImportError("a service must not need maxctl")
sys.meta_path.insert(0, Refuse())
sys.path.insert(0, sys.argv[1])
sys.argv = sys.argv[2:]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
finally:
    print("LOADED", *sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


@pytest.fixture
def copied(write_service: Callable[..., Path]) -> Path:
    """Return a service's folder with a real model and the package under the name `answering`."""
    folder = write_service(
        engine={
            "name": "litert",
            "path": "assets/tiny.tflite",
            "sha256": hashlib.sha256(TINY.read_bytes()).hexdigest(),
        },
        preprocess=[
            {"step": "decode_image"},
            {"step": "resize", "width": 16, "height": 16, "filter": "tensorflow-legacy-bilinear"},
            {"step": "scale", "multiply": 2 / 255, "add": -1},
        ],
    )
    shutil.copy(TINY, folder / "assets")
    package = Path(maxctl.serving.__file__).parent
    shutil.copytree(package, folder / "answering", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-I", "-c", RUNNER, str(folder), "answering", *arguments]


def request(folder: Path, *cases: dict[str, Any]) -> str:
    path = folder / "request.json"
    path.write_text(json.dumps({"cases": cases}))
    return str(path)


def test_a_copy_answers_cases_without_maxctl_and_without_tensorflow(copied: Path, large_picture: bytes):
    (copied / "a.png").write_bytes(large_picture)
    (copied / "b.png").write_bytes(b"no picture")
    asked = request(
        copied,
        {"id": "one", "input": "a.png", "parameters": {"threshold": 0.7}},
        {"id": "two", "input": "b.png"},
        {"id": "three", "input": "a.png", "parameters": {"threshold": 2}},
    )
    done = subprocess.run(command(copied, "predict", asked), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    started, *lines = map(json.loads, done.stdout.splitlines())
    assert started["event"] == "started"
    assert started["engine"]["name"] == "litert"
    assert {"python", "numpy", "pillow"} <= started["versions"].keys()
    assert [(line["id"], line["status"]) for line in lines] == [("one", 200), ("two", 400), ("three", 400)]
    assert [one["label"] for one in lines[0]["response"]["predictions"]] == ["red", "blue"]
    assert lines[1]["response"]["message"] == "Unrecognized image format"
    assert lines[2]["response"]["errors"].keys() == {"threshold"}
    loaded = set(done.stderr.partition("LOADED ")[2].split())
    assert "answering" in loaded
    assert not loaded & {"maxctl", "tensorflow", "fastapi", "uvicorn"}


def test_results_go_to_the_descriptor_that_the_variable_names(copied: Path, large_picture: bytes):
    (copied / "a.png").write_bytes(large_picture)
    reader, writer = os.pipe()
    done = subprocess.run(
        command(copied, "predict", request(copied, {"id": "one", "input": "a.png"})),
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "MAXCTL_FD": str(writer)},
        pass_fds=[writer],
    )
    os.close(writer)
    with os.fdopen(reader) as lines:
        assert [json.loads(line).get("status") for line in lines] == [None, 200]
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_a_missing_input_ends_the_run_before_a_case_could_pass_as_refused(copied: Path):
    asked = request(copied, {"id": "one", "input": "gone.png"})
    done = subprocess.run(command(copied, "predict", asked), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "case one: there is no file" in done.stderr


def test_a_wrong_variable_ends_the_process_with_one_line(copied: Path):
    done = subprocess.run(
        command(copied, "serve"), capture_output=True, text=True, timeout=60, env={**os.environ, "PORT": "x"}
    )
    assert done.returncode == 2
    assert done.stderr.partition("LOADED")[0] == "error: PORT=x: must be a whole number from 1 to 65535\n"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_served_copy_answers_over_a_real_socket_and_stops_cleanly(copied: Path, large_picture: bytes):
    port = free_port()
    server = subprocess.Popen(
        command(copied, "serve", "--host", "127.0.0.1", "--port", str(port)),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        assert any(" ready after " in line for line in server.stderr)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            answer = client.post("/model/predict", files={"image": large_picture})
            assert [one["label"] for one in answer.json()["predictions"]] == ["red", "blue"]
            assert client.head("/model/metadata").status_code == 200
            # the client still sends when the answer is decided, and must get it all the same
            assert client.post("/model/predict", files={"image": b"x" * 300_000}).status_code == 413
            assert client.get("/").status_code == 200
        server.send_signal(signal.SIGTERM)
        rest = server.stderr.read()
        assert server.wait(30) == 0
        assert "maxctl" not in rest.partition("LOADED ")[2].split()
    finally:
        server.kill()
        server.wait()


def test_a_server_whose_model_was_changed_stops_with_the_reason(copied: Path):
    (copied / "assets" / "tiny.tflite").write_bytes(b"other")
    done = subprocess.run(
        command(copied, "serve", "--host", "127.0.0.1", "--port", str(free_port())),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "but service.json expects" in done.stderr
