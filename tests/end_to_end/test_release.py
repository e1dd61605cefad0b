"""The image of the example: published, pulled by its digest, asked the suite; and how publishing is refused."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from maxctl.adapters import image_build
from maxctl.adapters.container_engine import Engine
from tests.end_to_end.conftest import Walked

pytestmark = pytest.mark.slow

Edit = Callable[[Path], None]


@pytest.fixture
def released(copied: Walked, engine: Engine) -> Walked:
    """A copy of the published project that a test may change."""
    return copied


def image_of(project: Path) -> dict[str, str]:
    told: dict[str, str] = json.loads((project / "deploy/image.json").read_text())
    return told


def refused(walked: Walked, *flags: str, **options: Any) -> dict[str, str]:
    """Return what `maxctl publish` refuses: the messages by code and subject."""
    finished = walked.maxctl("publish", *flags, "-f", "json", **options)
    assert finished.returncode == 1, f"{finished.stdout}\n{finished.stderr}"
    (step,) = json.loads(finished.stdout)["steps"]
    assert step["verdict"] == "failed"
    assert all(finding["remedy"] for finding in step["findings"])
    return {f"{one['code']} {one['subject']}": one["message"] for one in step["findings"]}


def test_the_demo_ends_with_an_image_that_was_pulled_by_its_digest_and_answers(walked, engine) -> None:
    told = (walked.project.parent / "demo.txt").read_text()
    ending = told[told.index("Deleting the image here") :]
    assert re.search(r"golden suite on image(.|\n)*coffee +passed +detections +2 +2", ending)
    published = image_of(walked.project)
    held = engine.image(published["reference"])
    assert held is not None and held.id == published["image"]
    assert engine.tagged(published["repository"], "1.0.0").digest == published["digest"]


def test_every_step_of_the_lifecycle_holds_in_the_end(walked, engine) -> None:
    told = walked.maxctl("status", "--verify", "-f", "json")
    assert told.returncode == 0, told.stdout
    assert {step["state"] for step in json.loads(told.stdout)["steps"]} == {"fresh"}


def test_the_image_says_what_it_is_and_runs_as_nobody(walked, engine) -> None:
    labels = engine.image(image_of(walked.project)["image"]).labels
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] == "1.0.0"
    assert re.fullmatch("sha256:[0-9a-f]{64}", labels["maxctl.service"])
    config = engine._client.images.get(image_of(walked.project)["image"]).attrs["Config"]
    assert config["User"] == "10001:10001"
    assert config["Healthcheck"]["Test"] == ["CMD", "python", "healthcheck.py"]


def test_no_credential_and_no_path_of_this_machine_is_in_the_image(walked, engine, tmp_path) -> None:
    image = image_of(walked.project)["image"]
    history = "".join(str(layer["CreatedBy"]) for layer in engine._client.images.get(image).history())
    config = json.dumps(engine._client.images.get(image).attrs["Config"])
    for word in (str(walked.cache), str(walked.project), "pip_conf,", "/etc/ssl"):
        assert word not in history + config


def test_the_deploy_files_hold_the_digest_and_kubernetes_takes_them(walked, engine) -> None:
    published, file = image_of(walked.project), walked.project / "deploy/kubernetes.yaml"
    deployment = next(yaml.safe_load_all(file.read_text()))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{published['repository']}@{published['digest']}"
    checker = Path(sys.executable).parent / "kubernetes-validate"
    checked = subprocess.run([str(checker), str(file)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_publishing_again_changes_no_byte(released) -> None:
    before = (released.project / "manifest.yaml").read_bytes()
    again = released.maxctl("publish", "--force")
    assert again.returncode == 0, again.stderr + again.stdout
    assert (released.project / "manifest.yaml").read_bytes() == before


def test_a_dry_run_tells_what_would_be_done_and_records_nothing(released) -> None:
    before = (released.project / "manifest.yaml").read_bytes()
    told = released.maxctl("publish", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert "nothing is pushed" in told.stdout and "deploy/kubernetes.yaml" in told.stdout
    assert (released.project / "manifest.yaml").read_bytes() == before


def one_more_byte(path: str) -> Edit:
    def edit(project: Path) -> None:
        (file,) = project.glob(path)
        data = file.read_bytes()
        file.unlink()  # a hard link of the cache must not change
        file.write_bytes(data + b"\n")

    return edit


def in_record(step: str, old: str, new: str) -> Edit:
    def edit(project: Path) -> None:
        text = (project / "manifest.yaml").read_text()
        start = text.index(f"\n  {step}:\n")
        changed = text[start:].replace(old, new, 1)
        assert changed != text[start:]
        (project / "manifest.yaml").write_text(text[:start] + changed)

    return edit


@pytest.mark.parametrize(
    ("edit", "step", "part"),
    [
        (one_more_byte("golden/cases/coffee/expected.json"), "record", "golden"),
        (one_more_byte(".maxctl/out/fetch/artifacts/model/model.json"), "fetch", "artifacts"),
        (one_more_byte(".maxctl/out/package/*.tar.gz"), "package", "tar.gz"),
        (one_more_byte("service/serving/app.py"), "scaffold", "service"),
        (one_more_byte("docs/README.md"), "document", "docs"),
        (in_record("regress", "same: 2", "same: 3"), None, "manifest.yaml#regress"),
        (
            in_record("scan-license", "verdict: review", "verdict: allow"),
            "check",
            "manifest.yaml#scan-license",
        ),
    ],
    ids=[
        "golden",
        "artifact",
        "archive",
        "service",
        "document",
        "record of regress",
        "record of scan-license",
    ],
)
def test_one_byte_after_the_review_voids_the_approvals_and_is_named(released, edit, step, part) -> None:
    edit(released.project)
    told = refused(released)
    if step is not None and step != "check":
        assert f"PUB001 {step}" in told
    void = [message for name, message in told.items() if name.startswith("PUB006") and "approvals/" in name]
    assert len(void) == 2, told
    assert all(part in message for message in void)


def test_an_edited_approval_is_no_approval(released) -> None:
    file = released.project / "approvals/legal-lawyer.json"
    file.write_text(file.read_text().replace("a demo, no legal advice", "all is well"))
    told = refused(released)
    assert any("legal-lawyer" in name and "signature" in message for name, message in told.items())


def test_a_missing_approval_is_named_with_the_role(released) -> None:
    for file in (released.project / "approvals").glob("legal-*"):
        file.unlink()
    told = refused(released)
    assert any("legal" in f"{name} {message}" for name, message in told.items() if name.startswith("PUB006"))


def test_an_approval_by_an_unknown_key_does_not_count(released, tmp_path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    file = released.project / "approvals/legal-lawyer.json"
    signature = file.with_name(file.name + ".sig")
    namespace = re.search(
        r'NAMESPACE = "(.+)"', (Path(__file__).parents[2] / "maxctl/release/approval.py").read_text()
    )
    signature.unlink()
    subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", namespace[1], str(file)],
        check=True,
        capture_output=True,
    )
    told = refused(released)
    assert any("a key that model.yaml does not list" in message for message in told.values())


def test_a_missing_step_is_named(released) -> None:
    record = yaml.safe_load((released.project / "manifest.yaml").read_text())
    del record["steps"]["regress-image"]
    (released.project / "manifest.yaml").write_text(yaml.safe_dump(record, sort_keys=False))
    assert refused(released)["PUB001 regress-image"] == "regress-image is not run"


def test_what_holds_is_not_lost_because_it_cannot_be_had_now(released) -> None:
    before = (released.project / "manifest.yaml").read_bytes()
    environment = {**os.environ, "MAXCTL_CACHE": str(released.cache), "DOCKER_HOST": "unix:///nowhere.sock"}
    built = subprocess.run(
        [sys.executable, "-m", "maxctl", "build", "--force"],
        cwd=released.project, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 4
    assert "no container engine answers" in built.stderr
    assert (released.project / "manifest.yaml").read_bytes() == before


def test_a_stale_step_is_named_with_what_changed(released) -> None:
    spec = released.project / "model.yaml"
    spec.write_text(spec.read_text().replace("score: 0.01", "score: 0.02"))
    told = refused(released)
    assert "changed since: model.yaml" in told["PUB001 record"]
    assert sum(name.startswith("PUB001") for name in told) > 3


def test_the_license_of_the_weights_asks_for_a_lawyer(released) -> None:
    shutil.rmtree(released.project / "approvals")
    told = " ".join(refused(released).values())
    assert "legal" in told and "engineering" in told


def test_the_documents_and_the_catalogue_page_stand(walked, engine) -> None:
    readme = (walked.project / "docs/README.md").read_text()
    assert "# SSDLite MobileNet V2 Object Detector" in readme or "Object Detector" in readme.splitlines()[0]
    page = next((walked.project / "site").glob("*/index.html")).read_text()
    assert image_of(walked.project)["digest"] in page
    assert not re.search(r'(src|href)="(https?:)?//[^"]+\.(js|css|woff2?|png|jpe?g)"', page)


@pytest.fixture
def served() -> Iterator[Callable[[Path], str]]:
    """Serve folders on this machine, and give each one's address."""
    servers = []

    def serve(folder: Path) -> str:
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def context(walked: Walked, engine: Engine, tmp_path: Path) -> Path:
    """The service as anyone gets it from version control: without the model's archive."""
    return Path(shutil.copytree(walked.project / "service", tmp_path / "service"))


