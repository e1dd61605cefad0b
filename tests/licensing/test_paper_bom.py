"""The bill of materials: valid CycloneDX with a model card, declared beside concluded, the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.licensing.papers import bom, places
from tests.licensing import paper_sample
from tests.licensing.paper_sample import DOCUMENT, LLAMA, document

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_7)


def made(told: dict | None = None) -> dict:
    """Return the bill as data, after it was held to the schema."""
    text = bom.render(told or DOCUMENT)
    assert VALIDATOR.validate_str(text) is None
    return json.loads(text)


def component(told: dict, reference: str) -> dict:
    return next(one for one in everything(told["components"]) if one["bom-ref"] == reference)


def everything(components: list[dict]) -> Iterator[dict]:
    for one in components:
        yield one
        yield from everything(one.get("components", []))
        yield from everything(one.get("pedigree", {}).get("ancestors", []))


def properties(one: dict) -> list[tuple[str, str]]:
    return [(p["name"].removeprefix("maxctl:license:"), p["value"]) for p in one["properties"]]


def test_what_is_declared_and_what_is_concluded_stand_beside_each_other():
    code = component(made(), "code")
    assert (code["type"], code["licenses"]) == ("library", [
        {"expression": "MIT", "acknowledgement": "declared"},
        {"expression": "Apache-2.0 AND MIT", "acknowledgement": "concluded"},
    ])  # fmt: skip
    assert code["evidence"]["licenses"] == [{"expression": e} for e in ("Apache-2.0", "BSD-3-Clause", "MIT")]
    place = {"location": "setup.py", "line": 5, "additionalContext": 'license="BSD",'}
    assert place in code["evidence"]["occurrences"]
    assert {"text": "Copyright 2019 Ross Wightman"} in code["evidence"]["copyright"]


def test_the_model_has_a_card_and_its_ancestors():
    told = made()
    weights = component(told, "weights")
    assert weights["type"] == "machine-learning-model"
    sets = [one["ref"] for one in weights["modelCard"]["modelParameters"]["datasets"]]
    assert sets == ["data/chartqa", "data/coco", "data/wider-face", "data/harbor", "data/icdar-2019"]
    considered = weights["modelCard"]["considerations"]
    assert considered["technicalLimitations"] == [
        f"{LLAMA}: above 700 million monthly users a license from Meta is needed"
    ]
    assert considered["ethicalConsiderations"][0]["name"].startswith("wider-face")
    [ancestor] = weights["pedigree"]["ancestors"]
    assert (ancestor["name"], ancestor["licenses"]) == (
        "meta-llama/Llama-3.1-8B", [{"expression": LLAMA, "acknowledgement": "declared"}],
    )  # fmt: skip
    assert ("obligation:attribution", f'{LLAMA}: show "Built with Llama" on a page or screen') in properties(
        weights
    )


def test_only_the_model_has_a_card():
    assert [one["bom-ref"] for one in everything(made()["components"]) if "modelCard" in one] == ["weights"]


def test_a_checkpoint_with_a_statement_of_its_own_is_a_part():
    told = made()
    assert component(told, "weights/chartreader-8b")["licenses"][0]["expression"] == LLAMA
    web = component(told, "weights/chartreader-8b-web")
    assert "licenses" not in web and "non-commercial research" in properties(web)[0][1]


def test_a_data_set_has_its_terms_and_its_sensitive_data():
    told = made()
    faces = component(told, "data/wider-face")
    assert faces["data"][0]["sensitiveData"] == ["biometric data of persons"]
    assert faces["licenses"] == [{"expression": "CC-BY-NC-ND-4.0", "acknowledgement": "declared"}]
    assert faces["evidence"]["occurrences"] == [{"location": "README.md", "line": 22}]
    assert ("source", "huggingface/datasets:datasets/wider_face/README.md") in properties(faces)
    coco = component(told, "data/coco")
    assert coco["externalReferences"] == [{"type": "license", "url": "https://cocodataset.org/#termsofuse"}]
    assert component(told, "data/icdar-2019")["licenses"][0]["license"]["name"] == "NOASSERTION"
    assert "licenses" not in component(told, "data/harbor")


def test_files_with_a_license_or_a_copyright_are_listed():
    files = [one for one in made()["components"] if one["type"] == "file"]
    assert {one["name"] for one in files} == {
        file["path"] for file in DOCUMENT["files"] if file["licenses"] or file["copyrights"]
    }
    notice = next(one for one in files if one["name"] == "NOTICE")
    assert notice["evidence"] == {"copyright": [{"text": "Copyright 2024 Harbor Vision Lab"}]}


def test_the_same_evaluation_is_the_same_bill_and_another_has_another_number():
    assert bom.render(DOCUMENT) == bom.render(json.loads(json.dumps(DOCUMENT)))
    assert "timestamp" not in bom.render(DOCUMENT)
    assert made()["serialNumber"] != made(document(subject="other"))["serialNumber"]


def test_references_are_unique_and_lead_somewhere():
    told = document()
    told["slots"]["data"]["datasets"] += told["slots"]["data"]["datasets"][:1] * 2
    told["slots"]["weights"]["base_models"] *= 2
    bill = made(told)
    refs = [one["bom-ref"] for one in everything(bill["components"])] + ["subject"]
    assert len(refs) == len(set(refs)) and "data/chartqa#3" in refs
    for one in bill["dependencies"]:
        assert {one["ref"], *one["dependsOn"]} <= set(refs)


def test_data_sets_hang_on_the_whole_where_there_are_no_weights():
    told = document()
    told["slots"]["weights"]["empty"] = True
    sets = [f"data/{one['id']}" for one in DOCUMENT["slots"]["data"]["datasets"]]
    assert made(told)["dependencies"] == [{"ref": "subject", "dependsOn": ["code", "samples", *sets]}]


def test_what_is_no_expression_is_a_license_by_name():
    told = document()
    told["slots"]["code"]["concluded"] = "see the (website"
    assert {"license": {"name": "see the (website", "acknowledgement": "concluded"}} in component(
        made(told), "code"
    )["licenses"]


@pytest.mark.parametrize("told", [paper_sample.allowed(), paper_sample.large(1000)], ids=["allowed", "large"])
def test_other_evaluations_are_valid_too(told):
    made(told)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_hostile_text_leaves_the_bill_valid_and_printable(first, second):
    told = document(subject=f"{first}\x1b\u202e\udc80")
    told["slots"]["data"]["datasets"][0] |= {
        "source": f"https://x.example/{second}",
        "id": first,
        "note": second,
    }
    told["slots"]["weights"]["claims"][1] |= {"about": second, "stated": first, "path": f"{first}:7"}
    told["slots"]["code"]["concluded"] = second
    text = bom.render(told)
    assert VALIDATOR.validate_str(text) is None
    assert "\x1b" not in text and "\u202e" not in text
    text.encode("utf-8")


@settings(max_examples=40, deadline=None)
@given(st.from_regex(places._ADDRESS, fullmatch=True))
def test_every_address_that_may_be_linked_is_one_to_the_schema(url):
    told = document()
    told["slots"]["data"]["datasets"][0]["source"] = url
    assert VALIDATOR.validate_str(bom.render(told)) is None
