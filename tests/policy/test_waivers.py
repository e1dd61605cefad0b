from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.core.slot import Slot
from maxctl.policy import rules, waivers
from maxctl.policy.rules import PolicyError
from maxctl.policy.ruling import Ruling
from maxctl.policy.waivers import Waiver
from tests.policy.knowledge_at_hand import catalog, knowledge

TODAY = date(2026, 11, 22)
HEAD = "schema_version: 1\nname: ours\nextends: default\nwaivers:\n"
WHY = "reason: read by counsel, owner: legal, expires: 2026-12-31"


def policy(*lines):
    return rules.read(HEAD + "".join(f"  - {{{line}}}\n" for line in lines), catalog(), knowledge())


def problems(*lines):
    with pytest.raises(PolicyError) as caught:
        policy(*lines)
    return caught.value.problems


def test_a_waiver_turns_a_review_of_what_it_names_to_allow():
    ours = policy(f"slot: weights, code: LIC003, {WHY}")
    found = ours.waived(Slot.WEIGHTS, "LIC003", today=TODAY)
    assert found is not None
    assert (found.applied(Ruling.REVIEW), found.owner) == (Ruling.ALLOW, "legal")
    assert ours.waived(Slot.CODE, "LIC003", today=TODAY) is None
    assert ours.waived(Slot.WEIGHTS, "LIC004", today=TODAY) is None


def test_all_that_a_waiver_names_has_to_match():
    ours = policy(f"slot: code, code: LIC002, license: GPL-3.0-only, path: 'vendor/*', {WHY}")

    def waived(license_id, path):
        return ours.waived(Slot.CODE, "LIC002", license_id, None, path, today=TODAY)

    assert waived("GPL-3.0-only", "vendor/deep/a.c")
    assert not waived("GPL-2.0-only", "vendor/a.c")
    assert not waived("GPL-3.0-only", "src/a.c")
    assert not waived("GPL-3.0-only", None)


def test_a_deny_is_waived_only_where_the_waiver_says_so():
    mild = policy(f"slot: weights, license: CC-BY-NC-4.0, {WHY}")
    bold = policy(f"slot: weights, license: CC-BY-NC-4.0, to: review, {WHY}")
    asked = {"license": "CC-BY-NC-4.0", "today": TODAY, "ruling": Ruling.DENY}
    assert mild.waived(Slot.WEIGHTS, **asked) is None
    found = bold.waived(Slot.WEIGHTS, **asked)
    assert found is not None
    assert found.applied(Ruling.DENY) is Ruling.REVIEW


def test_a_waiver_counts_on_its_last_day_and_not_after():
    ours = policy(f"slot: data, dataset: coco, {WHY}")
    assert ours.waived(Slot.DATA, dataset="coco", today=date(2026, 12, 31))
    assert not ours.waived(Slot.DATA, dataset="coco", today=date(2027, 1, 1))


def test_what_is_over_and_what_matches_nothing_is_told():
    ours = policy(
        f"slot: data, dataset: coco, {WHY}",
        "slot: code, code: LIC008, reason: a, owner: b, expires: 2026-01-31",
    )
    over, unused = sorted(waivers.remarks(ours.waivers, [], TODAY), key=lambda remark: remark.waiver.expires)
    assert "expired on 2026-01-31" in over.text
    assert "code LIC008 in code" in over.text
    assert "matches nothing" in unused.text
    assert waivers.remarks(ours.waivers[:1], ours.waivers[:1], TODAY) == ()


def test_the_first_end_of_what_was_used_bounds_the_result():
    ours = policy(
        f"slot: data, dataset: coco, {WHY}",
        "slot: code, code: LIC008, reason: a, owner: b, expires: 2026-11-30",
    )
    assert waivers.valid_until(ours.waivers) == date(2026, 11, 30)
    assert waivers.valid_until([]) is None


@pytest.mark.parametrize("missing", ["reason", "owner", "expires"])
def test_a_waiver_without_reason_owner_or_end_is_refused(missing):
    kept = ", ".join(part for part in WHY.split(", ") if not part.startswith(missing))
    (problem,) = problems(f"slot: code, code: LIC008, {kept}")
    assert problem.startswith("policy.yaml:5:")
    assert f"`{missing}` is missing" in problem


def test_a_whole_slot_is_not_waived():
    assert any("name at least one of" in problem for problem in problems(f"slot: code, {WHY}"))


def test_a_waiver_does_not_deny():
    assert any("`to` is allow or review" in p for p in problems(f"slot: code, code: LIC008, to: deny, {WHY}"))


def test_two_waivers_for_one_thing_are_refused():
    (problem,) = problems(f"slot: code, code: LIC008, {WHY}", f"slot: code, code: LIC008, to: review, {WHY}")
    assert problem.startswith("policy.yaml:6:")
    assert "waived twice, first in waivers[0]" in problem


def test_a_waived_license_that_nobody_knows_is_refused_with_the_closest():
    (problem,) = problems(f"slot: code, license: Apachee-2.0, {WHY}")
    assert "did you mean `Apache-2.0`?" in problem


@given(st.sampled_from(list(Ruling)), st.sampled_from([None, Ruling.ALLOW, Ruling.REVIEW]))
def test_a_waiver_never_makes_anything_stricter(ruling, to):
    waiver = Waiver(slot=Slot.CODE, code="LIC002", to=to, reason="a", owner="b", expires=TODAY)
    assert waiver.applied(ruling).rank <= ruling.rank
    assert ruling is not Ruling.DENY or to is not None or waiver.applied(ruling) is Ruling.DENY
