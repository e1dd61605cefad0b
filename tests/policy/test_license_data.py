from collections import Counter

import pytest

from maxctl.licensing import scancode_categories
from maxctl.policy import compiled, spdx
from maxctl.policy.catalog import current
from maxctl.policy.spellings import PLACEHOLDERS, squeeze
from tests.policy.knowledge_at_hand import FOLDER, catalog, datasets, knowledge


def test_categories_are_those_of_the_installed_scancode():
    rendered = scancode_categories.render(scancode_categories.database(), "32.5.0")
    assert rendered == (FOLDER / "categories.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", compiled.NAMES)
def test_what_is_compiled_is_current_else_run_make_schema(name):
    path = FOLDER / name
    if path.is_file():
        assert compiled.place(path).read_text(encoding="utf-8") == compiled.render(path)


def test_an_edited_file_counts_at_once_whatever_was_compiled(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text("a: 1\n")
    compiled.place(path).parent.mkdir()
    compiled.place(path).write_text(compiled.render(path).replace('"a":1', '"a":7'))
    assert compiled.read(path) == {"a": 7}
    path.write_text("a: 2\n")
    assert compiled.read(path) == {"a": 2}
    compiled.place(path).write_text('{"source": "sha256:')
    assert compiled.read(path) == {"a": 2}


def test_each_data_set_has_its_source_and_an_id_of_its_own():
    assert len(datasets().known) == 147
    assert max(Counter(known.id for known in datasets().known).values()) == 1
    assert all(known.source.strip() for known in datasets().known)


def test_what_was_read_is_kept_apart_from_what_is_only_known():
    assert Counter(known.evidence for known in datasets().known) == {"read": 114, "known": 33}
    assert sum(entry.evidence == "known" for entry in knowledge().licenses) == 10
    assert all("not re-read" in entry.terms() for entry in knowledge().licenses if entry.evidence == "known")


def test_no_alias_names_two_data_sets():
    named = Counter(
        name.lower()
        for known in datasets().known
        for name in {known.id, *known.aliases, *known.aliases_structured_only}
    )
    assert [name for name, count in named.items() if count > 1] == []


def test_the_license_of_each_data_set_is_an_expression():
    for known in datasets().known:
        assert spdx.ids(known.license)


def test_each_ai_license_has_its_source_and_agrees_with_scancode_about_its_category():
    assert len(knowledge().licenses) == 63
    for entry in knowledge().licenses:
        assert entry.source.strip()
        if entry.scancode_category:
            assert catalog().category(entry.spdx) == entry.scancode_category


def test_no_field_of_an_ai_license_refers_to_another_entry():
    for entry in knowledge().licenses:
        for words in (entry.attribution, entry.naming, entry.output_rule, entry.threshold):
            assert not (words or "").startswith("as ")


def test_each_license_with_a_threshold_in_users_or_dollars_has_it_in_numbers():
    without = [entry.id for entry in knowledge().licenses if entry.threshold and not entry.limits]
    assert without == ["grok2", "minimax", "openpose-nc"]  # "see text", and the price of another license
    assert all(entry.threshold for entry in knowledge().licenses if entry.limits)


def test_no_name_that_model_cards_give_a_license_is_a_placeholder():
    for entry in knowledge().licenses:
        assert not {squeeze(name) for name in entry.hub_names} & PLACEHOLDERS


def test_obligations_are_those_of_known_licenses_and_each_license_has_them_once():
    named = Counter(name for asked in knowledge().open_licenses for name in asked.ids)
    assert [name for name, count in named.items() if count > 1] == []
    for name in named:
        assert catalog().canonical(name) == name
        assert current(name) == name
        assert knowledge().find(name) is None


def test_coco_is_found_by_id_and_alias_and_a_typo_names_it():
    assert datasets().find("MS-COCO") is datasets().find("coco")
    assert datasets().find("cocoo") is None
    assert datasets().closest("cocoo") == "coco"


def test_a_model_card_tag_means_its_license_where_scancode_is_led_astray():
    tags = knowledge().tags
    assert tags["fair-noncommercial-research-license"] == "LicenseRef-maxctl-fair-nc-research"
    assert tags["llama3.1"] == "LicenseRef-scancode-llama-3.1-license-2024"
    assert tags["bsd"] is None
    assert tags["other"] is None
