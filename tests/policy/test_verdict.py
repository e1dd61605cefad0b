import pytest

from maxctl.core.slot import Slot
from maxctl.policy import agpl, spdx, training_data, verdict
from maxctl.policy.datasets import Datasets
from maxctl.policy.evidence import Base, Claim, Detection, NamedDataset, Spot, Subject
from maxctl.policy.ruling import Ruling
from maxctl.policy.why import Why
from tests.policy.knowledge_at_hand import catalog, datasets, knowledge, policy


def claim(text, how="spec", path="https://example.org/LICENSE", own=True):
    return Claim(spdx.read(text, catalog(), knowledge().tags), Spot(path, 3, text or ""), how, own)


def found(expression, path="src/a.py", principal=False):
    return Detection(expression, Spot(path, 1, "text"), 100.0, principal)


def Dataset(id, source, use="training"):
    return NamedDataset(id, use, Spot(source))


def judge(slot, *, claims=(), detections=(), files=0, noticed=0, failures=(), use_case="commercial", hint=""):
    subject = Subject(f"the {slot}", tuple(claims), tuple(detections), files, noticed, tuple(failures))
    return verdict.conclude(slot, [subject], policy(), use_case, hint)


def data(*named, claims=(), trained=True, known=None, use_case="commercial"):
    subject = Subject("the training data", tuple(claims))
    return training_data.conclude(named, subject, trained, known or datasets(), policy(), use_case)


def whys(conclusion):
    return [reason.why for reason in conclusion.reasons]


def test_p1_each_slot_is_judged_by_its_own_evidence():
    code = judge(Slot.CODE, claims=[claim("Apache-2.0", "package.json")])
    weights = judge(Slot.WEIGHTS, claims=[claim("CC-BY-NC-4.0")])
    assert (code.ruling, weights.ruling) == (Ruling.ALLOW, Ruling.DENY)
    assert (code.concluded, weights.concluded) == ("Apache-2.0", "CC-BY-NC-4.0")


@pytest.mark.parametrize("slot", [Slot.CODE, Slot.WEIGHTS, Slot.SCRIPTS, Slot.SAMPLES])
def test_p2_the_combined_verdict_is_that_of_the_worst_slot(slot):
    slots = {s: judge(s, claims=[claim("MIT", "package.json")]) for s in Slot if s is not Slot.DATA}
    assert verdict.combine(slots) is Ruling.ALLOW
    slots[slot] = judge(slot, claims=[claim("CC-BY-NC-4.0", "package.json")])
    assert verdict.combine(slots) is Ruling.DENY


def test_p2_data_adds_a_review_and_never_a_deny_by_itself():
    assert data(claims=[claim("CC-BY-NC-4.0")]).ruling is Ruling.REVIEW
    coco = data(Dataset(id="coco", source="README"))
    assert (coco.ruling, coco.datasets[0].tags) == (Ruling.REVIEW, ("unclear-data", "faces"))


def test_p2_a_deny_of_data_that_does_not_reach_models_is_a_review():
    entry = datasets().find("cityscapes").model_copy(update={"model_clause": "silent"})
    assert data(Dataset(id="cityscapes", source="paper"), known=Datasets([entry])).ruling is Ruling.REVIEW


@pytest.mark.parametrize("name", ["cityscapes", "laion-400m", "celeba"])
def test_p3_data_is_denied_where_its_terms_reach_models_or_it_was_withdrawn(name):
    assert data(Dataset(id=name, source="paper")).ruling is Ruling.DENY


@pytest.mark.parametrize("use_case", ["commercial", "internal", "research"])
def test_p3_biometric_data_is_reviewed_in_every_use_case(use_case):
    assert data(Dataset(id="wider-face", source="paper"), use_case=use_case).ruling is not Ruling.ALLOW


def test_p3_biometric_data_is_reviewed_even_under_a_permissive_license():
    free = {"commercial": "allow", "internal": "allow", "research": "allow"}
    entry = datasets().find("mnist").model_copy(update={"personal_data": "biometric"})
    assert entry.verdict.model_dump() == free
    assert data(Dataset(id="mnist", source="paper"), known=Datasets([entry])).ruling is Ruling.REVIEW


def test_data_that_was_only_measured_with_does_not_count():
    judged = data(
        Dataset(id="cityscapes", use="evaluation", source="paper"), Dataset(id="mnist", source="paper")
    )
    assert judged.ruling is Ruling.ALLOW


