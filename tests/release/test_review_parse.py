"""Whatever stands in approvals/, reading it ends in an approval or in one printable sentence."""

import json

from hypothesis import given
from hypothesis import strategies as st

from maxctl.release.approval import Decision, MalformedError, parse, render, shown

WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DECISION = Decision.model_validate(
    {
        "model": "m",
        "version": "1.0.0",
        "role": "legal",
        "reviewer": "ada",
        "decision": "approve",
        "comment": "",
        "signed_on": "2026-01-02",
        "expires": None,
    }
)


def _ends_well(data: bytes) -> None:
    try:
        parse(data)
    except MalformedError as fault:
        assert str(fault).isprintable() and len(str(fault)) < 400


@given(st.binary(max_size=300))
def test_any_bytes_are_an_approval_or_malformed(data: bytes) -> None:
    _ends_well(data)


@given(JSON, st.sampled_from(["", "predicate", "subject", "_type", "comment", "expires", "signed_on"]))
def test_any_json_in_any_place_is_an_approval_or_malformed(value: object, place: str) -> None:
    whole = json.loads(render(DECISION, {"golden": "sha256:" + "0" * 64}))
    if place in whole:
        whole[place] = value
    elif place:
        whole["predicate"][place] = value
    _ends_well(json.dumps(whole if place else value).encode())


@given(WORDS, st.dictionaries(WORDS, HEX.map("sha256:{}".format), min_size=1, max_size=5))
def test_every_comment_and_subject_is_read_as_it_was_written(comment: str, subject: dict[str, str]) -> None:
    decision = DECISION.model_copy(update={"comment": comment})
    assert parse(render(decision, subject)) == (decision, subject)


@given(st.text(st.characters()))
def test_foreign_text_is_shown_printable(text: str) -> None:
    assert shown(text).isprintable()
    assert shown(text) == text or not text.isprintable()
