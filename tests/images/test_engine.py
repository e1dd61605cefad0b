"""Images and containers on a real engine, with a registry beside it."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import httpx
import pytest

from maxctl.adapters import container_engine, image_build
from maxctl.adapters.container_engine import Tagged
from maxctl.core.errors import StageError, ToolMissingError
from maxctl.core.progress import Silent
from tests.images.conftest import DOCKERFILE

HTPASSWD = "someone:$2b$04$fAwAsEZh/qowebhTM5rNEuh.xkPqBrHVi66HkKQp.svJb0MXHp8IO\n"  # hunter2
pytestmark = pytest.mark.slow
NO_PORT = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY serve.py /serve.py\nCMD python3 /serve.py\n"


def containers(image: str) -> list[str]:
    client = image_build.building_client()
    listed = subprocess.run(
        [client, "ps", "-aq", "--no-trunc", "--filter", f"ancestor={image}"], capture_output=True, text=True
    )
    return listed.stdout.split()


def test_a_container_answers_while_the_block_lasts_and_is_gone_after_it(engine, make_image, tmp_path):
    image = engine.image(make_image())
    with engine.running(image, tmp_path / "log", ready_s=30) as url:
        assert httpx.get(f"{url}/health/ready").status_code == 200
        assert len(containers(image.id)) == 1
    assert containers(image.id) == []
    assert "GET /health/ready" in (tmp_path / "log").read_text()


def test_a_container_runs_as_kubernetes_would_run_it(engine, make_image, tmp_path):
    script = """
import http.server, json, os
def tries(path):
    try:
        open(path, "w").close(); return "written"
    except OSError as error:
        return type(error).__name__