def test_unstated_training_data_is_a_review():
    assert (data().ruling, whys(data()), data().reasons[0].tag) == (
        Ruling.REVIEW,
        [Why.SILENT],
        "unstated-data",
    )
    assert data(Dataset(id="mnist", use="evaluation", source="paper")).ruling is Ruling.REVIEW
    assert data(trained=False).ruling is Ruling.ALLOW


def test_an_unknown_data_set_is_a_review_and_names_the_closest():
    judged = data(Dataset(id="cocoo", source="README"))
    assert (judged.ruling, whys(judged)) == (Ruling.REVIEW, [Why.DATA_UNKNOWN])
    assert "did you mean `coco`?" in judged.reasons[0].text


def test_terms_that_were_not_re_read_say_so():
    judged = data(Dataset(id="imagenet-21k", source="paper"))
    assert "verify them" in judged.reasons[0].text


@pytest.mark.parametrize("claims", [[], [claim(None)]])
def test_p4_silent_weights_are_a_review_whatever_the_code_says(claims):
    judged = judge(
        Slot.WEIGHTS, claims=claims, hint="the code's license (Apache-2.0) does not cover them by itself"
    )
    assert (judged.ruling, judged.concluded, judged.confidence) == (Ruling.REVIEW, None, "none")
    assert "does not cover them" in judged.reasons[0].text
    assert "licensing.claims.weights" in judged.reasons[0].change


def test_p4_the_code_license_put_forward_for_weights_is_no_statement():
    judged = judge(Slot.WEIGHTS, claims=[claim("Apache-2.0", path="sources/x/LICENSE", own=False)])
    assert (judged.ruling, judged.concluded) == (Ruling.REVIEW, None)


def test_p4_a_statement_that_names_the_weights_counts():
    judged = judge(Slot.WEIGHTS, detections=[found("MIT", "LICENSE-MODEL", principal=True)])
    assert (judged.ruling, judged.concluded) == (Ruling.ALLOW, "MIT")


def test_p5_claims_that_differ_are_a_review_at_least_and_the_stricter_counts():
    mild = judge(Slot.WEIGHTS, claims=[claim("MIT"), claim("Apache-2.0")])
    assert (mild.ruling, whys(mild)) == (Ruling.REVIEW, [Why.CLAIMS_DIFFER])
    assert mild.conflicts
    assert judge(Slot.WEIGHTS, claims=[claim("MIT"), claim("CC-BY-NC-4.0")]).ruling is Ruling.DENY


@pytest.mark.parametrize("slot", [Slot.CODE, Slot.WEIGHTS, Slot.DATA, Slot.SAMPLES])
def test_p10_a_placeholder_is_never_an_allow(slot):
    judged = data(claims=[claim("Custom")]) if slot is Slot.DATA else judge(slot, claims=[claim("Custom")])
    assert judged.ruling is Ruling.REVIEW
    assert Why.PLACEHOLDER in whys(judged)


@pytest.mark.parametrize(
    "stated", [None, "", "Unknown", "BSD", "LicenseRef-of-nobody", "Apachee-2.0", "what the owner says"]
)
@pytest.mark.parametrize("slot", [Slot.CODE, Slot.WEIGHTS, Slot.SCRIPTS, Slot.SAMPLES])
def test_nothing_that_is_not_understood_becomes_an_allow(slot, stated):
    assert judge(slot, claims=[claim(stated, "package.json")]).ruling is Ruling.REVIEW


def test_an_unknown_id_names_the_closest():
    assert "did you mean `Apache-2.0`?" in judge(Slot.CODE, claims=[claim("Apachee-2.0")]).reasons[0].text


def test_a_family_counts_once_the_text_says_which():
    text = [found("BSD-3-Clause", "LICENSE", principal=True)]
    assert judge(Slot.CODE, claims=[claim("BSD", "classifier")], detections=text).ruling is Ruling.ALLOW
    assert judge(Slot.CODE, claims=[claim("GPL", "classifier")], detections=text).ruling is Ruling.REVIEW


def test_a_license_text_at_the_root_that_is_not_the_claimed_one_is_a_conflict():
    judged = judge(
        Slot.CODE,
        claims=[claim("MIT", "package.json")],
        detections=[found("Apache-2.0", "LICENSE", principal=True), found("MIT")],
    )
    assert (judged.ruling, whys(judged)) == (Ruling.REVIEW, [Why.TEXT_DIFFERS, Why.NESTED])
    assert judged.confidence == "low"


def test_headers_that_all_say_otherwise_are_a_conflict():
    judged = judge(
        Slot.CODE,
        claims=[claim("MIT", "package.json")],
        detections=[found("Apache-2.0")] * 2,
        files=3,
        noticed=2,
    )
    assert Why.TEXT_DIFFERS in whys(judged)


