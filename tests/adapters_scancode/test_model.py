"""Answers as they are kept."""

from hypothesis import given
from hypothesis import strategies as st

from maxctl.adapters.scancode.model import Answer, Found, found

texts = st.text(max_size=20)
founds = st.builds(Found, texts, st.floats(0, 100), st.integers(1, 9), st.integers(1, 9), texts)


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
    }


def test_a_detection_stands_where_its_own_matches_stand():
    matches = [match(9, 10, 80.0, "See LICENSE", "tree/a.py"), match(1, 300, 100.0, "MIT", "tree/LICENSE")]
    detection = {"license_expression_spdx": "MIT", "matches": matches}
    assert found([detection], "a.py") == (Found("MIT", 80.0, 9, 10, "See LICENSE"),)
