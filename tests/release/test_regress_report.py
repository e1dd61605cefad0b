"""The report: everything in one page, hostile text escaped, the same bytes each time."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from maxctl.golden.run import NoAnswer, run_suite
from maxctl.golden.suite import Suite
from maxctl.release import regress_report
from tests.golden import suites
from tests.golden.suites import CAT, COFFEE, CUP, answer, found

HOSTILE = "<script>alert(1)</script>"


def page(suite: Suite, answers: dict[str, object], target: str = "service") -> str:
    def ask(cases, hear) -> None:
        for id_, response in answers.items():
            hear(id_, response)

    return regress_report.render(suite, run_suite(ask, suite), target)


class Tags(HTMLParser):
    """Collects the elements of a page, and says which were left open."""

    VOID = frozenset({"meta", "img", "input", "br", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def named(self, tag: str, name: str | None = None) -> list[dict[str, str | None]]:
        return [
            attrs for found, attrs in self.found
            if found == tag and (name is None or name in (attrs.get("class") or "").split())
        ]  # fmt: skip


def test_a_page_holds_everything_and_asks_nothing_of_the_network(tmp_path: Path) -> None:
    text = page(suites.suite(tmp_path), {"coffee": COFFEE, "cat": CAT})
    tags = Tags(text)
    assert tags.open == []
    assert not tags.named("script") and not tags.named("link")
    assert [image["src"][:22] for image in tags.named("img")] == ["data:image/png;base64,"] * 2
    assert not re.search(r"https?://|@import|url\(", text)
    policy = next(m["content"] for m in tags.named("meta") if m.get("http-equiv"))
    assert "default-src 'none'" in str(policy)


def test_labels_and_messages_are_escaped(tmp_path: Path) -> None:
    evil = answer(found(HOSTILE, 0.9, 0.1, 0.1, 0.5, 0.5))
    suite = suites.suite(tmp_path, {"coffee": evil, "cat": CAT, "dog": CAT}, made_by={HOSTILE: HOSTILE})
    renamed = answer(found('"><img src=x onerror=alert(1)>', 0.95, 0.2, 0.2, 0.8, 0.8))
    text = page(suite, {"coffee": evil, "cat": renamed, "dog": NoAnswer(HOSTILE)}, HOSTILE)
    tags = Tags(text)
    assert not tags.named("script")
    assert not any("onerror" in attrs for _, attrs in tags.found)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_expected_and_actual_boxes_stand_where_they_are(tmp_path: Path) -> None:
    moved = {**CUP, "detection_box": [0.2, 0.3, 0.6, 1.4]}
    tags = Tags(page(suites.suite(tmp_path, {"coffee": answer(CUP)}), {"coffee": answer(moved)}))
    (expected,), (actual,) = tags.named("rect", "expected"), tags.named("rect", "actual")
    assert [expected[key] for key in ("y", "x", "height", "width")] == ["100.0", "100.0", "400.0", "400.0"]
    # what lies outside of the picture is cut off
    assert [actual[key] for key in ("y", "x", "height", "width")] == ["200.0", "300.0", "400.0", "700.0"]


def test_the_numbers_that_decided_are_marked(tmp_path: Path) -> None:
    worse = answer({**CUP, "probability": 0.84})
    text = page(suites.suite(tmp_path), {"coffee": worse, "cat": CAT})
    assert "1 of 2 cases not answered as expected" in text
    assert '<td class="num off">-0.0600</td>' in text
    assert '<span class="badge bad">score off</span>' in text
    assert '<span class="badge bad">missing</span>' in text
    assert '<span class="badge good">same</span>' in text
    assert "-0.0000" not in text and "+0.0000" not in text


def test_failed_cases_can_be_filtered_without_a_script(tmp_path: Path) -> None:
    suite = suites.suite(tmp_path)
    some = page(suite, {"coffee": answer(), "cat": CAT})
    assert 'for="only"' in some and "#only:checked ~ article.passed" in some
    assert [a["class"] for a in Tags(some).named("article")] == ["failed", "passed"]
    assert 'for="only"' not in page(suite, {"coffee": COFFEE, "cat": CAT})


def test_a_case_without_an_answer_shows_what_was_expected(tmp_path: Path) -> None:
    suite = suites.suite(tmp_path, {"cat": CAT})
    text = page(suite, {"cat": NoAnswer("connection refused")})
    assert "connection refused" in text
    assert len(Tags(text).named("rect", "expected")) == 1
    assert not Tags(text).named("table")


def test_an_input_that_no_browser_shows_is_left_out(tmp_path: Path) -> None:
    suite = suites.suite(tmp_path, {"cat": CAT})
    (tmp_path / "picture.png").write_bytes(b"RAW sensor data")
    text = page(suite, {"cat": CAT})
    assert not Tags(text).named("img") and "no picture that a browser shows" in text


def test_nothing_expected_and_nothing_found_is_said(tmp_path: Path) -> None:
    text = page(suites.suite(tmp_path, {"empty": answer()}), {"empty": answer()})
    assert "Nothing is expected here, and nothing was found." in text
    assert "The case is answered as expected" in text


def test_answers_without_boxes_are_told_by_what_was_compared(tmp_path: Path) -> None:
    wolf = {"status": "ok", "predictions": [{"label": "wolf", "probability": 0.9}]}
    suite = replace(suites.suite(tmp_path, {"wolf": wolf}), task="image-classification")
    close = {"status": "ok", "predictions": [{"label": "wolf", "probability": 0.8999}]}
    text = page(suite, {"wolf": close})
    assert "2 values compared: all the same; numbers are off by at most 0.0001." in text
    assert "nothing was found" not in text and "IoU" not in text and "Boxes" not in text
    cat = {"status": "ok", "predictions": [{"label": "cat", "probability": 0.8999}]}
    text = page(suite, {"wolf": cat})
    assert "2 values compared: 1 the same, 1 changed; numbers are off by at most 0.0001." in text
    assert "predictions[0].label &#39;cat&#39;, expected &#39;wolf&#39;" in text
