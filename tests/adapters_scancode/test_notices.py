"""The search for copyright notices finds what scancode's own functions find, in texts made to tell them apart."""

import random
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.adapters.scancode import candidate_lines, keys, late_imports, notice_tables, sections
from maxctl.adapters.scancode.copyrights import Copyrights

pytest.importorskip("cluecode.copyrights")
from cluecode import copyrights as scancode

pytestmark = pytest.mark.slow

PIECES = (
    "Copyright", "copyright", "COPYRIGHT", "(c)", "(C)", "( C)", "(*C)", "(|c)", "(#c)", "©", "&copy;", "&copy",
    "&#169;", "&#xA9;", "\\xa9", "\\XA9", "u00A9", "xa9;", "<A9>", "|copy|", "|", "opyr", "op*yr", "o\\xc2pyr",
    "co<s>pyright", "co&lt;s&gt;pyright", "</s>", "<s/>", "<s>", "\\xc2", "Â", "auth", "au<s>thor", "Author:",
    "written by", "by", "byte", "by\t", "by*", "by|", "byyear>", "bymailto:x", "by\\n", "by,", "by<s>",
    "mailto:", "<year>", "year>", "<name>", "<insert ", "right", "rights reserved", "All Rights Reserved.",
    "Rechte vorbehalten.", "reserv", "re*serv", "devel", "1999", "2004", "20*04", "2004-2010", "1998,",
    "(1970)", "12004", "2004x", "2039", "'99", "http://x.org", "<http", "jo@example.org",
    "Free Software Foundation, Inc.", "Jane Q. Doe", "Google LLC", "IBM Corp.", "The Authors", "and", "#", "//",
    "/*", "*/", "*", "--", "dnl ", "rem ", "@rem ", ". ", ",", "''", '"', '\'""', "%s", " %d ", "\\t", "\\0",
    "\\ co", "(co ", '."', "],", "')", '("', "[?]", "\r", "\x0c", "\x1d", "é", "ａｕｔｈ", "ſ", "K", "<a href=",
    "<b>", "</div>", "class=", "xmlns:", "<By", "<developer>", "> ", "&", "&amp;", "&gt",
    "SPDX-FileCopyrightText:", "SPDX-FileContributor:", "Licensed", "import os", "x = y + 1", "def f(c):",
    "abc)", "the", "of", "University", "", " ", "  ",
)  # fmt: skip
lines = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=9).flatmap(
    lambda pieces: st.sampled_from(["", " "]).map(lambda glue: glue.join(pieces))
)
texts = st.lists(lines, max_size=12).map(lambda found: list(enumerate(found, 1)))


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "index.bin"
    sections.write(path, {}, notice_tables.tables())
    return Copyrights(sections.Sections(path), None)


def expected(numbered):
    found = scancode.detect_copyrights_from_lines(list(numbered))
    return [one.copyright for one in found if isinstance(one, scancode.CopyrightDetection)]


def found(search, numbered):
    return [one for group in candidate_lines.groups(numbered) for one in search._in(group)]


@settings(max_examples=1200, deadline=None)
@given(texts)
def test_the_same_lines_are_candidates_and_are_cleaned_alike(numbered):
    assert list(candidate_lines.groups(numbered)) == list(scancode.collect_candidate_lines(numbered))


@settings(max_examples=1200, deadline=None)
@given(lines.filter(str.isascii))
def test_a_line_that_is_passed_over_is_none_that_scancode_takes(line):
    if not candidate_lines.suspicious([line])[0]:
        assert not scancode.is_candidate(scancode.prepare_text_line(line))


@settings(max_examples=600, deadline=None)
@given(numbered=texts)
def test_the_same_notices_are_found(search, numbered):
    assert found(search, numbered) == expected(numbered)


def test_notices_in_mutated_headers_are_the_same(search):
    header = [
        "/* Copyright (c) 1998, 2004-2010 Jane Q. Doe <jane@example.org> and others.",
        " * Portions copyright 2001 The Example Authors. All rights reserved.",
        " * Written by John Smith, based on work by the University of Example.",
        " * Licensed under the MIT license; see http://example.org/license for details. */",
    ]
    chance = random.Random(4)
    for _ in range(400):
        words = [line.split(" ") for line in header]
        for _ in range(chance.randint(1, 4)):
            line = chance.choice(words)
            at = chance.randrange(len(line) + 1)
            match chance.randrange(4):
                case 0 if line:
                    del line[min(at, len(line) - 1)]
                case 1:
                    line.insert(at, chance.choice(PIECES))
                case 2:
                    words.append(line[at:])
                    del line[at:]
                case _:
                    chance.shuffle(words)
        numbered = list(enumerate(map(" ".join, words), 1))
        assert found(search, numbered) == expected(numbered)


@pytest.mark.parametrize("mark", scancode.copyrights_hint.statement_markers)
def test_every_mark_of_scancode_leaves_a_trace(mark):
    assert candidate_lines.suspicious([f"x {mark} y"]) == b"\1"


def test_ascii_is_transliterated_to_itself_as_the_proof_assumes():
    ascii_text = "".join(map(chr, range(128)))
    assert scancode.toascii(ascii_text, translit=True) == ascii_text


def test_every_word_has_the_label_of_the_first_pattern_that_matches(search):
    from pygmars.lex import Lexer

    matchers = Lexer(scancode.PATTERNS)._matchers
    chance = random.Random(5)
    vocabulary = [*PIECES, *(pattern.strip("^$") for pattern, _ in scancode.PATTERNS)]
    for _ in range(1500):
        word = chance.choice(vocabulary)[:30] + chance.choice(["", "", ".", ",", "s", "1"])
        assert search._label(word) == next((label for match, label in matchers if match(word)), None)


@settings(max_examples=500, deadline=None)
@given(st.from_regex(r"\A<[a-cZ.]{0,9}[1>]?\n?\Z"))
def test_an_eased_pattern_matches_what_it_stands_for(word):
    for pattern, eased in notice_tables.EASED.items():
        assert pattern in dict(scancode.PATTERNS)
        assert bool(re.match(pattern, word)) == bool(re.match(eased, word))


def test_a_long_word_is_labelled_at_once(search):
    assert search._label("<" + "ei" * 200 + "e\x02N8") is not None


def test_stubs_give_way_to_what_they_stand_for(tmp_path):
    code = (
        "import sys; from pathlib import Path; from maxctl.adapters.scancode import late_imports\n"
        f"late_imports.install(Path({str(keys.site())!r}))\n"
        "from pdfminer.pdfparser import PDFSyntaxError, PDFParser\n"
        "assert 'pdfminer' not in sys.modules\n"
        "import io; PDFParser(io.BytesIO(b''))\n"
        "assert issubclass(PDFSyntaxError, Exception) and 'pdfminer' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert late_imports.LATE


def test_a_module_that_stands_alone_brings_the_rest_of_its_package_to_whoever_asks() -> None:
    code = (
        "import sys; from pathlib import Path; from maxctl.adapters.scancode import late_imports\n"
        f"late_imports.install(Path({str(keys.site())!r}))\n"
        "import commoncode.text\n"
        "text = 'caf\u00e9 \U0001f680 by somebody'\n"
        "assert commoncode.text.as_unicode(text.encode()) == text\n"
        "assert 'bs4.dammit' in sys.modules and 'bs4.builder' not in sys.modules\n"
        "import bs4\n"
        "assert bs4.BeautifulSoup('<b>x</b>', 'html.parser').b.string == 'x'\n"
        "assert 'bs4.builder' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