def test_a_nested_permissive_license_is_told_and_a_nested_copyleft_is_reviewed():
    root = [found("Apache-2.0", "LICENSE", principal=True)]
    mild = judge(
        Slot.CODE,
        claims=[claim("Apache-2.0", "package.json")],
        detections=[*root, found("MIT", "vendor/x.js")],
    )
    assert (mild.ruling, whys(mild), mild.concluded) == (Ruling.ALLOW, [Why.NESTED], "Apache-2.0 AND MIT")
    assert mild.reasons[0].spot == Spot("vendor/x.js", 1, "text")
    strict = judge(
        Slot.CODE, claims=[claim("Apache-2.0", "package.json")], detections=[*root, found("GPL-3.0-only")]
    )
    assert (strict.ruling, whys(strict)) == (Ruling.REVIEW, [Why.REVIEW])


def test_one_side_of_a_choice_is_enough_and_its_text_is_no_conflict():
    both = [found("MIT", "LICENSE-MIT", True), found("GPL-3.0-only", "LICENSE-GPL", True)]
    judged = judge(Slot.CODE, claims=[claim("MIT OR GPL-3.0-only", "package.json")], detections=both)
    assert (judged.ruling, judged.reasons, judged.concluded) == (Ruling.ALLOW, (), "MIT OR GPL-3.0-only")
    joined = [found("MIT AND GPL-3.0-only", "LICENSE", True)]
    assert (
        judge(Slot.CODE, claims=[claim("MIT OR GPL-3.0-only", "x")], detections=joined).ruling
        is Ruling.REVIEW
    )


def test_only_the_spec_says_so_is_not_enough_for_code():
    judged = judge(Slot.CODE, claims=[claim("MIT")], files=5)
    assert (judged.ruling, whys(judged)) == (Ruling.REVIEW, [Why.UNCONFIRMED])
    assert (
        judge(Slot.CODE, claims=[claim("MIT")], detections=[found("MIT")], files=5, noticed=1).ruling
        is Ruling.ALLOW
    )


def test_one_header_among_many_files_does_not_speak_for_the_rest():
    assert judge(Slot.CODE, detections=[found("MIT")], files=5, noticed=1).ruling is Ruling.REVIEW
    assert judge(Slot.CODE, detections=[found("MIT")] * 5, files=5, noticed=5).ruling is Ruling.ALLOW


def test_what_grants_nothing_neither_helps_nor_hurts():
    cla = "LicenseRef-scancode-dco-1.1"
    assert judge(Slot.CODE, detections=[found(cla, "LICENSE", True)]).ruling is Ruling.REVIEW
    assert judge(Slot.CODE, claims=[claim(cla, "package.json")]).ruling is Ruling.REVIEW
    covered = judge(Slot.CODE, claims=[claim("MIT", "package.json")], detections=[found(cla), found("MIT")])
    assert covered.ruling is Ruling.ALLOW


def test_a_file_that_was_not_scanned_keeps_the_slot_at_review():
    judged = judge(
        Slot.CODE, claims=[claim("MIT", "package.json")], failures=[Spot("a.zip", text="an archive")]
    )
    assert (judged.ruling, whys(judged)) == (Ruling.REVIEW, [Why.NOT_SCANNED])


def test_a_slot_with_nothing_in_it_is_allowed_without_confidence():
    judged = verdict.conclude(Slot.SAMPLES, [], policy(), "commercial")
    assert (judged.ruling, judged.concluded, judged.confidence) == (Ruling.ALLOW, None, "none")


def test_an_ai_license_brings_its_obligations():
    judged = judge(Slot.WEIGHTS, claims=[claim("llama3.1")])
    assert judged.ruling is Ruling.REVIEW
    assert any("Built with Llama" in duty.text for duty in judged.obligations)


def weights(*claims, use="commercial", **more):
    return verdict.conclude(Slot.WEIGHTS, [Subject("the weights", claims, **more)], policy(), use)


def test_p6_non_commercial_weights_are_denied_reviewed_and_allowed():
    rulings = [
        weights(claim("CC-BY-NC-4.0"), use=use).ruling.value for use in ("commercial", "internal", "research")
    ]
    assert rulings == ["deny", "review", "allow"]


def test_p6_some_licenses_bar_internal_use_too():
    assert weights(claim("LicenseRef-maxctl-mistral-mnpl-0.1"), use="internal").ruling is not Ruling.ALLOW


