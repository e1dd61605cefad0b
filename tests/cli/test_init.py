"""init: what stands in a new project, for models of every format that can be had in a test."""

import json
from pathlib import Path

from maxctl.serving.labels import load
from tests.cli.test_inspect import FILES
from tests.conftest import Maxctl
from tests.projects import write_tree
from tests.runtimes.drafts import check
from tests.runtimes.test_draft_files_of_models import tflite


def test_a_project_has_labels_and_a_spec_whose_guesses_say_why(tmp_path: Path, maxctl: Maxctl) -> None:
    model = write_tree(tmp_path / "model", FILES)
    started = maxctl("init", str(tmp_path / "pets"), "--model", str(model))
    assert started.returncode == 0, started.stderr
    text = (tmp_path / "pets/model.yaml").read_text()
    assert "task: image-classification # guessed: " in text
    spec = check(text)
    assert spec.labels == "labels.json" and [one.path for one in spec.artifacts] == [
        "model/model.json",
        "model/shard1",
    ]
    labels = load(tmp_path / "pets/labels.json")
    assert [(one.id, one.name) for one in labels.all] == [(0, "cat"), (1, "dog")]
    assert "labels.json" in started.stdout and f"{text.count('FILL IN')} places" in started.stdout


def test_status_names_every_open_place_of_a_draft_by_line(tmp_path: Path, maxctl: Maxctl) -> None:
    files = {name: text for name, text in FILES.items() if name != "labels.txt"}
    model = write_tree(tmp_path / "model", files) / "model.json"
    assert maxctl("init", str(tmp_path / "pets"), "--model", str(model)).returncode == 0
    lines = (tmp_path / "pets/model.yaml").read_text().splitlines()
    told = maxctl("status", cwd=tmp_path / "pets").stderr
    named = {int(line.split(":")[1]) for line in told.splitlines() if "model.yaml:" in line}
    assert named == {number for number, line in enumerate(lines, 1) if "FILL IN" in line}
    assert any("labels" in lines[number - 1] for number in named)


def test_a_file_of_a_format_without_a_folder_becomes_one_artifact(tmp_path: Path, maxctl: Maxctl) -> None:
    model = tflite(tmp_path)
    started = maxctl("init", str(tmp_path / "birds"), "--model", str(model), "-f", "json")
    assert started.returncode == 0, started.stderr
    told = json.loads(started.stdout)
    assert told["files"] and told["to_fill_in"] > 3
    spec = check((tmp_path / "birds/model.yaml").read_text())
    assert (spec.preparation.format, spec.preparation.path) == ("litert", "model/birds.tflite")
    assert [one.path for one in spec.artifacts] == ["model/birds.tflite"]
    assert [one.name for one in load(tmp_path / "birds/labels.json").all] == ["robin", "wren"]
    assert spec.inference.engine == "openvino"  # it has no signature


def test_what_stands_in_the_folder_already_stays_as_it_is(tmp_path: Path, maxctl: Maxctl) -> None:
    model = write_tree(tmp_path / "model", FILES) / "model.json"
    mine = write_tree(tmp_path / "pets", {"labels.json": "[]"})
    started = maxctl("init", str(mine), "--model", str(model))
    assert started.returncode == 0 and (mine / "labels.json").read_text() == "[]"
    assert "labels.json" not in started.stdout


def test_a_shard_that_is_missing_is_told_before_anything_is_written(tmp_path: Path, maxctl: Maxctl) -> None:
    model = write_tree(tmp_path / "model", {"model.json": FILES["model.json"]}) / "model.json"
    started = maxctl("init", str(tmp_path / "pets"), "--model", str(model))
    assert started.returncode != 0 and "shard1" in started.stderr
    assert not (tmp_path / "pets").exists()