def built(context: Path, url: str) -> subprocess.CompletedProcess[str]:
    base = os.environ.get("MAXCTL_BASE_IMAGE", "maxctl-base:bookworm")
    return subprocess.run(
        [
            image_build.building_client(), "build", "--progress", "plain", "--network", "host",
            "--tag", "maxctl-test:url",
            "--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"ARTIFACT_URL={url}", str(context),
        ],
        env={**os.environ, "DOCKER_BUILDKIT": "1"}, capture_output=True, text=True,
    )  # fmt: skip


def test_a_build_without_the_archive_downloads_and_verifies_it(walked: Walked, context: Path, served) -> None:
    (archive,) = (walked.project / ".maxctl/out/package").glob("*.tar.gz")
    address = served(archive.parent)
    done = built(context, f"{address}/{archive.name}")
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_build_refuses_another_archive_before_it_is_opened(
    walked: Walked, context: Path, served, tmp_path
) -> None:
    (archive,) = (walked.project / ".maxctl/out/package").glob("*.tar.gz")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / archive.name).write_bytes(archive.read_bytes()[:-1] + b"x")
    done = built(context, f"{served(tmp_path / 'other')}/{archive.name}")
    assert done.returncode != 0
    assert "is expected" in done.stderr and "sha256" in done.stderr
