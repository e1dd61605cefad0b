"""Joining manifests: which record wins, what is refused, and that order and grouping do not matter."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.core.findings import Finding, Severity
from maxctl.core.manifest import Key, MadeBy, Manifest, Output, Result, StepRecord
from maxctl.core.merge import Conflict, Difference, Joined, Part, join
from maxctl.core.stage import Verdict

NEEDS = {"fetch": (), "scan": ("fetch",), "check": ("fetch",), "pack": ("scan", "check"), "words": ()}
ORDER = ("fetch", "scan", "check", "pack")


def record(
    step: str,
    fact: str = "x",
    *,
    spec: str = "now",
    python: str = "3.11",
    verdict: str = "passed",
    **needs: str,
) -> StepRecord:
    """Return a record whose result is told by one fact; `spec` other than `now` can hold no more."""
    key = Key(
        digest=f"{step} {spec} {needs}", spec=spec, files="", options="", needs=needs, version=1, tools={}
    )
    result = Result(verdict=Verdict(verdict), facts={"fact": fact})
    return StepRecord(
        stage=step, key=key, result=result, made_by=MadeBy(maxctl="1", python=python, platform="l")
    )


def on(step: str, fact: str = "x", *, of: Iterable[StepRecord], **options: Any) -> StepRecord:
    """Return a record that hangs on the given ones."""
    return record(step, fact, **options, **{other.stage: other.result.digest() for other in of})


def hangs_on(step: str, found: StepRecord) -> tuple[str, ...] | None:
    return NEEDS[step] if found.key.spec == "now" else None


def manifest(*records: StepRecord) -> Manifest:
    return Manifest(schema_version=1, model="m", steps={record.stage: record for record in records})


def joined(*manifests: Manifest) -> Joined:
    return join([Part(f"{n}.yaml", m) for n, m in enumerate(manifests, 1)], hangs_on, ORDER)


def text(found: Manifest) -> str:
    return found.model_dump_json()


FETCH = record("fetch")
SCAN, CHECK = on("scan", of=[FETCH]), on("check", of=[FETCH])
PACK = on("pack", of=[SCAN, CHECK])


def test_parts_of_parallel_jobs_give_the_whole_in_the_order_of_the_pipeline() -> None:
    whole = manifest(FETCH, SCAN, CHECK, PACK)
    found = joined(manifest(FETCH, CHECK), manifest(PACK), manifest(SCAN, FETCH))
    assert text(found.manifest) == text(whole) and not found.conflicts
    assert found.chosen["fetch"].files == ("1.yaml", "3.yaml") and found.chosen["pack"].files == ("2.yaml",)


def test_a_step_that_no_pipeline_holds_stands_behind_those_it_needs() -> None:
    odd = record("words").model_copy(update={"stage": "aardvark"})
    late = on("pack", of=[odd])
    m = manifest(late, odd, FETCH)
    found = join([Part("1", m)], lambda step, record: None, ("fetch",))
    assert list(found.manifest.steps) == ["fetch", "aardvark", "pack"]


def test_who_made_a_record_is_no_difference_and_the_least_is_kept() -> None:
    newer = record("fetch", python="3.12")
    for pair in permutations([manifest(newer), manifest(FETCH)]):
        assert joined(*pair).manifest.steps["fetch"].made_by.python == "3.11"


@pytest.mark.parametrize("verdict", ["passed", "failed"])
def test_the_record_that_holds_wins_whatever_its_verdict(verdict: str) -> None:
    old, new = record("fetch", "old", spec="then"), record("fetch", "new", verdict=verdict)
    for pair in permutations([manifest(old), manifest(new)]):
        found = joined(*pair)
        assert found.manifest.steps["fetch"] == new
        assert [side.record for side in found.dropped["fetch"]] == [old]


def test_a_record_that_hangs_on_a_result_that_holds_no_more_loses() -> None:
    old = record("fetch", "old", spec="then")
    stale = on("scan", "stale", of=[old])
    found = joined(manifest(old, stale), manifest(FETCH, SCAN))
    assert found.manifest == manifest(FETCH, SCAN)


def test_a_record_that_hangs_on_other_steps_than_today_loses() -> None:
    found = joined(manifest(record("scan", "of a version that needed nothing")), manifest(FETCH, SCAN))
    assert found.manifest == manifest(FETCH, SCAN)


def test_two_different_results_that_hold_are_a_conflict_that_names_files_and_differences() -> None:
    other = on("scan", "other", of=[FETCH], verdict="failed")
    found = joined(manifest(FETCH, SCAN), manifest(FETCH, other), manifest(SCAN))
    (conflict,) = found.conflicts
    assert conflict.step == "scan" and conflict.fresh and not found.manifest.steps and not found.chosen
    assert sorted(side.files for side in conflict.sides) == [("1.yaml", "3.yaml"), ("2.yaml",)]
    parts = [difference.part for difference in conflict.differs]
    assert parts == ["result.verdict", "result.facts"]
    assert {"passed", "failed"} <= set(conflict.differs[0].what.split())


def test_what_hangs_on_a_conflict_is_not_named_again() -> None:
    other = on("scan", "other", of=[FETCH])
    packs = PACK, on("pack", "y", of=[other, CHECK])
    found = joined(manifest(FETCH, SCAN, CHECK, packs[0]), manifest(FETCH, other, CHECK, packs[1]))
    assert [conflict.step for conflict in found.conflicts] == ["scan"]


def test_nothing_that_may_hold_is_dropped_on_suspicion() -> None:
    one, two = on("scan", "one", of=[FETCH]), on("scan", "two", of=[record("fetch", "another")])
    (conflict,) = joined(manifest(one), manifest(two)).conflicts
    assert (conflict.step, conflict.fresh, conflict.waits_for) == ("scan", False, ("fetch",))
    assert Difference("key.needs", "fetch") in conflict.differs
    assert joined(manifest(one), manifest(two), manifest(FETCH)).manifest == manifest(FETCH, one)


def test_of_records_that_can_hold_no_more_one_is_kept_whatever_the_order() -> None:
    old = [record("fetch", fact, spec="then") for fact in "abc"]
    kept = {
        joined(*map(manifest, some)).manifest.steps["fetch"].result.facts["fact"]
        for some in permutations(old)
    }
    assert len(kept) == 1


def test_records_that_need_one_another_in_a_circle_are_joined_and_do_not_hold() -> None:
    one = record("scan", check="sha256:1")
    two = record("check", scan="sha256:2")
    assert set(joined(manifest(one), manifest(two)).manifest.steps) == {"scan", "check"}


@pytest.mark.parametrize(
    ("change", "part", "what"),
    [
        ({"key": {"spec": "other"}}, "key.spec", ""),
        ({"key": {"files": "other"}}, "key.files", ""),
        ({"key": {"options": "other"}}, "key.options", ""),
        ({"key": {"version": 2}}, "key.version", ""),
        ({"key": {"tools": {"ruff": "1"}}}, "key.tools", "ruff"),
        ({"key": {"needs": {"fetch": "other"}}}, "key.needs", "fetch"),
        ({"result": {"reason": "because"}}, "result.reason", "none or because"),
        ({"result": {"facts": {"fact": "y"}}}, "result.facts", "fact"),
        ({"result": {"facts": {"fact": "x", "more": None}}}, "result.facts", "more"),
        ({"result": {"outputs": (Output(path="a.txt", sha256="0"),)}}, "result.outputs", "a.txt"),
        (
            {"result": {"findings": (Finding("ABC001", Severity.NOTE, "a.py", "m", "r"),)}},
            "result.findings",
            "ABC001 a.py",
        ),
    ],
)
def test_each_part_that_differs_is_named(change: dict[str, dict[str, Any]], part: str, what: str) -> None:
    other = SCAN.model_copy(
        update={name: getattr(SCAN, name).model_copy(update=parts) for name, parts in change.items()}
    )
    both = [Part("1", manifest(FETCH, SCAN)), Part("2", manifest(FETCH, other))]
    found = join(both, lambda step, record: tuple(record.key.needs) if step == "scan" else None)
    (conflict,) = found.conflicts
    (difference,) = conflict.differs
    assert difference.part == part
    assert set(difference.what.split(" or ")) == set(what.split(" or "))


def test_manifests_of_two_models_and_none_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="one model"):
        joined(manifest(), Manifest(schema_version=1, model="other"))
    with pytest.raises(ValueError, match="one model"):
        joined()


# Records of a small world: few facts and keys, so that equal, stale, open and conflicting ones all come about.
@st.composite
def some_manifest(draw: st.DrawFn) -> Manifest:
    records: dict[str, StepRecord] = {}
    for step, needs in NEEDS.items():
        if draw(st.booleans()):
            facts = {need: draw(st.sampled_from(["a", "b"])) for need in needs}
            records[step] = record(
                step,
                draw(st.sampled_from(["a", "a", "b"])),
                spec=draw(st.sampled_from(["now", "now", "then"])),
                python=draw(st.sampled_from(["3.11", "3.12"])),
                **{need: record(need, fact).result.digest() for need, fact in facts.items()},
            )
    return manifest(*records.values())


def outcome(*manifests: Manifest) -> tuple[str, list[tuple[str, bool]]]:
    found = joined(*manifests)
    told: list[Conflict] = list(found.conflicts)
    return text(found.manifest), [(conflict.step, conflict.fresh) for conflict in told]


@given(st.lists(some_manifest(), min_size=1, max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_manifests_does_not_matter(manifests: list[Manifest], chance: random.Random) -> None:
    shuffled = manifests.copy()
    chance.shuffle(shuffled)
    assert outcome(*manifests) == outcome(*shuffled)


@given(some_manifest(), some_manifest(), some_manifest())
@settings(max_examples=120, deadline=None)
def test_the_grouping_does_not_matter_where_it_is_not_refused(a: Manifest, b: Manifest, c: Manifest) -> None:
    results = {text(whole.manifest) for whole in [joined(a, b, c)] if not whole.conflicts}
    for first, last in (((a, b), c), ((b, c), a), ((a, c), b)):
        half = joined(*first)
        if not half.conflicts:
            whole = joined(half.manifest, last)
            results |= {text(whole.manifest)} if not whole.conflicts else set()
    assert len(results) <= 1


@given(some_manifest())
@settings(max_examples=30, deadline=None)
def test_a_manifest_joined_with_itself_stays_as_it_is(a: Manifest) -> None:
    once = joined(a).manifest
    assert outcome(once, once) == outcome(a, a) == outcome(a) == (text(once), [])
    assert once.steps == a.steps


@given(some_manifest(), st.integers(min_value=1, max_value=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_parts_of_a_manifest_give_back_the_whole(whole: Manifest, parts: int, chance: random.Random) -> None:
    split = [
        manifest(*(r for r in whole.steps.values() if chance.randrange(parts) == 0)) for _ in range(parts)
    ] + [manifest(*(r for r in whole.steps.values() if chance.random() < 0.5)), whole]
    rest = {step for part in split[:-1] for step in part.steps}
    split[-1] = manifest(*(r for step, r in whole.steps.items() if step not in rest))
    assert outcome(*split) == (text(joined(whole).manifest), [])
