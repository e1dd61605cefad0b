"""Answers as they are kept."""

from hypothesis import given
from hypothesis import strategies as st

from maxctl.adapters.scancode.model import Answer, Found, Match, found

texts = st.text(max_size=20)
matches = st.builds(
    Match, texts, texts, st.floats(0, 100), st.floats(0, 100), *[st.integers(1, 9)] * 3, texts
)
founds = st.builds(
    Found,
    texts,
    st.floats(0, 100),
    st.integers(1, 9),
    st.integers(1, 9),
    texts,
    st.lists(matches, max_size=2).map(tuple),
)


@given(
    st.builds(
        Answer,
        st.none() | texts,
        *[st.lists(one, max_size=3).map(tuple) for one in (founds, texts, texts, texts)],
    )
)
def test_an_answer_is_read_as_it_was_written(answer):
    assert Answer.load(answer.dump()) == answer


def match(start, end, score, text, from_file=None):
    return {
        "start_line": start,
        "end_line": end,
        "score": score,
        "matched_text": text,
        "from_file": from_file,
        "rule_identifier": "mit.LICENSE",
        "license_expression_spdx": "MIT",
        "match_coverage": 95.0,
        "matched_length": 4,
        "matcher": "3-seq",
    }


def test_a_detection_stands_where_its_own_matches_stand():
    matches = [match(9, 10, 80.0, "See LICENSE", "tree/a.py"), match(1, 300, 100.0, "MIT", "tree/LICENSE")]
    detection = {"license_expression_spdx": "MIT", "matches": matches}
    (told,) = found([detection], "a.py")
    assert told == Found("MIT", 80.0, 9, 10, "See LICENSE", told.matches)


def test_a_detection_tells_each_of_its_own_matches_and_none_of_another_file():
    matches = [match(9, 10, 80.0, "See LICENSE", "tree/a.py"), match(1, 300, 100.0, "MIT", "tree/LICENSE")]
    (told,) = found([{"license_expression_spdx": "MIT", "matches": matches}], "a.py")
    assert told.matches == (Match("mit.LICENSE", "MIT", 80.0, 95.0, 4, 9, 10, "3-seq"),)
    (told,) = found([{"license_expression_spdx": "MIT", "matches": matches[1:]}], "a.py")
    assert told.matches == ()
