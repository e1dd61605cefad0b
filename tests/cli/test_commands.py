"""init, inspect, show and doctor, as a user calls them."""

import json
from pathlib import Path

import pytest

from tests.conftest import Maxctl
from tests.projects import write_tree

GRAPH = {
    "format": "graph-model",
    "modelTopology": {
        "node": [
            {
                "name": "image",
                "op": "Placeholder",
                "attr": {
                    "dtype": {"type": "DT_FLOAT"},
                    "shape": {"shape": {"dim": [{"size": "1"}, {"size": "2"}]}},
                },
            },
            {"name": "w", "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}}},
            {"name": "out", "op": "Mul", "input": ["image", "w"], "attr": {"T": {"type": "DT_FLOAT"}}},
        ],
    },
    "weightsManifest": [{"paths": ["shard1"], "weights": [{"name": "w", "shape": [2], "dtype": "float32"}]}],
}


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    return (
        write_tree(tmp_path / "graph", {"model.json": json.dumps(GRAPH), "shard1": bytes(8)}) / "model.json"
    )


def test_inspect_tells_signature_and_operators_of_a_model_without_running_it(
    graph: Path, maxctl: Maxctl
) -> None:
    finished = maxctl("inspect", str(graph), "-f", "json")
    assert finished.returncode == 0, finished.stderr
    found = json.loads(finished.stdout)
    assert found["format"] == "tfjs-graph-model" and found["operators"]["Mul"] == 1
    assert [tensor["name"] for tensor in found["inputs"]] == ["image:0"]
    assert "Mul 1" in maxctl("inspect", str(graph)).stdout


def test_inspect_of_no_model_names_the_known_formats(tmp_path: Path, maxctl: Maxctl) -> None:
    (tmp_path / "x.txt").write_text("no model")
    finished = maxctl("inspect", str(tmp_path / "x.txt"))
    assert finished.returncode == 6 and "tfjs-graph-model" in finished.stderr


def test_init_drafts_a_spec_whose_open_places_status_names_by_line(
    graph: Path, tmp_path: Path, maxctl: Maxctl
) -> None:
    started = maxctl("init", str(tmp_path / "my-model"), "--model", str(graph))
    assert started.returncode == 0, started.stderr
    told = maxctl("status", cwd=tmp_path / "my-model")
    assert told.returncode == 3
    lines = (tmp_path / "my-model/model.yaml").read_text().splitlines()
    faults = [line.strip() for line in told.stderr.splitlines() if "still to be filled in" in line]
    assert len(faults) == sum("FILL IN" in line for line in lines)
    for fault in faults:
        assert "FILL IN" in lines[int(fault.split(":")[1]) - 1]
    assert "sha256: " in "\n".join(lines)
    again = maxctl("init", str(tmp_path / "my-model"), "--model", str(graph))
    assert again.returncode == 2 and "already there" in again.stderr


def test_show_explains_every_code_and_names_the_closest_for_an_unknown_one(maxctl: Maxctl) -> None:
    codes = json.loads(maxctl("show", "codes", "-f", "json").stdout)["codes"]
    assert len({code["code"] for code in codes}) == len(codes) > 10
    assert all(len(code["why"]) > 30 and code["title"] for code in codes)
    first = codes[0]["code"]
    assert codes[0]["title"] in maxctl("show", "code", first.lower()).stdout
    finished = maxctl("show", "code", first[:-1] + "99")
    assert finished.returncode == 2 and "did you mean" in finished.stderr


@pytest.mark.parametrize("topic", ["codes", "stages"])
def test_show_tells_of_a_stage_that_does_not_load_and_shows_the_others(
    topic: str, plugin: Path, tmp_path: Path, maxctl_process: Maxctl
) -> None:
    write_tree(
        tmp_path / "broken_words-1.dist-info",
        {
            "METADATA": "Metadata-Version: 2.1\nName: broken-words\nVersion: 1\n",
            "entry_points.txt": "[maxctl.stages]\nspell = broken_words:Spell\n",
        },
    )
    finished = maxctl_process("show", topic, "-f", "json", env={"PYTHONPATH": f"{plugin}:{tmp_path}"})
    assert finished.returncode == 0, finished.stderr
    told = json.loads(finished.stdout)
    assert {"fetch", "count-words"} <= {row["stage"] for row in told[topic]}
    assert any("`spell` of broken-words does not load" in line for line in told["broken"])
    assert "left out: the stage `spell` of broken-words does not load" in finished.stderr
    assert "pip install --force-reinstall broken-words" in finished.stderr


def test_show_stages_lists_them_by_phase_with_where_they_come_from(maxctl: Maxctl) -> None:
    stages = json.loads(maxctl("show", "stages", "-f", "json").stdout)["stages"]
    names = [stage["stage"] for stage in stages]
    assert names[:4] == ["shortlist", "fetch", "scan-license", "check"]
    assert {"stage": "count-words", "from": "maxctl-words"}.items() <= stages[
        names.index("count-words")
    ].items()
    assert all(not stage["does"].startswith("(") for stage in stages)


@pytest.mark.parametrize("name", ["spec", "manifest", "pipeline"])
def test_the_committed_schemas_are_current(name: str, maxctl: Maxctl) -> None:
    committed = Path(__file__).parents[2] / "schemas" / f"{name}.schema.json"
    assert maxctl("show", "schema", name).stdout == committed.read_text()


def test_the_shipped_pipelines_and_the_example_fit_their_schemas() -> None:
    import jsonschema
    import yaml

    root = Path(__file__).parents[2]
    for path in sorted((root / "pipelines").glob("*.yaml")):
        schema = json.loads((root / "schemas/pipeline.schema.json").read_text())
        jsonschema.validate(yaml.safe_load(path.read_text()), schema)
    spec = yaml.load((root / "examples/object_detector/model.yaml").read_text(), Loader=yaml.BaseLoader)
    assert spec["id"] == "max-object-detector"


def test_doctor_names_what_is_missing_and_the_command_that_mends_it(maxctl: Maxctl, tmp_path: Path) -> None:
    whole = json.loads(maxctl("doctor", "-f", "json").stdout)
    assert {need["name"] for need in whole["needs"]} >= {
        "git",
        "npm",
        "scancode-toolkit",
        "tensorflow",
        "disk",
    }
    finished = maxctl("doctor", env={"PATH": str(tmp_path)})
    assert finished.returncode == 4 and "apt-get install npm" in finished.stdout
