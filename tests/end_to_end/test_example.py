"""The real detector through the lifecycle: what the issue of a user would be about if it broke."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from maxctl.adapters.container_engine import Engine
from tests.cli.test_run import marked, wait_until
from tests.end_to_end.conftest import Walked

pytestmark = pytest.mark.slow

COFFEE = {
    ("47", "cup"): (0.9613, [0.054, 0.289, 0.623, 0.687]),
    ("67", "dining table"): (0.8242, [0.007, 0.003, 0.990, 0.998]),
}
CHELSEA = {("17", "cat"): (0.9345, [0.010, 0.002, 0.992, 0.895])}


def iou(one: list[float], other: list[float]) -> float:
    height = min(one[2], other[2]) - max(one[0], other[0])
    width = min(one[3], other[3]) - max(one[1], other[1])
    both = max(height, 0) * max(width, 0)
    return both / (
        (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both
    )


def assert_answers(
    response: dict[str, Any], expected: dict[tuple[str, str], tuple[float, list[float]]]
) -> None:
    found = {(p["label_id"], p["label"]): p for p in response["predictions"]}
    assert response["status"] == "ok" and set(found) == set(expected)
    for name, (score, box) in expected.items():
        assert found[name]["probability"] == pytest.approx(score, abs=0.01)
        assert iou(found[name]["detection_box"], box) >= 0.98


def test_every_step_passes_and_none_is_skipped(walked: Walked, engine: Engine) -> None:
    verdicts = {step["step"]: step["verdict"] for step in walked.report["steps"]}
    assert list(verdicts) == [
        "shortlist", "fetch", "scan-license", "check", "prepare", "record", "convert", "package", "scaffold",
        "build", "regress", "regress-http", "regress-image", "document", "review", "publish", "site",
    ]  # fmt: skip
    assert set(verdicts.values()) == {"passed"}


def test_the_demo_closes_with_a_table_and_the_next_commands(walked: Walked) -> None:
    told = (walked.project.parent / "demo.txt").read_text()
    lines = told.splitlines()
    assert lines[0].split() == ["step", "verdict", "time", "what", "to", "look", "at", "next"]
    assert any(line.startswith("regress-image") and "reports/regress-image.html" in line for line in lines)
    assert (
        "maxctl serve --port 5000" in told
        and "xdg-open reports/regress-http.html" in told
        and "xdg-open site/index.html" in told
    )


def test_what_this_machine_lacks_is_unavailable_with_the_mend(copied: Walked, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "sh", "env"):  # no node, no npm
        (tools / name).symlink_to(str(shutil.which(name)))
    spec = copied.project / "model.yaml"
    spec.write_text(spec.read_text().replace("score: 0.01", "score: 0.02"))
    finished = subprocess.run(
        [sys.executable, "-m", "maxctl", "run", "--from", "record", "-f", "json"],
        cwd=copied.project, capture_output=True, text=True, timeout=300,
        env={**os.environ, "MAXCTL_CACHE": str(copied.cache), "PATH": str(tools)},
    )  # fmt: skip
    assert finished.returncode == 4, finished.stderr
    steps = {step["step"]: step for step in json.loads(finished.stdout)["steps"]}
    assert (steps["record"]["verdict"], steps["record"]["skip"]) == ("skipped", "unavailable")
    assert "apt-get install" in steps["record"]["reason"]
    assert steps["convert"]["action"] == "blocked"


def test_the_goldens_are_the_answers_of_the_research_code(walked: Walked) -> None:
    golden = walked.project / "golden"
    assert_answers(json.loads((golden / "cases/coffee/expected.json").read_text()), COFFEE)
    assert_answers(json.loads((golden / "cases/chelsea/expected.json").read_text()), CHELSEA)
    assert "@tensorflow-models/coco-ssd" in (golden / "golden.yaml").read_text()


def test_predict_answers_as_the_research_code_does(walked: Walked) -> None:
    samples = ".maxctl/out/fetch/samples"
    finished = walked.maxctl(
        "predict", f"{samples}/coffee.png", f"{samples}/chelsea.png", "--threshold", "0.5", "-f", "json"
    )
    assert finished.returncode == 0, finished.stderr
    coffee, chelsea = json.loads(finished.stdout)["answers"]
    assert_answers(coffee, COFFEE)
    assert_answers(chelsea, CHELSEA)


def test_curl_gets_the_answer_of_the_research_code(walked: Walked, service: str) -> None:
    picture = walked.project / "golden/cases/coffee/input.png"
    address = f"{service}/model/predict?threshold=0.5"
    finished = subprocess.run(
        ["curl", "-sS", "-F", f"image=@{picture}", address], capture_output=True, text=True, check=True
    )
    assert_answers(json.loads(finished.stdout), COFFEE)


def test_labels_and_metadata_are_maxs(service: str) -> None:
    import httpx

    labels = httpx.get(f"{service}/model/labels").json()
    assert labels["count"] == 80 and len(labels["labels"]) == 80
    assert labels["labels"][0] == {"id": "1", "name": "person"}
    assert labels["labels"][-1] == {"id": "90", "name": "toothbrush"}
    metadata = httpx.get(f"{service}/model/metadata").json()
    assert metadata["license"] == "Apache-2.0" and metadata["id"] == "max-object-detector"


def test_the_service_runs_on_litert_without_tensorflow(walked: Walked) -> None:
    (packages,) = {
        path.parent for path in (walked.cache / "venvs").glob("*/lib/python3*/site-packages/numpy")
    }
    names = {path.name for path in packages.iterdir()}
    assert "ai_edge_litert" in names and not {"tensorflow", "keras"} & names


def test_a_kserve_client_gets_the_same_answer(walked: Walked, service: str) -> None:
    import base64

    import httpx

    picture = (walked.project / "golden/cases/chelsea/input.png").read_bytes()
    request = {
        "id": "7",
        "parameters": {"threshold": 0.5},
        "inputs": [
            {"name": "image", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(picture).decode()]}
        ],
    }
    answer = httpx.post(f"{service}/v2/models/max-object-detector/infer", json=request, timeout=30).json()
    outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    assert answer["id"] == "7"
    assert outputs["detection_scores"] == pytest.approx([0.9345], abs=0.01)
    assert outputs["detection_classes"] == [17]


def test_nothing_that_a_client_sends_is_answered_with_a_500(walked: Walked, service: str) -> None:
    import httpx

    picture = (walked.project / "golden/cases/coffee/input.png").read_bytes()
    url = f"{service}/model/predict"
    asked = {
        "no part": (httpx.post(url), 400),
        "wrong part": (httpx.post(url, files={"file": picture}), 400),
        "no picture": (httpx.post(url, files={"image": b"text"}), 400),
        "half a picture": (httpx.post(url, files={"image": picture[: len(picture) // 2]}), 400),
        "threshold=7": (httpx.post(url, files={"image": picture}, params={"threshold": "7"}), 400),
        "threshold=abc": (httpx.post(url, files={"image": picture}, params={"threshold": "abc"}), 400),
        "threshold=nan": (httpx.post(url, files={"image": picture}, params={"threshold": "nan"}), 400),
        "too much": (httpx.post(url, files={"image": bytes(17 * 1024 * 1024)}, timeout=30), 413),
        "GET": (httpx.get(url), 405),
        "elsewhere": (httpx.get(f"{service}/nowhere"), 404),
    }
    for name, (answer, status) in asked.items():
        assert answer.status_code == status, name
        body = answer.json()
        assert body["status"] == "error" and len(body["message"]) > 5, name


def test_a_second_run_takes_every_step_from_the_record(walked: Walked) -> None:
    finished = walked.maxctl("run", "-f", "json")
    assert {step["action"] for step in json.loads(finished.stdout)["steps"]} == {"recorded"}
    assert walked.maxctl("status", "--verify").returncode == 0


def test_one_word_of_the_description_runs_only_what_reads_it(copied: Walked) -> None:
    spec = copied.project / "model.yaml"
    spec.write_text(spec.read_text().replace("everyday things", "everyday objects"))
    finished = copied.maxctl("run", "--dry-run", "-f", "json")
    would = {step["step"] for step in json.loads(finished.stdout)["steps"] if step["action"] == "would run"}
    assert would == {
        "scaffold", "build", "regress", "regress-http", "regress-image", "document", "review", "publish", "site",
    }  # fmt: skip
    assert copied.maxctl("run", "--until", "regress-http", timeout=300).returncode == 0
    assert "everyday objects" in (copied.project / "service/service.json").read_text()


@pytest.mark.parametrize(
    "path",
    [
        ".maxctl/out/fetch/sources/coco-ssd/package.json",
        ".maxctl/out/fetch/artifacts/model/group1-shard3of5",
        "golden/cases/coffee/expected.json",
        "service/serving/app.py",
    ],
)
def test_status_notices_one_changed_byte(copied: Walked, path: str) -> None:
    file = copied.project / path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.chmod(0o644)
    file.write_bytes(content)
    finished = copied.maxctl("status", "-f", "json")
    assert finished.returncode == 1
    states = {row["step"]: row["state"] for row in json.loads(finished.stdout)["steps"]}
    assert "changed" in states.values()


def test_a_service_that_answers_otherwise_fails_the_regression_and_the_report_shows_it(
    copied: Walked,
) -> None:
    config = copied.project / "service/service.json"
    data = json.loads(config.read_text())
    data["preprocess"][1]["filter"] = "nearest"
    config.write_text(json.dumps(data))
    finished = copied.maxctl("regress", "--golden", "golden", cwd=copied.project)
    assert finished.returncode == 1, finished.stdout + finished.stderr


def test_regress_over_a_url_records_nothing(walked: Walked, service: str) -> None:
    before = (walked.project / "manifest.yaml").read_bytes()
    finished = walked.maxctl("regress", "--golden", "--url", service)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert (walked.project / "manifest.yaml").read_bytes() == before


def test_the_license_verdicts_are_honest(walked: Walked) -> None:
    report = json.loads((walked.project / "reports/license.json").read_text())
    verdicts = {slot: found["verdict"] for slot, found in report["slots"].items()}
    assert verdicts == {
        "code": "allow", "weights": "review", "data": "review", "scripts": "allow", "samples": "allow",
    }  # fmt: skip
    step = next(step for step in walked.report["steps"] if step["step"] == "scan-license")
    assert step["facts"]["legal_approval_required"] is True


def test_the_generated_services_own_tests_pass(walked: Walked) -> None:
    (python,) = (walked.cache / "venvs").glob("*/bin/python")
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=walked.project / "service", capture_output=True, text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout[-3000:]
    assert python.exists()


def test_a_kill_at_5_random_moments_of_the_real_pipeline_is_survived(copied: Walked) -> None:
    chance = random.Random(4711)
    steps = ["prepare", "record", "convert", "scaffold", "regress"]
    for moment, step in enumerate(steps):
        mark = f"real-kill-{os.getpid()}-{moment}-{time.monotonic_ns()}"
        child = subprocess.Popen(
            [sys.executable, "-m", "maxctl", "run", "--from", step, "--force"],
            cwd=copied.project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "MAXCTL_CACHE": str(copied.cache), "MAXCTL_TEST_MARK": mark},
        )  # fmt: skip
        try:
            child.wait(timeout=chance.uniform(1.0, 6.0))
        except subprocess.TimeoutExpired:
            child.kill()
        child.wait()
        wait_until(lambda mark=mark: not marked(mark))
        assert copied.maxctl("status", "-f", "json").returncode in (0, 1)
    finished = copied.maxctl("run", "-f", "json")
    assert finished.returncode == 0, finished.stderr
    assert copied.maxctl("status", "--verify").returncode == 0


def test_the_record_names_no_place_of_this_machine(walked: Walked) -> None:
    text = (walked.project / "manifest.yaml").read_text()
    assert str(walked.project) not in text and str(Path.home()) not in text and "/tmp/" not in text


def test_a_taken_port_is_told_before_anything_starts(walked: Walked) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finished = walked.maxctl("serve", "--port", str(taken.getsockname()[1]))
    assert finished.returncode == 6
    assert "Address already in use" in finished.stderr and "maxctl serve --port" in finished.stderr
    assert finished.stdout == ""
