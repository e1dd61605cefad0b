"""Labels, configurations and cards beside a model, in the forms that are in use."""

import json
from pathlib import Path

import pytest

from maxctl.runtimes.draft import companions
from tests.projects import write_tree

PEOPLE = [{"id": 0, "name": "person"}, {"id": 1, "name": "bicycle"}]
ITEMS = "item { id: 1 name: 'n1' display_name: 'person' }\nitem {\n id: 2\n name: 'bicycle'\n}"
FROM_ONE = [{"id": 1, "name": "person"}, {"id": 2, "name": "bicycle"}]


@pytest.mark.parametrize(
    ("name", "text", "rows"),
    [
        ("labels.txt", "person\nbicycle\n", PEOPLE),
        ("labelmap.txt", "\ufeffperson\r\nbicycle\r\n\n", None),
        ("coco.names", "person\nbicycle\n", PEOPLE),
        ("classes.txt", "0 person\n1 bicycle", PEOPLE),
        ("model_labels.txt", "1: person\n2: bicycle", FROM_ONE),
        ("class_names.csv", "index,name\n1,person\n2,bicycle", FROM_ONE),
        ("labels.json", '["person", "bicycle"]', PEOPLE),
        ("labels.json", '{"0": "person", "1": "bicycle"}', PEOPLE),
        ("labels.json", '{"person": 0, "bicycle": 1}', PEOPLE),
        ("labels.json", '[{"id": 1, "name": "person"}, {"id": 2, "name": "bicycle"}]', FROM_ONE),
        ("index_to_name.json", '{"0": ["n01", "person"], "1": ["n02", "bicycle"]}', PEOPLE),
        ("label_map.pbtxt", ITEMS, FROM_ONE),
        ("data.yaml", "nc: 2\nnames: [person, bicycle]\n", PEOPLE),
        ("data.yaml", "names:\n  0: person\n  1: bicycle\n", PEOPLE),
    ],
)  # fmt: skip
def test_a_list_of_labels_is_read_in_each_form(
    name: str, text: str, rows: list[dict[str, object]] | None, tmp_path: Path
) -> None:
    write_tree(tmp_path, {name: text, "model.onnx": b"x", "README.md": "cats and dogs"})
    found = companions.label_lists(tmp_path / "model.onnx")
    assert len(found) == 1 and found[0]["source"] == name
    if rows is not None:
        assert found[0]["rows"] == rows
    else:
        assert [row["name"] for row in found[0]["rows"]] == ["person", "bicycle"]


@pytest.mark.parametrize(
    "text", ["{broken", '{"a": 1.5}', "[[1, 2]]", '"text"', "[" * 100_000, '{"0": 1, "x": "y"}']
)
def test_what_is_no_list_of_labels_gives_none(text: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {"labels.json": text, "model.onnx": b"x"})
    assert companions.label_lists(tmp_path / "model.onnx") == []


def test_yaml_with_aliases_is_not_read(tmp_path: Path) -> None:
    write_tree(tmp_path, {"data.yaml": "a: &a [person, bicycle]\nnames: *a\n", "model.onnx": b"x"})
    assert companions.label_lists(tmp_path / "model.onnx") == []


def test_labels_that_are_called_like_the_model_come_first(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a_labels.txt": "x\ny", "model_labels.txt": "a\nb", "model.onnx": b"x"})
    found = companions.label_lists(tmp_path / "model.onnx")
    assert [one["source"] for one in found] == ["model_labels.txt", "a_labels.txt"]


def test_a_model_in_a_folder_called_onnx_has_its_configuration_around_it(tmp_path: Path) -> None:
    config = {"id2label": {"1": "NO", "0": "YES"}, "model_type": "bert"}
    write_tree(tmp_path, {
        "config.json": json.dumps(config), "tokenizer.json": "{}", "1_Pooling/config.json": "{}",
        "onnx/model.onnx": b"x", "modules.json": '[{"type": "Normalize"}]',
        "README.md": "---\nlicense: mit\npipeline_tag: fill-mask\n---\n",
    })  # fmt: skip
    path = tmp_path / "onnx/model.onnx"
    found = companions.documents(path)
    assert found["config.json"]["model_type"] == "bert" and found["modules.json"] == {
        "modules": [{"type": "Normalize"}]
    }
    assert found["README.md"] == {"license": "mit", "pipeline_tag": "fill-mask"}
    assert companions.tokenizer(path) == "tokenizer.json"
    assert companions.label_lists(path)[0]["rows"] == [{"id": 0, "name": "YES"}, {"id": 1, "name": "NO"}]


def test_the_image_processor_inside_processor_config_counts_as_its_own(tmp_path: Path) -> None:
    write_tree(tmp_path, {"processor_config.json": '{"image_processor": {"size": 8}}', "model.onnx": b"x"})
    assert companions.documents(tmp_path / "model.onnx")["preprocessor_config.json"] == {"size": 8}


def test_names_of_ultralytics_are_read_as_data_and_not_run() -> None:
    assert companions.names_of_python("{0: 'person', 1: 'bicycle'}") == PEOPLE
    assert companions.names_of_python("__import__('os').system('true')") == []


def test_a_line_in_a_label_list_keeps_to_its_line(tmp_path: Path) -> None:
    write_tree(tmp_path, {"labels.json": json.dumps(["a\nb\u202e", "c"]), "model.onnx": b"x"})
    assert companions.label_lists(tmp_path / "model.onnx")[0]["rows"][0]["name"] == "a b"
