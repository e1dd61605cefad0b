import pytest

from maxctl.core.spec import Slot
from maxctl.policy import rules
from maxctl.policy.rules import PolicyError
from maxctl.policy.ruling import Ruling
from tests.policy.knowledge_at_hand import catalog, knowledge, policy, policy_text


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
