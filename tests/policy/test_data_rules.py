import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.policy import rules
from maxctl.policy.obligations import Kind
from maxctl.policy.rules import PolicyError
from maxctl.policy.ruling import Ruling
from maxctl.policy.use import Case
from tests.policy.knowledge_at_hand import FOLDER, catalog, datasets, knowledge, policy

HEAD = "schema_version: 1\nname: ours\nextends: default\ndata:\n"


def extended(text):
    return rules.read(HEAD + text, catalog(), knowledge())


def known(name):
    entry = datasets().find(name)
    assert entry is not None
    return entry


@pytest.mark.parametrize("case", list(Case))
def test_the_default_rules_give_each_data_set_the_verdict_that_was_recorded_for_it(case):
    for entry in datasets().known:
        recorded = entry.verdict.of(case)
        if recorded is Ruling.DENY and not entry.reaches_models:  # P2
            recorded = Ruling.REVIEW
        if entry.license == "NOASSERTION" or entry.personal_data in ("biometric", "health"):  # P3
            recorded = max(recorded, Ruling.REVIEW, key=lambda ruling: ruling.rank)
        assert (entry.id, policy().data(entry, case).ruling) == (entry.id, recorded)


def test_a_deny_comes_only_from_terms_that_reach_models_or_a_withdrawal():
    for entry in datasets().known:
        for case in Case:
            denied = policy().data(entry, case).ruling is Ruling.DENY
            assert not denied or entry.reaches_models


def test_a_decision_says_the_clause_and_why():
    decision = policy().data(known("cityscapes"), "commercial")
    assert (decision.ruling, decision.rule) == (Ruling.DENY, "data clause restricts-models")
    assert "reach models" in decision.reason
    assert decision.tags == ("restricts-models", "nc-data", "faces")


def test_what_was_only_measured_with_asks_for_nothing():
    decision = policy().data(known("cityscapes"), "commercial", "evaluation")
    assert (decision.ruling, decision.tags, decision.duties) == (Ruling.ALLOW, (), ())


def test_a_data_set_in_an_unclear_role_is_reviewed_at_most():
    assert policy().data(known("cityscapes"), "commercial", "unclear").ruling is Ruling.REVIEW
    assert policy().data(known("mnist"), "commercial", "unclear").ruling is Ruling.ALLOW


def test_a_data_set_that_nobody_knows_is_reviewed():
    decision = policy().data(None, "research", name="of-nobody")
    assert (decision.ruling, decision.tags) == (Ruling.REVIEW, ("unstated-data",))


def test_a_license_stated_for_the_data_is_reviewed_at_most():
    decision = policy().data_stated("CC-BY-NC-4.0", "commercial")
    assert (decision.ruling, decision.tags) == (Ruling.REVIEW, ("nc-data",))
    assert policy().data_stated("CC-BY-SA-4.0", "commercial").tags == ("share-alike-data",)
    assert policy().data_stated("LicenseRef-of-nobody", "research").ruling is Ruling.REVIEW
    assert policy().data_stated("MIT", "commercial").ruling is Ruling.ALLOW


def test_credit_and_share_alike_are_obligations():
    duties = policy().data(known("wikipedia"), "commercial").duties
    assert {duty.kind for duty in duties} == {Kind.ATTRIBUTION, Kind.SHARE_ALIKE}


def test_a_policy_may_rule_a_single_data_set_known_or_not():
    rule = "  sets: [{ids: [coco, our-faces], commercial: allow, internal: allow, research: allow, reason: ours}]\n"
    ours = extended(rule)
    assert ours.data(known("coco"), "commercial").ruling is Ruling.ALLOW
    assert ours.data(known("coco"), "commercial").rule == "data set coco (ours)"
    assert ours.data(None, "commercial", name="Our-Faces").ruling is Ruling.ALLOW
    assert ours.data(None, "commercial", name="others").ruling is Ruling.REVIEW


def test_a_policy_may_weigh_a_clause_otherwise():
    rule = (
        "  clauses: [{when: [nc-data], commercial: deny, internal: deny, research: review, reason: ours}]\n"
    )
    assert extended(rule).data(known("imagenet"), "commercial").ruling is Ruling.DENY
    assert extended(rule).data(known("coco"), "commercial").ruling is Ruling.REVIEW


def test_rules_that_contradict_one_another_are_refused_all_at_once():
    rulings = "commercial: deny, internal: deny, research: deny, reason: a"
    text = HEAD + (
        "  clauses:\n"
        f"    - {{when: [nc-data, faces], {rulings}}}\n"
        f"    - {{when: [faces, nc-data], {rulings}}}\n"
        f"    - {{when: [nc-data, unclear-data], {rulings}}}\n"
        "  roles: [{role: unclear, at_most: deny, reason: a}, {role: unclear, at_most: allow, reason: a}]\n"
        f"  sets: [{{ids: [coco, coco], {rulings}}}]\n"
    )
    with pytest.raises(PolicyError) as caught:
        rules.read(text, catalog(), knowledge())
    told = "\n".join(caught.value.problems)
    assert "policy.yaml:7:" in told
    assert told.count("is decided twice") == 3
    assert "never hold together" in told


def test_a_slip_in_the_name_of_a_data_set_is_refused_where_the_sets_are_known(tmp_path):
    rule = "  sets: [{ids: [cocoo, ms-coco], commercial: deny, internal: deny, research: deny, reason: a}]\n"
    path = tmp_path / "own.yaml"
    path.write_text(HEAD + rule)
    with pytest.raises(PolicyError) as caught:
        rules.load(path, catalog(), knowledge(), datasets=datasets())
    assert "did you mean `coco`?" in caught.value.problems[0]
    assert "another name of `coco`" in caught.value.problems[1]
    assert rules.load(FOLDER / "policy.yaml", catalog(), knowledge(), datasets=datasets())


@given(
    st.sampled_from(datasets().known),
    st.sampled_from(["biometric", "health"]),
    st.sampled_from(list(Case)),
)
def test_biometric_and_health_data_is_never_allowed(entry, kind, case):
    changed = entry.model_copy(update={"personal_data": kind})
    assert policy().data(changed, case).ruling is not Ruling.ALLOW
