"""A document as its readers see it: what is shown is read, however it is written; what is hidden grants nothing."""

import pytest

from maxctl.licensing.claims.prose import MAX_LINE, cut

SAID = "The weights are for non-commercial use only."


def words(text):
    return " ".join(" ".join(sentence.text.split()) for sentence in cut(text).sentences)


@pytest.mark.parametrize(
    "before",
    [
        "```pip install foonet```",
        "````md\n```\n````",
        "~~~\n```\n~~~",
        "1. Run:\n   ```\n   python infer.py",
        "> ```\n> python infer.py",
        "```\npython infer.py\n```",
        "Title\n~~~~~\n\ntext\n\nOther\n~~~~~",
        "Use `<!--` to open a comment.",
        "<!-- a comment\n\nof two paragraphs -->",
        "<img src='x.png'\n     alt='y'\n>",
    ],
)
def test_what_stands_behind_a_block_is_read(before):
    assert SAID in words(f"{before}\n\n{SAID}\n")


def test_a_block_of_code_is_no_prose():
    document = cut(f"a\n\n```\n{SAID}\n```\n\n- b\n  ```\n  {SAID}\n  ```\n")
    assert SAID not in [sentence.text for sentence in document.sentences]
    assert [line for line, text in document.code if SAID in text] == [4, 9]


def test_a_block_that_is_never_closed_is_read_as_people_read_it():
    assert SAID in words(f"```\npip install x\n\n{SAID}\n")


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- The weights are MIT. -->",
        "<!--\nThe weights are MIT.\n\nThe weights are MIT.\n-->",
        "[//]: # (The weights are MIT.)",
        '[comment]: # "The weights are MIT."',
        "[//]: <> (The weights are MIT.)",
    ],
)
def test_comments_are_not_read_and_lines_keep_their_numbers(hidden):
    found = cut(f"{hidden}\n\nafter").sentences
    assert [(s.text, s.line) for s in found] == [("after", hidden.count("\n") + 3)]


def test_a_comment_that_is_never_closed_is_told():
    document = cut(f"before\n\n<!--\n{SAID}\n")
    assert [line for line, _ in document.problems] == [3]
    assert SAID not in words(f"before\n\n<!--\n{SAID}\n")


@pytest.mark.parametrize(
    "written",
    [
        "non\u2011commercial",
        "non\u2013commercial",
        "non-com\u00admercial",
        "non-commer\u200bcial",
        "ｎｏｎ-ｃｏｍｍｅｒｃｉａｌ",
        "non&#45;commercial",
        "**non**-**commercial**",
        "<b>non</b>-commercial",
        "non-<i>comm</i>ercial",
        "non-co<!-- x -->mmercial",
        "n\u043en-c\u043emmercial",
    ],
)
def test_a_word_is_read_however_it_is_written(written):
    assert "non-commercial" in words(f"For {written} use.")


@pytest.mark.parametrize(
    "kept", ["a \u2013 b", "2*3*4", "* item", "snake_case_name", "&lt;b&gt;", "µm and Δt", "кот и пёс"]
)
def test_ordinary_signs_stay(kept):
    document = cut(kept)
    assert [s.text for s in document.sentences] == [kept]
    assert document.problems == []


def test_words_of_two_alphabets_are_told():
    assert [line for line, _ in cut("a\n\nfor n\u043en-c\u043emmercial use").problems] == [3]


def test_hidden_text_that_speaks_of_licenses_is_told():
    assert cut('<span style="display:none">The weights are MIT.</span>').problems
    assert not cut('<span style="display:none">a menu</span> of pictures').problems


def test_quotes_are_read_over_their_lines():
    assert (
        words("> The weights are for non-\n> commercial use only.")
        == "The weights are for non- commercial use only."
    )


def test_the_words_for_a_picture_in_html_are_read():
    assert "Weights: non-commercial use only" in words(
        '<img alt="Weights: non-commercial use only" src="b.svg">'
    )


def test_a_long_line_is_read_in_parts():
    found = cut(f"first\n\n{'Some words. ' * 1000}{SAID}\n\nlast").sentences
    assert [s.line for s in found if s.text == SAID] == [3]
    assert found[-1].line == 5


def test_a_line_that_is_too_long_is_told_only_where_it_speaks_of_licenses():
    assert [line for line, _ in cut(f"a\n\n{'Some words. ' * 10_000}{SAID}").problems] == [3]
    assert not cut("Some words. " * 10_000).problems
    assert not cut(f"![x](data:image/png;base64,{'iVBORw0KGgo' * MAX_LINE})").problems


def test_a_long_paragraph_is_read_in_parts_line_by_line():
    found = cut("\n".join(f"package{n} 1.0 MIT License" for n in range(5000))).sentences
    assert max(len(s.text) for s in found) <= 2000
    assert sum(s.text.count("MIT License") for s in found) == 5000
    assert found[-1].line_at(len(found[-1].text)) == 5000
