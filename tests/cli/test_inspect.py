"""inspect, and the draft that it shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Maxctl
from tests.projects import write_tree
from tests.runtimes.drafts import check

FLOAT = {"type": "DT_FLOAT"}


def dims(*sizes: int) -> dict[str, Any]:
    return {"dim": [{"size": str(size)} for size in sizes]}


NODES = [
    {"name": "image", "op": "Placeholder", "attr": {"dtype": FLOAT, "shape": {"shape": dims(1, 32, 32, 3)}}},
    {"name": "w", "op": "Const", "attr": {"dtype": FLOAT}},
    {"name": "scaled", "op": "Mul", "input": ["image", "w"], "attr": {"T": FLOAT}},
    {"name": "probs", "op": "Softmax", "input": ["scaled"], "attr": {"T": FLOAT}},
]
SIGNATURE = {
    "inputs": {"image": {"name": "image:0", "dtype": "DT_FLOAT", "tensorShape": dims(1, 32, 32, 3)}},
    "outputs": {"probs": {"name": "probs:0", "dtype": "DT_FLOAT", "tensorShape": dims(1, 2)}},
}
MODEL = {
    "format": "graph-model",
    "signature": SIGNATURE,
    "modelTopology": {"node": NODES},
    "weightsManifest": [{"paths": ["shard1"], "weights": [{"name": "w", "shape": [2], "dtype": "float32"}]}],
}
FILES = {"model.json": json.dumps(MODEL), "shard1": bytes(8), "labels.txt": "cat\ndog\n"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tree(tmp_path / "model", FILES) / "model.json"


def test_a_draft_shows_each_guess_with_its_reason_and_how_sure_it_is(model: Path, maxctl: Maxctl) -> None:
    told = maxctl("inspect", str(model), "--draft")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    head = next(line for line in lines if line.startswith("guess"))
    assert head.split() == ["guess", "value", "why", "sure?"]
    task = next(line for line in lines if line.startswith("task"))
    assert "image-classification" in task and task.endswith("yes")
    assert any(line.startswith("labels") and "2: cat, dog" in line for line in lines)
    assert any("the graph itself begins with mul" in line for line in lines)


def test_without_draft_nothing_is_guessed(model: Path, maxctl: Maxctl) -> None:
    assert "guess" not in maxctl("inspect", str(model)).stdout
    assert "draft" not in json.loads(maxctl("inspect", str(model), "-f", "json").stdout)


def test_the_draft_is_one_more_key_of_the_json(model: Path, maxctl: Maxctl) -> None:
    plain = json.loads(maxctl("inspect", str(model), "-f", "json").stdout)
    told = json.loads(maxctl("inspect", str(model), "--draft", "-f", "json").stdout)
    draft = told.pop("draft")
    assert told == plain and told["schema"] == "maxctl/inspect/1"
    assert draft.keys() == {"guesses", "notes"}
    first = draft["guesses"][0]
    assert first.keys() == {"place", "value", "reason", "confidence", "source"}
    assert (first["place"], first["value"]) == ("task", "image-classification")


def test_the_drafted_file_is_written_or_printed_alone_and_replaces_nothing(
    model: Path, tmp_path: Path, maxctl: Maxctl
) -> None:
    out = tmp_path / "drafted.yaml"
    assert maxctl("inspect", str(model), "--write", str(out)).returncode == 0
    assert check(out.read_text()).task == "image-classification"
    assert "# guessed: " in out.read_text()
    again = maxctl("inspect", str(model), "--write", str(out))
    assert again.returncode == 2 and "already there" in again.stderr
    printed = maxctl("inspect", str(model), "--write", "-").stdout
    assert printed.startswith("# The spec of a model") and check(printed).inference.engine == "litert"
