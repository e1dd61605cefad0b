"""init: what stands in a new project, for models of every format that can be had in a test."""

import json
import re
import subprocess
from pathlib import Path

import pytest

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
    assert (spec.preparation.format, spec.preparation.path) == ("litert", "birds.tflite")
    assert [one.path for one in spec.artifacts] == ["birds.tflite"]
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


def repository(folder: Path, files: dict[str, str | bytes]) -> tuple[str, str]:
    """Return the address of a git repository with these files, and its commit."""
    write_tree(folder, files)
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git[:3], "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "one"], check=True)
    told = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return f"git+file:{folder}", told.stdout.strip()


IN_FOLDER = {f"data/pets/{name}": content for name, content in FILES.items()}


def test_a_model_at_an_address_is_pinned_and_what_init_wrote_can_be_fetched(
    tmp_path: Path, maxctl: Maxctl
) -> None:
    address, commit = repository(tmp_path / "research", IN_FOLDER)
    write_tree(tmp_path, {"tabby.png": b"not looked at"})
    started = maxctl(
        "init", str(tmp_path / "pets"), "--model", address, "--sample", str(tmp_path / "tabby.png"),
        "--sample-license", "CC0-1.0", "--sample-credit", "me",
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
    spec = check((tmp_path / "pets/model.yaml").read_text())
    assert [one.path for one in spec.artifacts] == ["pets/model.json", "pets/shard1"]
    whole = f"git+file:{tmp_path}/research@{commit}"
    assert spec.artifacts[1].mirrors == (f"{whole}#data/pets/shard1",)
    assert [(one.name, one.mirrors) for one in spec.sources] == [("research", (whole,))]
    assert [(one.path, one.license, one.credit) for one in spec.samples] == [("tabby.png", "CC0-1.0", "me")]
    assert spec.golden and [(one.id, one.input) for one in spec.golden.cases] == [("tabby", "tabby.png")]
    filled = re.sub("FILL IN", "filled", (tmp_path / "pets/model.yaml").read_text())
    (tmp_path / "pets/model.yaml").write_text(filled)
    fetched = maxctl("fetch", cwd=tmp_path / "pets")
    assert fetched.returncode == 0, fetched.stdout + fetched.stderr
    out = tmp_path / "pets/.maxctl/out/fetch"
    assert (out / "sources/research/data/pets/labels.txt").read_text() == "cat\ndog\n"
    assert (out / "samples/tabby.png").read_bytes() == b"not looked at"


def test_an_address_with_several_models_lists_them_and_one_is_named_behind_a_hash(
    tmp_path: Path, maxctl: Maxctl
) -> None:
    bird = tflite(tmp_path).read_bytes()
    address, commit = repository(tmp_path / "research", {**IN_FOLDER, "birds.tflite": bird})
    asked = maxctl("init", str(tmp_path / "one"), "--model", address)
    assert asked.returncode == 2 and not (tmp_path / "one").exists()
    whole = f"git+file:{tmp_path}/research@{commit}"
    assert f"{whole}#birds.tflite" in asked.stderr and f"{whole}#data/pets" in asked.stderr
    missing = maxctl("init", str(tmp_path / "one"), "--model", f"{address}#bird.tflite")
    assert missing.returncode == 2 and f"{whole}#birds.tflite" in missing.stderr
    named = maxctl("init", str(tmp_path / "one"), "--model", f"{address}#birds.tflite")
    assert named.returncode == 0, named.stderr
    assert f"{whole}#birds.tflite" in (tmp_path / "one/model.yaml").read_text()


def test_an_address_without_a_model_says_so(tmp_path: Path, maxctl: Maxctl) -> None:
    address, _ = repository(tmp_path / "research", {"README.md": "nothing"})
    asked = maxctl("init", str(tmp_path / "one"), "--model", address)
    assert asked.returncode == 2 and "holds no model of a known format" in asked.stderr
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (["nowhere.png"], "there is no file nowhere.png"),
        (["a/cat.png", "b/cat.png"], "two samples are called cat.png"),
        (["empty.png"], "empty.png is empty"),
    ],
)
def test_samples_that_cannot_be_taken_are_told_before_anything_is_written(
    samples: list[str], said: str, tmp_path: Path, maxctl: Maxctl
) -> None:
    write_tree(tmp_path, {"a/cat.png": b"1", "b/cat.png": b"2", "empty.png": b""})
    model = write_tree(tmp_path / "model", FILES)
    named = [part for one in samples for part in ("--sample", one)]
    asked = maxctl("init", "pets", "--model", str(model), *named, cwd=tmp_path)
    assert asked.returncode == 2 and said in asked.stderr
    assert not (tmp_path / "pets").exists()


def test_a_sample_that_lies_in_the_project_is_not_copied(tmp_path: Path, maxctl: Maxctl) -> None:
    write_tree(tmp_path / "pets", {"pictures/cat.png": b"1"})
    model = write_tree(tmp_path / "model", FILES)
    started = maxctl("init", "pets", "--model", str(model), "--sample", "pets/pictures/cat.png", cwd=tmp_path)
    assert started.returncode == 0, started.stderr
    assert "file:pictures/cat.png" in (tmp_path / "pets/model.yaml").read_text()
    assert not (tmp_path / "pets/samples").exists()
