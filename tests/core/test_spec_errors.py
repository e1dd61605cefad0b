"""A malformed spec is told whole: every fault, its place, and the mend."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml as pyyaml

from maxctl.core import resources, yaml
from maxctl.core.errors import SpecError
from maxctl.core.spec import ModelSpec
from tests.projects import spec


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        yaml.validate(yaml.parse(text, "model.yaml", SpecError), ModelSpec, SpecError)
    assert caught.value.exit_code == 3
    return caught.value.problems


def dumped(**changes: object) -> str:
    return pyyaml.safe_dump(spec(**changes), sort_keys=False)


def test_the_example_of_the_tests_is_valid() -> None:
    document = yaml.parse(dumped(), "model.yaml", SpecError)
    assert yaml.validate(document, ModelSpec, SpecError).id == "tiny-detector"


def test_an_unknown_key_is_placed_and_names_the_closest_valid_key() -> None:
    text = dumped() + "servce: {}\n"
    line = text.splitlines().index("servce: {}") + 1
    assert faults(text) == (f"model.yaml:{line}:1: unknown key `servce`; did you mean `service`?",)


def test_an_unknown_key_deep_inside_a_list_names_the_closest_valid_key() -> None:
    text = dumped().replace("  sha256:", "  sha265:")
    assert any(
        "unknown key `sha265` in artifacts[0]; did you mean `sha256`?" in fault for fault in faults(text)
    )


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = dumped(id="Not An Id", version=1.0, license=None)
    found = faults(text)
    assert [fault.split(": ")[1].split(":")[0] for fault in found] == ["id", "version", "license"]
    assert 'put it in quotes: "1.0"' in found[1]


def test_a_duplicate_key_names_both_lines() -> None:
    (fault,) = faults("schema_version: 1\nid: a\nid: b\n")
    assert fault.startswith("model.yaml:3:1:") and "first in line 2" in fault


def test_bad_syntax_is_placed() -> None:
    (fault,) = faults("id: [a\nname: b\n")
    assert fault.startswith("model.yaml:2:")


@pytest.mark.parametrize(
    "text", ["a: &x {b: 1}\nc: *x\n", "a: &a [*a]\n", "a: !!python/object:os.system {}\n", ""]
)
def test_aliases_tags_and_empty_files_are_refused(text: str) -> None:
    assert len(faults(text)) == 1


def test_a_date_that_is_none_is_placed() -> None:
    (fault,) = faults("id: a\nchoice: {date: 2026-13-45}\n")
    assert fault.startswith("model.yaml:2:16:") and "2026-13-45" in fault


def test_nesting_without_end_is_refused_and_does_not_crash() -> None:
    (fault,) = faults("[" * 200_000)
    assert "nested too deeply" in fault


def test_parts_that_contradict_each_other_are_all_told_with_their_places() -> None:
    text = dumped(
        golden={"cases": [{"id": "one", "input": "none.png", "parameters": {"treshold": 0.5}}]},
        preparation=spec()["preparation"] | {"path": "other.json"},
    )
    found = faults(text)
    assert any("golden.cases[0].input: no sample has the path `none.png`" in fault for fault in found)
    assert any("golden.cases[0].parameters.treshold: the model has no parameter" in fault for fault in found)
    assert any("preparation.path: no artifact has the path `other.json`" in fault for fault in found)
    assert all(fault.startswith("model.yaml:") and ":1:1:" not in fault for fault in found)


@pytest.mark.parametrize("path", ["../up", "/abs", "a/../../b", "a\\b", "", "."])
def test_a_path_that_leaves_its_folder_is_refused(path: str) -> None:
    artifact = spec()["artifacts"][0] | {"path": path}
    assert any("must be a path inside its folder" in fault for fault in faults(dumped(artifacts=[artifact])))


@pytest.mark.parametrize(
    "mirror", ["ftp://x/y", "http://example.org/x", "npm:name", "pypi:name", "name", "npm:a b@1"]
)
def test_an_address_that_is_no_mirror_is_refused_with_the_forms_there_are(mirror: str) -> None:
    artifact = spec()["artifacts"][0] | {"mirrors": [mirror]}
    assert any("npm:name@version#path" in fault for fault in faults(dumped(artifacts=[artifact])))


def test_a_missing_spec_says_how_to_start_a_project(tmp_path: Path) -> None:
    from maxctl.core.project import Project

    with pytest.raises(SpecError, match=r"no model\.yaml") as caught:
        Project.find(tmp_path)
    assert "maxctl init" in (caught.value.hint or "")


def referring(**reference: object) -> ModelSpec:
    document = yaml.parse(dumped(reference=reference), "model.yaml", SpecError)
    return yaml.validate(document, ModelSpec, SpecError)


def test_a_script_of_python_stands_for_its_environment_its_command_and_its_lock() -> None:
    found = referring(python="answers.py", timeout_seconds=5).reference
    assert found is not None
    assert found.setup[0] == ("python3", "-m", "venv", ".venv")
    assert found.setup[1][-1] == found.lock == "requirements.txt"
    assert found.command == (".venv/bin/python", "answers.py")
    assert found.timeout_seconds == 5
    assert ModelSpec.model_validate(referring(python="answers.py").model_dump()).reference


def test_a_script_beside_a_command_or_outside_the_folder_is_refused_and_one_of_the_two_is_needed() -> None:
    (both,) = faults(dumped(reference={"python": "a.py", "command": ["make"], "lock": "go.sum"}))
    assert "reference: `python` stands for setup, command and lock: leave command, lock out" in both
    (outside,) = faults(dumped(reference={"python": "../a.py"}))
    assert "reference" in outside and "inside its folder" in outside
    assert len(faults(dumped(reference={"timeout_seconds": 5}))) == 2


@pytest.mark.parametrize(
    ("reference", "fine"),
    [
        ({"python": "a.py"}, True),
        ({"command": ["make"], "lock": "go.sum"}, True),
        ({"command": ["make"]}, False),
        ({}, False),
    ],
)
def test_the_schema_asks_for_a_script_or_a_command(reference: dict[str, object], fine: bool) -> None:
    schema = json.loads((resources.path("schemas") / "spec.schema.json").read_text())
    part = {**schema["$defs"]["Reference"], "$defs": schema["$defs"]}
    assert jsonschema.Draft202012Validator(part).is_valid(reference) == fine
