import json

import jsonschema
import pytest
import yaml

from maxctl.core.slot import Slot
from maxctl.policy import rules, schema
from maxctl.policy.rules import PolicyError
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.use import Case, Delivery, Use
from tests.policy.knowledge_at_hand import FOLDER, catalog, knowledge, policy, policy_text


def load(text):
    return rules.read(text, catalog(), knowledge())


def fault(text):
    with pytest.raises(PolicyError) as caught:
        load(text)
    return caught.value


@pytest.mark.parametrize(
    ("license_id", "slot", "rulings"),
    [
        ("Apache-2.0", Slot.CODE, "allow allow allow"),
        ("CC0-1.0", Slot.SAMPLES, "allow allow allow"),
        ("LGPL-3.0-only", Slot.CODE, "review allow allow"),
        ("GPL-3.0-only", Slot.CODE, "review allow allow"),
        ("AGPL-3.0-only", Slot.CODE, "deny review allow"),
        ("CC-BY-NC-4.0", Slot.WEIGHTS, "deny review allow"),
        ("LicenseRef-scancode-openmdw-1.0", Slot.WEIGHTS, "allow allow allow"),
        ("LicenseRef-scancode-commercial-license", Slot.CODE, "deny deny deny"),
        ("LicenseRef-scancode-unknown-license-reference", Slot.CODE, "review review review"),
        ("LicenseRef-scancode-llama-3.1-license-2024", Slot.WEIGHTS, "review review review"),
        ("LicenseRef-scancode-llama-license-2023", Slot.WEIGHTS, "deny review allow"),
        # Permissive by category, not by its terms
        ("LicenseRef-scancode-moonshot-ai-modified-mit-2025", Slot.WEIGHTS, "review allow allow"),
        ("LicenseRef-scancode-apple-ml-ferret-2023", Slot.WEIGHTS, "review review allow"),
        ("LicenseRef-of-nobody", Slot.CODE, "review review review"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", Slot.CODE, "review allow allow"),
    ],
)
def test_the_default_policy_decides(license_id, slot, rulings):
    decided = [
        policy().decide(license_id, slot, use).ruling for use in ("commercial", "internal", "research")
    ]
    assert " ".join(decided) == rulings


@pytest.mark.parametrize(
    ("license_id", "slot", "served", "distributed"),
    [
        ("GPL-3.0-only", Slot.CODE, "allow", "review"),
        ("GPL-2.0-or-later", Slot.WEIGHTS, "allow", "review"),
        ("LGPL-2.1-or-later", Slot.CODE, "allow", "review"),
        ("MPL-2.0", Slot.CODE, "allow", "review"),
        ("AGPL-3.0-only", Slot.WEIGHTS, "deny", "review"),
        ("CC-BY-SA-4.0", Slot.WEIGHTS, "allow", "review"),
        ("CC-BY-SA-4.0", Slot.SAMPLES, "review", "review"),
        # reach users of a service, too
        ("EUPL-1.2", Slot.CODE, "review", "review"),
        ("OSL-3.0", Slot.CODE, "review", "review"),
        ("ODbL-1.0", Slot.DATA, "review", "review"),
        ("CC-BY-NC-4.0", Slot.WEIGHTS, "deny", "deny"),
        ("Apache-2.0", Slot.CODE, "allow", "allow"),
    ],
)
def test_what_is_only_served_is_ruled_apart_from_what_is_given_away(license_id, slot, served, distributed):
    told = [
        policy().decide(license_id, slot, Use(Case.COMMERCIAL, delivery)).ruling
        for delivery in (Delivery.SERVED, Delivery.DISTRIBUTED)
    ]
    assert told == [served, distributed]


@pytest.mark.parametrize("case", list(Case))
def test_delivered_both_ways_the_worse_counts_and_a_plain_word_means_both(case):
    for license_id in ("AGPL-3.0-only", "GPL-3.0-only", "MIT", "CC-BY-NC-4.0", "CC-BY-SA-3.0"):
        rulings = {
            delivery: policy().decide(license_id, Slot.CODE, Use(case, delivery)).ruling
            for delivery in Delivery
        }
        assert rulings[Delivery.BOTH] is worst((rulings[Delivery.SERVED], rulings[Delivery.DISTRIBUTED]))
        assert policy().decide(license_id, Slot.CODE, str(case)).ruling is rulings[Delivery.BOTH]


def test_a_use_is_told_in_words():
    assert str(Use.of("commercial")) == "commercial use, served and distributed"
    assert str(Use(Case.RESEARCH, Delivery.SERVED)) == "research use, served only"
    with pytest.raises(ValueError, match="private"):
        Use.of("private")


def test_the_uses_that_would_be_judged_more_mildly_are_known():
    other = policy().other_uses("AGPL-3.0-only", Slot.CODE, "commercial")
    assert Use(Case.COMMERCIAL, Delivery.DISTRIBUTED) in other
    assert Use(Case.COMMERCIAL, Delivery.SERVED) not in other
    assert policy().other_uses("MIT", Slot.CODE, "commercial") == ()


@pytest.mark.parametrize("written", ["GPL-3.0", "GPL-3.0-only"])
def test_an_older_spelling_of_a_gnu_license_is_the_same_license(written):
    rule = f"  - {{ids: [{written}], commercial: deny, internal: deny, research: deny, reason: a}}\n"
    ours = load("schema_version: 1\nname: ours\nextends: default\nlicenses:\n" + rule)
    for name in ("GPL-3.0", "GPL-3.0-only", "GPL-3.0-only WITH Classpath-exception-2.0"):
        assert ours.decide(name, Slot.CODE, "research").ruling is Ruling.DENY
    assert ours.decide("GPL-3.0-or-later", Slot.CODE, "research").ruling is Ruling.ALLOW


def test_a_license_without_an_spdx_id_is_named_by_its_scancode_key():
    rule = "  - {{keys: [{}], commercial: deny, internal: deny, research: deny, reason: a}}\n"
    ours = load(policy_text() + rule.format("llama-2-license-2023"))
    decision = ours.decide("LicenseRef-scancode-llama-2-license-2023", Slot.WEIGHTS, "research")
    assert decision.ruling is Ruling.DENY
    told = fault(policy_text() + rule.format("gpl-2.0")).problems
    assert any("no scancode key of a license without an SPDX id" in problem for problem in told)


@pytest.mark.parametrize(
    ("written", "closest"),
    [
        ("LicenseRef-scancode-llama-2-licence-2023", "LicenseRef-scancode-llama-2-license-2023"),
        ("LicenseRef-maxctl-mrl-0.2", "LicenseRef-maxctl-mrl-0.1"),
    ],
)
def test_a_reference_into_a_list_that_does_not_hold_it_is_refused(written, closest):
    rule = f"  - {{ids: [{written}], commercial: deny, internal: deny, research: deny, reason: a}}\n"
    assert any(f"did you mean `{closest}`?" in problem for problem in fault(policy_text() + rule).problems)


def test_a_license_of_the_house_may_be_ruled_though_no_list_holds_it():
    rule = "  - {ids: [LicenseRef-of-the-house], commercial: allow, internal: allow, research: allow, reason: a}\n"
    assert (
        load(policy_text() + rule).decide("LicenseRef-of-the-house", Slot.CODE, "research").ruling == "allow"
    )


def test_what_states_no_license_can_not_be_allowed():
    rulings = "commercial: review, internal: {served: review, distributed: allow}, research: deny"
    text = policy_text().replace(
        "category: Unstated License\n    commercial: review",
        "category: Unstated License\n    commercial: allow",
    )
    told = fault(text + f"  - {{ids: [LicenseRef-scancode-unknown], {rulings}, reason: a}}\n").problems
    assert any("`Unstated License` is silence" in problem for problem in told)
    assert any("`LicenseRef-scancode-unknown` says that no license is stated" in p for p in told)


def test_an_unknown_delivery_names_the_closest():
    text = policy_text().replace("served: deny", "servd: deny")
    assert any("did you mean `served`?" in problem for problem in fault(text).problems)


def test_a_policy_that_stands_alone_says_everything():
    told = fault("schema_version: 1\nname: ours\n").problems
    for key in ("silence", "unknown", "data"):
        assert any(f"`{key}` is missing" in problem and "extends: default" in problem for problem in told)


def test_the_schema_is_current_and_accepts_the_default_policy_else_run_make_schema():
    committed = FOLDER.parent / "schemas" / schema.NAME
    assert committed.read_text(encoding="utf-8") == schema.text()
    jsonschema.validate(yaml.safe_load(policy_text()), json.loads(schema.text()))


def test_a_decision_says_its_rule_and_why():
    decision = policy().decide("AGPL-3.0-only", Slot.CODE, "commercial")
    assert decision.rule == "licenses: AGPL-3.0-only"
    assert "over a network" in decision.reason


def test_two_rules_about_one_license_are_refused_with_their_places():
    text = policy_text() + (
        "  - {ids: [MIT], commercial: allow, internal: allow, research: allow, reason: a}\n"
        "  - {ids: [ISC, MIT], commercial: deny, internal: allow, research: allow, reason: b}\n"
    )
    error = fault(text)
    line = text.count("\n")
    assert any(
        p.startswith(f"policy.yaml:{line}:") and "`MIT` is decided twice for code" in p
        for p in error.problems
    )


def test_rules_about_different_slots_do_not_contradict():
    rule = "  - {{ids: [MIT], slots: [{}], commercial: {}, internal: allow, research: allow, reason: a}}\n"
    changed = load(policy_text() + rule.format("code", "allow") + rule.format("weights", "review"))
    assert changed.decide("MIT", Slot.WEIGHTS, "commercial").ruling is Ruling.REVIEW
    assert changed.decide("MIT", Slot.CODE, "commercial").ruling is Ruling.ALLOW


def test_a_category_that_is_decided_and_muted_is_refused():
    text = policy_text().replace(
        "categories: [CLA, Patent License]", "categories: [CLA, Patent License, Copyleft]"
    )
    assert any("`Copyleft` is also decided" in problem for problem in fault(text).problems)


def test_a_category_decided_twice_is_refused():
    text = policy_text().replace("category: Public Domain", "category: Permissive")
    problems = fault(text).problems
    assert any("`Permissive` is decided twice" in problem for problem in problems)
    assert any("nothing is decided about the categories Public Domain" in problem for problem in problems)


def test_silence_can_not_be_allowed():
    assert any(
        "silence" in problem
        for problem in fault(policy_text().replace("silence: review", "silence: allow")).problems
    )


def test_an_unknown_id_in_a_policy_names_the_closest():
    text = (
        policy_text()
        + "  - {ids: [Apachee-2.0], commercial: allow, internal: allow, research: allow, reason: a}\n"
    )
    assert any("did you mean `Apache-2.0`?" in problem for problem in fault(text).problems)


def test_an_unknown_key_names_the_closest():
    assert any(
        "did you mean `unknown`?" in p
        for p in fault(policy_text().replace("unknown: review", "unknow: review")).problems
    )


def test_a_misspelled_ruling_is_told_with_its_place():
    assert any(
        ":" in p and "commercial" in p
        for p in fault(policy_text().replace("commercial: deny", "commercial: no")).problems
    )


def test_a_text_that_decides_nothing_may_be_decided_by_id():
    dco = "LicenseRef-scancode-dco-1.1"
    assert not policy().counts(dco)
    rule = f"  - {{ids: [{dco}], commercial: review, internal: review, research: review, reason: a}}\n"
    assert load(policy_text() + rule).counts(dco)
