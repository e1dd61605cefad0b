from collections import Counter

from maxctl.licensing import scancode_categories
from maxctl.policy import spdx
from tests.policy.knowledge_at_hand import FOLDER, catalog, datasets, knowledge


def test_categories_are_those_of_the_installed_scancode():
    rendered = scancode_categories.render(scancode_categories.database(), "32.5.0")
    assert rendered == (FOLDER / "categories.yaml").read_text(encoding="utf-8")


def test_each_data_set_has_its_source_and_an_id_of_its_own():
    assert len(datasets().known) == 147
    assert max(Counter(known.id for known in datasets().known).values()) == 1
    assert all(known.source.strip() for known in datasets().known)


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


def test_coco_is_found_by_id_and_alias_and_a_typo_names_it():
    assert datasets().find("MS-COCO") is datasets().find("coco")
    assert datasets().find("cocoo") is None
    assert datasets().closest("cocoo") == "coco"


def test_a_model_card_tag_means_its_license_where_scancode_is_led_astray():
    tags = knowledge().tags
    assert tags["fair-noncommercial-research-license"] == "LicenseRef-maxctl-fair-nc-research"
    assert tags["llama3.1"] == "LicenseRef-scancode-llama-3.1-license-2024"
    assert tags["bsd"] is None