class Tell(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        caps = [line for line in open("/proc/self/status") if line.startswith("CapEff")][0].split()[1]
        said = {"uid": os.getuid(), "root": tries("/x"), "tmp": tries("/tmp/x"), "caps": caps}
        self.send_response(200); self.end_headers(); self.wfile.write(json.dumps(said).encode())
http.server.HTTPServer(("0.0.0.0", 5000), Tell).serve_forever()
"""
    with engine.running(engine.image(make_image(script)), tmp_path / "log", ready_s=30) as url:
        told = httpx.get(url).json()
    assert told["uid"] == 10001
    assert told["root"] in ("OSError", "PermissionError")
    assert told["tmp"] == "written"
    assert int(told["caps"], 16) == 0


def test_a_container_that_never_gets_ready_is_stopped_and_its_output_kept(engine, make_image, tmp_path):
    image = engine.image(make_image("print('loading forever', flush=True)\nimport time\ntime.sleep(600)"))
    with (
        pytest.raises(StageError, match=r"did not become ready(.|\n)*loading forever") as caught,
        engine.running(image, tmp_path / "logs/log", ready_s=2),
    ):
        raise AssertionError("it is not ready")
    assert "loading forever" in (tmp_path / "logs/log").read_text()
    assert str(tmp_path / "logs/log") in caught.value.hint
    assert containers(image.id) == []


def test_a_container_that_ends_at_once_says_how(engine, make_image, tmp_path):
    image = engine.image(make_image("raise SystemExit('the model file is broken')"))
    with (
        pytest.raises(StageError, match=r"exit code 1(.|\n)*the model file is broken"),
        engine.running(image, tmp_path / "log", ready_s=30),
    ):
        raise AssertionError("it ended")
    assert containers(image.id) == []


def test_an_image_without_a_port_is_no_service(engine, make_image, tmp_path):
    image = engine.image(make_image(dockerfile=NO_PORT))
    with (
        pytest.raises(StageError, match="exposes 0 ports"),
        engine.running(image, tmp_path / "log", ready_s=5),
    ):
        raise AssertionError("it has no port")


def test_a_killed_maxctl_leaves_no_container_behind(engine, make_image, tmp_path):
    image = make_image()
    program = (
        "import sys; from pathlib import Path; from maxctl.adapters import container_engine\n"
        "engine = container_engine.connect()\n"
        f"with engine.running(engine.image({image!r}), Path({str(tmp_path / 'log')!r}), ready_s=30) as url:\n"
        "    print(url, flush=True); sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout.readline().startswith(b"http")
    assert len(containers(image)) == 1
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    deadline = time.monotonic() + 30
    while containers(image) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert containers(image) == []


def test_what_was_pushed_can_be_deleted_here_and_pulled_by_its_digest(engine, make_image, registry):
    image, repository = make_image(), f"{registry()}/team/model"
    assert engine.tagged(repository, "1.0.0") is None
    digest = engine.push(image, repository, "1.0.0", Silent())
    assert engine.tagged(repository, "1.0.0") == Tagged(digest, single=True)
    subprocess.run([image_build.building_client(), "rmi", "-f", image], check=True, capture_output=True)
    assert engine.image(image) is None
    pulled = engine.pull(f"{repository}@{digest}", Silent())
    assert pulled.id == image
    assert f"{repository}@{digest}" in pulled.digests
    assert pulled.labels["maxctl.test"] == "yes"


def test_a_registry_that_wants_a_password_names_the_login(engine, make_image, registry):
    host = registry(HTPASSWD)
    with pytest.raises(container_engine.RegistryDeniedError) as caught:
        engine.push(make_image(), f"{host}/team/model", "1", Silent())
    assert f"docker login {host}" in caught.value.hint
    assert caught.value.exit_code == 6
    with pytest.raises(container_engine.RegistryDeniedError):
        engine.tagged(f"{host}/team/model", "1")


def test_the_credentials_of_dockers_own_configuration_are_taken_and_never_told(
    make_image, registry, tmp_path, monkeypatch, capfd
):
    host = registry(HTPASSWD)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    auth = base64.b64encode(b"someone:hunter2").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    engine, said = container_engine.connect(), []
    progress = SimpleNamespace(say=said.append, advance=lambda *told: said.append(str(told)))
    digest = engine.push(make_image(), f"{host}/team/model", "1", progress)
    assert engine.tagged(f"{host}/team/model", "1") == Tagged(digest, single=True)
    (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth[:-4] + "eHg="}}}))
    with pytest.raises(container_engine.RegistryDeniedError) as caught:
        container_engine.connect().push(make_image(), f"{host}/team/model", "2", progress)
    told = f"{said} {caught.value.message} {caught.value.hint} {capfd.readouterr()}"
    assert "hunter2" not in told
    assert auth[:12] not in told


def test_a_registry_that_is_down_is_a_missing_service(engine, make_image):
    with pytest.raises(ToolMissingError, match=r"the registry localhost:9 cannot be used.*refused"):
        engine.push(make_image(), "localhost:9/team/model", "1", Silent())


def test_an_image_that_nobody_has_is_told(engine, registry):
    with pytest.raises(container_engine.ImageAbsentError, match="no such image"):
        engine.pull(f"{registry()}/team/nothing:1", Silent())


def test_a_base_image_that_is_nowhere_is_named_with_the_mend(engine, tmp_path):
    (tmp_path / "Dockerfile").write_text("ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n")
    recipe = image_build.Recipe(tmp_path, "localhost:9/no/base:1", "maxctl-test:2", {})
    with pytest.raises(ToolMissingError, match="no base image localhost:9/no/base:1") as caught:
        image_build.build(recipe, tmp_path / "log", Silent())
    assert "MAXCTL_BASE_IMAGE" in caught.value.hint


def test_a_failing_step_of_a_build_shows_its_last_lines_and_names_the_log(engine, base, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo so it fails >&2; exit 3\n"
    )
    recipe = image_build.Recipe(tmp_path, base, "maxctl-test:3", {})
    with pytest.raises(StageError, match=r"could not be built:(.|\n)*so it fails") as caught:
        image_build.build(recipe, tmp_path / "logs" / "build.log", Silent())
    assert "exit code: 3" in (tmp_path / "logs" / "build.log").read_text()
    assert str(tmp_path / "logs" / "build.log") in caught.value.hint


def test_what_the_build_needs_of_this_machine_stays_in_no_layer(engine, make_image, monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:hunter2@index.example.org/simple")
    seen = (
        "RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf grep -q index.example.org /etc/pip.conf\n"
    )
    image = make_image(dockerfile=DOCKERFILE.replace("USER", f"{seen}USER"), tag="maxctl-test:secret")
    client = image_build.building_client()
    history = subprocess.run([client, "history", "--no-trunc", image], capture_output=True, text=True).stdout
    saved = tmp_path / "image.tar"
    subprocess.run([client, "save", "-o", str(saved), image], check=True)
    assert "hunter2" not in history
    assert b"hunter2" not in saved.read_bytes()
    assert "hunter2" not in (tmp_path / "build.log").read_text()
