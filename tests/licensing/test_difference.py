"""The license difference between two states: what came, went and changed, and what of it is for the gate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.cli.formats import Format, Report, StepResult, render
from maxctl.core.findings import Severity
from maxctl.core.manifest import Result
from maxctl.core.slot import Slot
from maxctl.core.stage import Outcome, Verdict
from maxctl.licensing.difference import FileLicense, State, between
from maxctl.licensing.difference_findings import findings
from maxctl.licensing.license_codes import COMPARED
from maxctl.policy.ruling import Ruling
from tests.licensing.judged import base, claim, dataset, facts, slot

DUTY = {"slot": "weights", "license": "llama3", "text": "show `Built with Llama`"}


def differing(before, after, files=(None, None)):
    return between(State("v1", before, files[0]), State("now", after, files[1]))


def changes(before, after, files=(None, None)) -> list[tuple]:
    return [
        (one.of, one.turn, one.name, one.before, one.after) for one in differing(before, after, files).changes
    ]


def found(before, after, fail_on: Ruling = Ruling.DENY, files=(None, None)) -> list[tuple[str, Severity]]:
    return [(one.code, one.severity) for one in findings(differing(before, after, files), fail_on)]


@pytest.mark.parametrize(
    ("before", "after", "fail_on", "code", "severity"),
    [
        (slot(), slot("deny", "CC-BY-NC-4.0"), "deny", "LIC020", Severity.ERROR),
        (slot("review", "a"), slot("deny", "b"), "deny", "LIC020", Severity.ERROR),
        (slot(), slot("review", "OpenRAIL"), "deny", "LIC020", Severity.WARNING),
        (slot(), slot("review", "OpenRAIL"), "review", "LIC020", Severity.ERROR),
        (slot("deny", "a"), slot("deny", "b"), "deny", "LIC021", Severity.WARNING),
        (slot("deny", "a"), slot(), "deny", "LIC021", Severity.WARNING),
        (slot(), slot(concluded="Apache-2.0"), "review", "LIC021", Severity.WARNING),
        (None, slot("deny", "CC-BY-NC-4.0"), "deny", "LIC020", Severity.ERROR),
        (None, slot(), "deny", "LIC021", Severity.WARNING),
        (slot("deny", "a"), None, "deny", "LIC021", Severity.WARNING),
    ],
)
def test_a_slot_that_got_worse_is_for_the_gate_and_another_change_is_to_be_looked_at(
    before, after, fail_on: str, code: str, severity: Severity
) -> None:
    then, now = (facts(**({"weights": one} if one else {})) for one in (before, after))
    assert found(then, now, Ruling(fail_on)) == [(code, severity)]


def test_nothing_is_told_where_nothing_changed_though_all_is_denied() -> None:
    same = facts("deny", (DUTY,), weights=slot("deny", "X", claims=[claim("X")], datasets=[dataset("coco")]))
    files = (FileLicense("LICENSE", "1", "MIT"), FileLicense("a.py", "1", None))
    told = differing(same, same, (files, files[::-1]))
    assert told.changes == () and findings(told, Ruling.DENY) == () and told.files_compared
    assert all(one.same for one in told.slots.values())


def test_the_slots_are_told_then_and_now() -> None:
    told = differing(
        facts(code=slot()), facts("deny", code=slot("deny", "CC-BY-NC-4.0"), data=slot("review", None))
    )
    code, data = told.slots[Slot.CODE], told.slots[Slot.DATA]
    assert (code.verdict_before, code.concluded_before, code.verdict_after, code.concluded_after) == (
        "allow", "MIT", "deny", "CC-BY-NC-4.0",
    )  # fmt: skip
    assert (data.verdict_before, data.verdict_after, data.worse) == (None, "review", True)
    assert (told.verdict_before, told.verdict_after) == ("allow", "deny")


def test_claims_come_go_and_change_and_may_move() -> None:
    then = slot(
        claims=[claim("MIT", line=3), claim("MIT", "setup.py", 7, "classifier"), claim("GPL", "old.md")]
    )
    now = slot(
        claims=[claim("MIT", line=9), claim("BSD", "setup.py", 8, "classifier"), claim("CC0", "new.md")]
    )
    assert sorted(changes(facts(code=then), facts(code=now))) == [
        ("claim", "came", "new.md", None, "CC0"),
        ("claim", "changed", "setup.py", "MIT", "BSD"),
        ("claim", "went", "old.md", "GPL", None),
    ]


def test_a_claim_that_stands_once_more_came_once() -> None:
    then, now = (slot(claims=[claim("MIT", line=n) for n in range(many)]) for many in (1, 3))
    assert changes(facts(code=then), facts(code=now)) == [("claim", "came", "README.md", None, "MIT")] * 2


def test_a_claim_that_names_no_known_license_is_told_in_its_own_words() -> None:
    odd = {**claim(None), "stated": "do what you like"}
    assert changes(facts(code=slot()), facts(code=slot(claims=[odd])))[0][4] == "do what you like"


def test_data_sets_and_obligations_come_go_and_are_judged_otherwise() -> None:
    then = facts(data=slot(datasets=[dataset("coco"), dataset("voc"), dataset("same")]))
    now = facts(
        obligations=(DUTY,), data=slot(datasets=[dataset("coco", "deny"), dataset("same"), dataset("faces")])
    )
    assert changes(then, now) == [
        ("data set", "changed", "coco", "not stated (review)", "not stated (deny)"),
        ("data set", "came", "faces", None, "not stated (review)"),
        ("data set", "went", "voc", "not stated (review)", None),
        ("obligation", "came", "show `Built with Llama`", None, "llama3"),
    ]
    assert changes(now, then)[-1] == ("obligation", "went", "show `Built with Llama`", "llama3", None)


def test_a_base_model_under_another_license_is_told() -> None:
    then, now = (facts(weights=slot(base_models=[base("llama", one)])) for one in ("llama2", "llama3"))
    assert changes(then, now) == [("base model", "changed", "llama", "llama2 (review)", "llama3 (review)")]
    assert found(then, now) == [("LIC024", Severity.WARNING)]


def test_a_claim_about_another_checkpoint_is_another_claim() -> None:
    then, now = ([{**claim("MIT"), "about": one}] for one in ("small", "large"))
    turns = [one[1] for one in changes(facts(weights=slot(claims=then)), facts(weights=slot(claims=now)))]
    assert sorted(turns) == ["came", "went"]


def test_files_are_told_by_their_license_and_license_texts_by_their_words() -> None:
    then = (
        FileLicense("LICENSE", "1", "MIT"),
        FileLicense("a.py", "1", "MIT"),
        FileLicense("b.py", "1", None),
        FileLicense("gone.py", "1", "GPL-2.0-only"),
        FileLicense("third/COPYING", "1", "MIT"),
    )
    now = (
        FileLicense("LICENSE", "2", "MIT"),
        FileLicense("a.py", "2", "MIT"),
        FileLicense("b.py", "2", "BSD-3-Clause"),
        FileLicense("new/LICENSE.txt", "1", None),
        FileLicense("plain.py", "1", None),
    )
    told = differing(facts(), facts(), (then, now))
    assert [(one.of, one.turn, one.name, one.before, one.after) for one in told.changes] == [
        ("text", "changed", "LICENSE", "MIT", "MIT"),
        ("file", "changed", "b.py", None, "BSD-3-Clause"),
        ("file", "went", "gone.py", "GPL-2.0-only", None),
        ("text", "came", "new/LICENSE.txt", None, None),
        ("text", "went", "third/COPYING", "MIT", None),
    ]
    severities = [one.severity for one in findings(told, Ruling.DENY)]
    assert severities == [Severity.NOTE, *[Severity.WARNING] * 4]


def test_without_a_list_of_files_they_are_not_said_to_have_gone() -> None:
    told = differing(facts(), facts(), (None, [FileLicense("LICENSE", "1", "MIT")]))
    assert told.changes == () and not told.files_compared


def test_the_same_change_in_many_files_is_one_finding_that_names_some() -> None:
    then, now = ([FileLicense(f"{n:03}.py", "1", license_) for n in range(800)] for license_ in (None, "MIT"))
    (one,) = findings(differing(facts(), facts(), (then, now)), Ruling.DENY)
    assert one.message == "800 files changed since v1: 000.py, 001.py, 002.py and 797 more (nothing → MIT)"
    assert str(one.place) == "000.py"


def test_what_went_is_told_without_a_place_that_is_not_there() -> None:
    (one,) = findings(
        differing(facts(code=slot(claims=[claim("MIT", "old.md")])), facts(code=slot())), Ruling.DENY
    )
    assert one.place is None and "old.md" in one.message and "went" in one.message


def test_a_verdict_that_another_policy_gave_says_so() -> None:
    told = differing(facts(code=slot(), policy="a"), facts("deny", code=slot("deny"), policy="b"))
    assert told.policy_changed and "the policy differs" in findings(told, Ruling.DENY)[0].message


def test_every_finding_has_a_code_that_explains_it() -> None:
    assert [code.code for code in COMPARED] == [f"LIC02{n}" for n in range(8)]


@pytest.mark.parametrize("format_", list(Format))
def test_every_format_tells_the_difference(format_: Format) -> None:
    before, after = facts(weights=slot()), facts("deny", (DUTY,), weights=slot("deny", "CC-BY-NC-4.0"))
    told = differing(before, after)
    outcome = Outcome.judge(findings(told, Ruling.DENY), told)
    assert outcome.verdict is Verdict.FAILED
    result = Result(verdict=outcome.verdict, findings=outcome.findings, facts=told.model_dump(mode="json"))
    step = StepResult("scan-license", "scan-license", "ran", result, facts=told)
    text = render(Report("scan-license .", (step,)), format_, 140)
    assert "was allow (MIT) at v1, and is deny (CC-BY-NC-4.0) now" in text.replace("&#45;", "-")


CLAIMS = st.lists(
    st.builds(claim, st.sampled_from(["MIT", "GPL", None]), st.sampled_from(["a", "b"]), st.integers(1, 3)),
    max_size=6,
)


@given(then=CLAIMS, now=CLAIMS)
def test_each_claim_that_differs_is_told_once_and_the_way_back_tells_the_reverse(
    then: list, now: list
) -> None:
    before, after = facts(code=slot(claims=then)), facts(code=slot(claims=now))
    there, back = changes(before, after), changes(after, before)
    assert changes(before, before) == []
    came, went = (sum(one[1] in ("changed", turn) for one in there) for turn in ("came", "went"))
    assert came - went == len(now) - len(then)
    reverse = {"came": "went", "went": "came", "changed": "changed"}
    assert sorted(map(str, ((of, reverse[turn], name, b, a) for of, turn, name, a, b in back))) == sorted(
        map(str, there)
    )