def test_p7_a_license_with_a_threshold_is_reviewed_and_says_which_number_is_missing():
    judged = weights(claim("LicenseRef-scancode-llama-3.1-license-2024"))
    assert judged.ruling is Ruling.REVIEW
    assert "monthly_active_users" in judged.decisions[0].reason


def test_p8_what_a_license_asks_goes_with_the_model():
    told = {
        (duty.kind, duty.text)
        for duty in weights(claim("LicenseRef-scancode-llama-3.1-license-2024")).obligations
    }
    assert any("Built with Llama" in text for _, text in told)
    assert {"naming", "pass-on"} <= {kind for kind, _ in told}


def base(name, license, relation="finetune"):
    return Base(name, name if license else None, license, relation, Spot("README.md", 3), "a page", "read")


@pytest.mark.parametrize(
    ("license", "ruling"), [("MIT", "allow"), ("CC-BY-NC-4.0", "deny"), (None, "review")]
)
def test_p9_weights_are_not_freer_than_what_they_were_made_from(license, ruling):
    assert weights(claim("MIT"), bases=(base("a/b", license),)).ruling.value == ruling


def test_p9_what_the_code_merely_loads_is_a_review_beside_weights_of_its_own():
    assert weights(claim("MIT"), bases=(base("a/b", "CC-BY-NC-4.0", "loads"),)).ruling is Ruling.REVIEW
    assert weights(claim("MIT"), bases=(base("a/b", None, "loads"),)).ruling is Ruling.ALLOW


def test_p11_agpl_code_asks_for_a_review_of_the_weights_that_it_trains():
    code = judge(
        Slot.CODE, claims=[claim("AGPL-3.0-only", "package.json")], detections=[found("AGPL-3.0-only")]
    )
    reached = agpl.reach(code, weights(claim("MIT")))
    assert (reached.ruling, reached.reasons[-1].why) == (Ruling.REVIEW, Why.AGPL_REACHES)
    assert agpl.reach(judge(Slot.CODE, claims=[claim("MIT")]), weights(claim("MIT"))).ruling is Ruling.ALLOW


def test_p12_a_sample_under_other_terms_counts_like_any_other_part():
    conclusions = {
        Slot.CODE: judge(Slot.CODE, claims=[claim("MIT", "package.json")]),
        Slot.SAMPLES: judge(Slot.SAMPLES, claims=[claim("CC-BY-NC-2.0")]),
    }
    assert verdict.combine(conclusions) is Ruling.DENY


def restriction(text="for research purposes only"):
    reading = spdx.Reading(text, spdx.Kind.STATED, spdx.RESEARCH_ONLY)
    return Claim(reading, Spot("README.md", 9, text), "README sentence", restricts=True)


def test_words_that_forbid_business_count_beside_any_license():
    judged = weights(claim("MIT", path="LICENSE-MODEL"), restriction())
    assert (judged.ruling, judged.concluded) == (Ruling.DENY, spdx.RESEARCH_ONLY)
    assert Why.CLAIMS_DIFFER in whys(judged)


def test_words_that_say_what_the_license_says_are_no_contradiction():
    judged = weights(claim("CC-BY-NC-4.0"), restriction())
    assert (judged.ruling, judged.concluded) == (Ruling.DENY, "CC-BY-NC-4.0")
    assert not judged.conflicts


def test_checkpoints_under_different_licenses_are_told_apart():
    def named(license, about):
        return Claim(claim(license).reading, Spot("ZOO.md", 3), "table", about=about)

    judged = weights(named("MIT", "small"), named("CC-BY-NC-4.0", "large"), checkpoints=True)
    assert (judged.ruling, [r.why for r in judged.conflicts]) == (Ruling.DENY, [Why.CHECKPOINTS_DIFFER])


def test_a_reference_to_a_license_says_nothing_beside_one_that_is_stated():
    reference = found("LicenseRef-scancode-unknown-license-reference")
    stated = judge(Slot.CODE, claims=[claim("MIT", "package.json")], detections=[reference, found("MIT")])
    assert stated.ruling is Ruling.ALLOW
    assert judge(Slot.CODE, detections=[reference], files=1, noticed=1).ruling is Ruling.REVIEW


def test_every_license_that_the_conclusion_rests_on_comes_with_its_rule_and_places():
    decided = weights(claim("MIT AND Apache-2.0", path="LICENSE-MODEL")).decisions
    assert [(d.license, d.ruling.value, str(d.spots[0])) for d in decided] == [
        ("Apache-2.0", "allow", "LICENSE-MODEL:3"),
        ("MIT", "allow", "LICENSE-MODEL:3"),
    ]
