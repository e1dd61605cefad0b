"""The license report: every statement leads to its line and back, hostile text stays text, nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.licensing.papers import excerpts, html, places, wording
from tests.licensing import paper_sample
from tests.licensing.paper_sample import DOCUMENT, document, lines

HOSTILE = (
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    '"><a href="javascript:alert(1)">',
    "\x1b[31mred\x1b]8;;http://evil.example\x07",
    "safe\u202egpj.exe",
    "zero\u200bwidth",
    "{{ 7 * 7 }}",
    "two\nlines",
    "\udcff",
)


class Page(HTMLParser):
    """The elements of a page, with what is open, and the text of it."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def page(told: dict | None = None, read=lines) -> Page:
    return Page(html.render(told or DOCUMENT, read))


def poisoned(value, poison: str):
    """Return a document with the poison in every text that is not a key of maxctl's own."""
    own = {
        "verdict",
        "ruling",
        "confidence",
        "use_case",
        "delivery",
        "slot",
        "kind",
        "severity",
        "sha256",
        "schema",
    }
    if isinstance(value, dict):
        return {k: v if k in own and isinstance(v, str) else poisoned(v, poison) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(one, poison) for one in value]
    return f"{value}{poison}" if isinstance(value, str) else value


def test_a_page_holds_everything_and_may_do_nothing():
    text = html.render(DOCUMENT, lines)
    found = Page(text)
    assert found.open == []
    names = {tag for tag, _ in found.tags}
    assert not names & {"script", "link", "img", "iframe", "form", "object", "base"}
    assert not found.values("style") and not re.search(r"@import|url\(", text)
    policy = next(a["content"] for t, a in found.tags if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_the_same_evaluation_is_the_same_page():
    assert html.render(DOCUMENT, lines) == html.render(json.loads(json.dumps(DOCUMENT)), lines)


def test_every_link_inside_the_page_leads_somewhere_and_no_anchor_is_there_twice():
    found = page()
    anchors = found.values("id")
    assert len(anchors) == len(set(anchors))
    targets = [one[1:] for one in found.values("href") if one.startswith("#")]
    assert targets and set(targets) <= set(anchors)


def test_every_statement_shows_its_line_and_the_line_leads_back():
    text = html.render(DOCUMENT, lines)
    number = paper_sample.line("README.md", "non-commercial")
    anchor = re.search(rf'<li id="(source-\d+-{number})" class="hit">.*?</li>', text, re.DOTALL)
    assert "<mark>The weights of chartreader-8b-web may be used" in anchor[0]
    assert f'href="#{anchor[1]}"><bdi>README.md:{number}</bdi>' in text
    for back in ("weights-reason-1", "weights-claim-2", "weights-conflict-2", "task-1"):
        assert f'href="#{back}"' in anchor[0]
        assert f'id="{back}"' in text


def test_every_part_of_the_evaluation_is_told():
    text = page().text
    for told in (
        "Commercial use is not allowed as it stands", "Publishing asks for a recorded legal approval",
        "served over a network and handed to others", "maxctl default", "nothing of this kind to judge",
        "whether Harbor Vision Lab has a license of its own from Meta", "Waived by open-source office",
        "wider-face", "CC-BY-NC-ND-4.0", "meta-llama/Llama-3.1-8B", "2027-06-30", "Built with Llama",
        "Ask who drew the charts in samples/.", "names a family of licenses and not one of them",
        "assets/legacy.rar could not be looked into", "general.license = llama3.1", "The scanner alone reads",
        "leave this checkpoint out, or get a commercial license", "match 98.4 %",
    ):  # fmt: skip
        assert told in text, told


def test_terms_that_nobody_read_are_told_so():
    told = document()
    told["slots"]["data"]["datasets"][0]["evidence"] = "known"
    assert page(told).text.count("verify before quoting") == page().text.count("verify before quoting") + 1


def test_a_finding_that_is_a_reason_already_is_not_told_twice():
    text = page().text
    assert "LIC012, warning." in text and "LIC001, error." not in text


def test_a_waived_reason_is_not_told_again_as_a_finding():
    told = document()
    reason = told["slots"]["weights"]["reasons"][1]
    message = f"{reason['text']} (waived by {reason['waived_by']})"
    finding = {"code": reason["code"], "severity": "warning", "subject": "weights", "message": message}
    told["findings"].append({**finding, "remedy": None, "place": None})
    assert "LIC002, warning." not in page(told).text


def test_a_task_that_repeats_a_point_to_settle_is_left_out():
    told = document()
    reason = told["slots"]["samples"]["reasons"][0]
    text = f"{reason['text']}: {reason['change']}"
    told["tasks"] = [{"slot": "samples", "text": text, "place": None}]
    assert "Tasks for the reviewer" not in page(told).text
    told["tasks"].append({"slot": "samples", "text": "Call the owner", "place": None})
    assert "Samples. Call the owner." in page(told).text and f"{text}." not in page(told).text


def test_what_a_project_fetched_is_named_as_its_readers_know_it():
    told = document()
    told["slots"]["code"]["claims"][0]["path"] = ".maxctl/out/fetch/sources/x/LICENSE"
    found = page(told, lambda path: lines("LICENSE") if path.startswith(".maxctl") else lines(path))
    assert "sources/x/LICENSE:1" in found.text and ".maxctl" not in found.text


def test_headings_go_down_one_step_at_a_time_and_tables_name_their_columns():
    found = page()
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    headers = [attrs for tag, attrs in found.tags if tag == "th"]
    assert headers and all(attrs.get("scope") in ("col", "row") for attrs in headers)
    assert next(attrs for tag, attrs in found.tags if tag == "html")["lang"] == "en"


@pytest.mark.parametrize("poison", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(poison):
    tree = {path: f"{text}\n{poison}" for path, text in paper_sample.TREE.items()}
    told = poisoned(DOCUMENT, poison)
    told["slots"]["code"]["claims"][0] |= {"path": "README.md", "line": 9}

    def read(path: str) -> list[str]:
        return [f"{one} {poison}" for one in tree.get(path, tree["README.md"]).splitlines()]

    text = html.render(told, read)
    found = Page(text)
    assert found.open == []
    text.encode("utf-8")
    plain = page()
    assert {tag for tag, _ in found.tags} == {tag for tag, _ in plain.tags}
    assert {name for _, attrs in found.tags for name in attrs} <= {
        n for _, attrs in plain.tags for n in attrs
    }
    assert all(one.startswith(("#", "https://")) for one in found.values("href"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]", text)
    assert places.words(poison) in found.text


def test_only_a_web_address_becomes_a_link():
    told = document()
    sets = told["slots"]["data"]["datasets"]
    sets[0]["source"], sets[1]["source"] = "javascript:alert(1)", "https://x.example/a'onclick='b"
    outside = {one for one in page(told).values("href") if not one.startswith("#")}
    assert outside == {paper_sample.WEB}
    assert "javascript:alert(1)" in page(told).text


def test_a_minified_line_is_cut_around_what_matters():
    text = html.render(DOCUMENT, lines)
    hit = re.search(
        r'<li id="source-\d+-1" class="hit">(?:(?!</li>).)*viewer authors.*?</li>', text, re.I | re.S
    )[0]
    assert len(hit) < 1500
    assert "<mark>released under the MIT license</mark>" in hit
    assert "cut; the line has 48,0" in hit


def test_a_license_text_of_many_lines_is_not_shown_in_full():
    text = page().text
    assert "The text found at line 1 goes on to line 21." in text
    assert "AUTHORS OR COPYRIGHT HOLDERS" not in text


def test_a_line_that_is_not_in_the_file_is_told():
    told = document()
    told["slots"]["code"]["claims"][0]["line"] = 99
    assert "Line 99 is not in this file, which has 21 lines." in page(told).text


def test_a_thousand_files_are_still_light_and_folded():
    text = html.render(paper_sample.large(1000), lines)
    assert len(text) < 250_000
    assert "src/part_024/module_00999.py" in text
    assert all("open" not in attrs for tag, attrs in Page(text).tags if tag == "details")


def test_what_is_not_shown_of_very_many_files_is_counted():
    text = html.render(paper_sample.large(html.SHOWN_FILES), lines)
    assert "8 more files stand in" in text


def test_a_license_in_hundreds_of_places_shows_some_and_lists_the_rest():
    told = document()
    one = told["slots"]["code"]["evidence"][4]
    told["slots"]["code"]["evidence"] += [
        {**one, "path": f"src/{number:03}.py", "score": 90.0} for number in range(300)
    ]
    text = page(told, lambda path: lines(path) or ["# Licensed under the Apache License"] * 9).text
    assert "in 301 places" in text and "293 more places" in text and "src/299.py:3" in text


def test_a_waived_point_is_not_among_the_points_to_settle():
    points = wording.points(DOCUMENT)
    assert [(slot, number) for slot, number, _ in points] == [
        ("weights", 1), ("weights", 3), ("data", 1), ("data", 2), ("samples", 1),
    ]  # fmt: skip


def test_the_verdict_is_said_in_words():
    assert wording.summary(DOCUMENT) == (
        "One point stands against it, and 4 more points have to be decided by a person. "
        "Denied: weights; to review: training data, samples; allowed: code."
    )
    allowed = paper_sample.allowed()
    assert (wording.headline(allowed), wording.summary(allowed)) == (
        "Commercial use is allowed", "Nothing that was found stands against it.",
    )  # fmt: skip
    assert "legal approval" not in page(allowed).text and "Points to settle" not in page(allowed).text


def test_the_gravest_reason_comes_first_and_keeps_its_number():
    reasons = [{"ruling": ruling} for ruling in ("allow", "review", "deny", "review")]
    assert [number for number, _ in wording.ordered(reasons)] == [3, 2, 4, 1]


def test_an_unknown_kind_of_obligation_keeps_its_name():
    assert wording.kind("state_changes") == "State changes"


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("a/b.py:12", ("a/b.py", 12)), ("a/b.py", ("a/b.py", None)), ("C:x", ("C:x", None)),
        ("https://x.example:443", ("https://x.example:443", None)),
        ("https://x.example/LICENSE:3", ("https://x.example/LICENSE", 3)), ("a:b:7", ("a:b", 7)),
    ],
)  # fmt: skip
def test_places_are_read(text, spot):
    assert places.read(text) == spot


@given(st.text(), st.text(min_size=1, max_size=30), st.text())
def test_whatever_is_marked_is_what_was_asked_for(before, wanted, after):
    line = f"{before}{wanted}{after}".replace("\t", " ").removeprefix("\ufeff")
    told = excerpts.pieces(line, [(wanted.replace("\t", " "),)])
    assert len("".join(piece.text for piece in told)) <= max(len(line), 2 * excerpts.LONGEST + 20)
    if len(line) <= excerpts.LONGEST:
        assert "".join(piece.text for piece in told) == line
    if wanted.strip().rstrip("…").split() and wanted.isascii():
        marked = "".join(piece.text for piece in told if piece.marked)
        assert marked.split() and marked.casefold() in line.casefold()


@given(st.lists(st.tuples(st.text("ab ", max_size=6)), max_size=5), st.text("ab ", max_size=900))
def test_a_cut_line_shows_its_parts_in_order_and_none_twice(texts, line):
    shown = "".join(piece.text for piece in excerpts.pieces(line, texts))
    rest = line
    for part in shown.split("…"):
        kept = part.strip(" ")
        assert kept in rest
        rest = rest[rest.index(kept) + len(kept) :]


def test_departures_of_one_file_for_one_reason_are_told_together():
    told = json.loads(json.dumps(DOCUMENT))
    slot = next(slot for slot in told["slots"].values() if slot["differs"])
    (one,) = slot["differs"]
    lock = {**one, "why": "a lock file repeats the licenses of other packages", "concluded": None}
    slot["differs"] = [one, *({**lock, "line": n, "detected": ("MIT", "ISC")[n % 2]} for n in range(1, 13))]
    found = page(told)
    assert found.text.count("a lock file repeats the licenses of other packages.") == 1
    assert found.text.count("The scanner reads") == 2
    assert "The scanner reads ISC , MIT ; concluded was nothing" in found.text
    cited = {one for one in found.text.split() if one.startswith(f"{lock['path']}:")}
    assert {f"{lock['path']}:{n}" for n in range(1, 13)} <= cited
    targets = [one[1:] for one in found.values("href") if one.startswith("#")]
    assert set(targets) <= set(found.values("id"))
