"""License files that say more, or other, than the license in them; and copies that differ as any copy does."""

import time

import pytest

from maxctl.adapters.scancode import Found, Match, ScannedFile
from maxctl.core.progress import Silent
from maxctl.licensing import altered_files
from maxctl.licensing.altered import limits, special
from maxctl.licensing.license_words import MOST_CHANGES, Rules, differences, words
from maxctl.licensing.scan_license import ScanLicense
from tests.licensing.claims.at_hand import known
from tests.projects import write_tree

GRANT = """Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:
"""
REST = """
The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
BODY = GRANT + REST
HEAD = "MIT License\n\nCopyright (c) 2024 Foo\n\n"
MIT = HEAD + BODY
BSD = """Redistribution and use in source and binary forms, with or without modification,
are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice.

2. Neither the name of the copyright holder nor the names of its contributors may
be used to endorse or promote products derived from this software.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
ANY EXPRESS OR IMPLIED WARRANTIES ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT
HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DAMAGES.
"""


@pytest.fixture
def rules(tmp_path):
    texts = {"mit.LICENSE": BODY, "bsd.LICENSE": BSD, "title.LICENSE": "MIT License"}
    head = "---\nkey: x\n---\n\n"
    return Rules(write_tree(tmp_path, {f"licenses/{name}": head + text for name, text in texts.items()}))


@pytest.fixture
def told(rules):
    """Return what a text says, of which the scanner found the body from the line of its first word on."""

    def told(text, rule="mit.LICENSE", first="Permission", copyrights=()):
        lines = text.splitlines()
        start = next((n for n, line in enumerate(lines, 1) if first in line), 1)
        matches = [Match(rule, "MIT", 95.0, 100.0, 161, start, len(lines), "3-seq")]
        if "MIT License" in text:
            line = next(n for n, one in enumerate(lines, 1) if "MIT License" in one)
            matches.append(Match("title.LICENSE", "MIT", 100.0, 100.0, 2, line, line, "2-aho"))
        found = (Found("MIT", 100.0, 1, len(lines), "", tuple(matches)),)
        scanned = ScannedFile("LICENSE", "MIT", found, copyrights)
        return special(text, scanned, rules, lambda _: True, altered_files.limited(known()))

    return told


def test_a_license_as_it_stands_says_nothing_of_its_own(told):
    assert told(MIT) == []
    assert told(BSD, "bsd.LICENSE", "Redistribution") == []


@pytest.mark.parametrize(
    "words_of_its_own",
    [
        "Companies with more than 10 employees need a paid agreement.",
        "The Software may be used by natural persons and universities only.",
        "The Software shall be used for Good, not Evil.",
        "Abweichend davon ist die gewerbliche Nutzung untersagt.",
        "禁止商用",
        "This license does not apply to the files in weights/.",
        "Hobbyists are welcome.",
        "Nur Lehre",
    ],
)
def test_a_sentence_in_before_or_behind_a_license_is_told_with_its_line(told, words_of_its_own):
    (inside,) = told(f"{HEAD}{GRANT}\n{words_of_its_own}\n{REST}")
    assert (inside.line, inside.text) == (12, words_of_its_own)
    (behind,) = told(f"{MIT}\n{words_of_its_own}\n")
    assert (behind.line, behind.text) == (23, words_of_its_own)
    (before,) = told(f"MIT License\n\n\nCopyright (c) 2024 Foo\n\n{words_of_its_own}\n\n{BODY}")
    assert (before.line, before.text) == (6, words_of_its_own)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("any person obtaining", "any non-profit organisation obtaining"),
        ("any person obtaining", "any student obtaining"),
        ("any person obtaining", "any University obtaining"),
        ("hereby granted", "hereby granted until 31 December 2025"),
        ("hereby granted", "hereby not granted"),
        (", distribute, sublicense, and/or sell", ""),
        ("without restriction, ", ""),
        ("PROVIDED", "PROVIDED TO STUDENTS"),
    ],
)
def test_a_changed_word_of_a_license_is_told(told, old, new):
    assert old in MIT
    (one,) = told(MIT.replace(old, new))
    assert one.left_out or new.split()[-1] in one.text or new in one.text


def test_words_left_out_are_told_where_they_would_stand(told):
    (one,) = told(MIT.replace("publish, distribute, sublicense, and/or sell", "publish"))
    assert "sell" in one.left_out
    assert one.line in (8, 9)


@pytest.mark.parametrize(
    "head",
    [
        "The MIT License (MIT)\n\nCopyright (c) 2016-2024 Foo Bar <foo@bar.org>\n\n",
        "# MIT License\n\nCopyright (c) Microsoft Corporation. All rights reserved.\n\n",
        "foo-net\n\nMIT License\n\nCopyright (c) 2020 Foo\nCopyright (c) 2021 Bar and the foo contributors\n\n",
        "Copyright 2013-present, Yuxi (Evan) You and contributors (see AUTHORS.txt)\n\n",
        "License for FooNet\n\nMIT License\n\n© 2020 Universität Köln, Research Institute\n   2021 Will Smith\n\n",
        "All rights reserved.\n\nhttps://opensource.org/licenses/MIT\n\n",
    ],
)
def test_titles_and_copyright_lines_are_those_of_any_copy(told, head):
    assert told(head + BODY) == []


@pytest.mark.parametrize(
    "line",
    [
        "pycparser -- A C parser in Python",
        "Foo-Net, a small library for graphs.",
        "The functions in foo.c are derived from the Bar library.",
        "- autoflake, licensed as follows:",
        "python-foo is licensed under the MIT license.",
        "Unless otherwise noted, the files in src/ are released under the MIT license, reproduced below.",
        "Portions of foo and bar are licensed under different licenses.",
        "Files: src/*.so\n Description: bundled as a dynamically linked library",
        "Contributors include:\n\nAda Lovelace\nWill Sale",
        "FREETYPE2",
        "Modifications Copyright (c) 2020 Foo Limited and others. All rights reserved.",
        "Copyright (c) 2014 The pip developers (see AUTHORS.NOTICE file)",
    ],
)
def test_where_something_is_from_and_what_it_is_asks_nothing(told, line):
    assert told(f"MIT License\n\n{line}\n\nCopyright (c) 2024 Foo\n\n{BODY}") == []
    assert told(f"{line}\n\n{HEAD}{BODY}") == []


@pytest.mark.parametrize(
    "line",
    [
        "pycparser -- A C parser for students only",
        "Foo-Net, a library that firms pay for.",
        "The functions in foo.c are derived from the Bar library, and are not free.",
        "- autoflake, licensed under the ACME license:",
        "python-foo is licensed under the ACME license.",
        "Unless otherwise noted, schools and pupils.",
        "The code is licensed under a different license.",
        "Files: src/*.so\n Description: do not ship it",
        "Contributors include:\n\nAda Lovelace\nNot For Firms",
        "禁止商用",
        "Copyright (c) 2020 Foo, Limited Use",
        "Files in ee/ are covered by ee/LICENSE.",
        "License: ACME",
        "This software is the property of ACME.",
        "NICHT FÜR FIRMEN",
    ],
)
def test_what_asks_something_in_words_like_these_is_told(told, line):
    assert told(f"MIT License\n\n{line}\n\nCopyright (c) 2024 Foo\n\n{BODY}")
    assert told(f"{line}\n\n{HEAD}{BODY}")


def test_what_is_always_shipped_with_a_license_is_passed_over_word_for_word(tmp_path):
    history = "Foo was made in 1990 by Bob, who may not be asked.\n\n1.2 1991 PSF yes\n1.3 1992 PSF no\n"
    head = "---\nlicense_expression: python\n---\n\n"
    rules = Rules(
        write_tree(
            tmp_path, {"rules/python.RULE": head + BODY, "rules/python_2018.RULE": f"{head}{history}\n{BODY}"}
        )
    )

    def told(text):
        first = text.splitlines().index(GRANT.splitlines()[0]) + 1
        match = Match("python.RULE", "Python-2.0", 100.0, 100.0, 161, first, len(text.splitlines()), "2-aho")
        found = Found("Python-2.0", 100.0, first, len(text.splitlines()), "", (match,))
        scanned = ScannedFile("LICENSE", "Python-2.0", (found,), ())
        return special(text, scanned, rules, lambda _: True, altered_files.limited(known()))

    assert told(f"{history}1.4 1993 PSF yes\n\n{BODY}") == []
    (one,) = told(f"{history}1.4 1993 PSF never\n\n{BODY}")
    assert "never" in one.text
    assert told(f"{history.replace('may not be asked', 'has to be asked')}\n{BODY}")


@pytest.mark.parametrize(
    "line",
    [
        "Copyright (c) 2024 Foo. For schools.",
        "Copyright (c) 2024 Foo, For Non-Profit Use Only",
        "MIT License (students only)",
        "FooNet Noncommercial License",
        "Copyright (c) 2024 Foo 禁止商用",
        "License: https://example.org/terms",
    ],
)
def test_terms_on_a_title_or_a_copyright_line_are_told(told, line):
    (one,) = told(f"MIT License\n\n{line}\n\n{BODY}" if "MIT L" not in line else f"{line}\n\n{BODY}")
    assert one.text == line


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda text: " ".join(text.split()),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace('"', "''"),
        lambda text: "".join(f"<p>{one}</p>\n" if one else "\n" for one in text.splitlines()),
        lambda text: text.replace("NONINFRINGEMENT", "NON-INFRINGEMENT").replace("sublicense", "sub-license"),
        lambda text: "".join(f" * {one}\n" for one in text.splitlines()),
    ],
)
def test_case_wrapping_and_markup_are_no_words(told, change):
    assert (
        told(
            HEAD + change(BODY),
            first=change("Permission").strip("\n *").replace("<p>", "").replace("</p>", ""),
        )
        == []
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("the copyright holder nor", "Example Organization nor"),
        ("the copyright holder nor", "the django-dotenv project nor"),
        ("1. Redistributions", "a) Redistributions"),
        ("THE COPYRIGHT HOLDERS AND", "EXAMPLE INC. AND"),
        ("1. ", "- "),
    ],
)
def test_names_and_numbers_are_filled_in(told, old, new):
    assert old in BSD
    assert told(BSD.replace(old, new), "bsd.LICENSE", "Redistribution") == []


def test_a_clause_more_is_told(told):
    (one,) = told(f"{BSD}\n4. The software may not be used for weapons.\n", "bsd.LICENSE", "Redistribution")
    assert one.text.startswith("4.")


def test_what_names_no_license_explains_no_words(rules):
    text = "See the license of the weights in WEIGHTS.md.\n"
    found = (Found("X", 100.0, 1, 1, "", (Match("mit.LICENSE", "X", 100.0, 100.0, 9, 1, 1, "2-aho"),)),)
    scanned = ScannedFile("LICENSE", "X", found, ())
    assert special(text, scanned, rules, lambda _: False)
    assert special("", ScannedFile("LICENSE", None, (), ()), rules, lambda _: True) == []


def test_of_a_notice_only_limits_count(told):
    (one,) = told(f"{MIT}\nThe file x.py may be used by schools only.\n")
    assert limits(one)
    (one,) = told(f"{MIT}\nThis product includes software developed at Foo, which may be distributed.\n")
    assert not limits(one)


def test_differences_are_exact_and_found_in_time():
    ours, theirs = words("a b c d e f"), words("a x c d f g")
    changes = differences(ours, theirs)
    kept = [w.text for w in theirs]
    for change in reversed(changes):
        kept[change.first : change.last] = [w.text for w in change.left_out]
    assert kept == [w.text for w in ours]
    start = time.perf_counter()
    many = words("alpha beta " * 20_000)
    assert differences(many, words("gamma " * 40_000)) is None
    assert differences(many, many[: -MOST_CHANGES - 1]) is None
    assert time.perf_counter() - start < 20


CODE = "def infer(x):\n    return x\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "slots"),
    [
        ({"LICENSE": MIT}, {"code": "allow"}),
        ({"LICENSE": f"{HEAD}{GRANT}\nCompanies need a paid agreement.\n{REST}"}, {"code": "review"}),
        ({"LICENSE": MIT, "TERMS.md": "Ask us before you do anything else.\n"}, {"code": "review"}),
        ({"LICENSE": MIT, "NOTICE": "The file x.py may be used by schools only.\n"}, {"code": "review"}),
        ({"LICENSE": MIT, "NOTICE": "Foo\nThis product includes software of Bar.\n"}, {"code": "allow"}),
        ({"LICENSE": MIT, "third_party/a/LICENSE": "Ask Bob.\n"}, {"code": "review"}),
        ({"LICENSE": MIT, "x.py": "# SPDX-License-Identifier: LicenseRef-ACME\n"}, {"code": "review"}),
        ({"LICENSE": MIT, "x.py": "# SPDX-License-Identifier: CC-BY-NC\n"}, {"code": "review"}),
        (
            {"LICENSE": MIT, "x.py": "# SPDX-License-Identifier: MIT WITH Commons-Clause\n"},
            {"code": "review"},
        ),
        ({"LICENSE": MIT, "x.py": "# SPDX-License-Identifier: MIT\n"}, {"code": "allow"}),
        (
            {
                "LICENSE": MIT,
                "README.md": "# Foo\n\n## License\n\nThe code and the weights are under the MIT license.\n",
                "weights/LICENSE": MIT.replace("any person", "any non-profit organisation"),
                "weights/a.pth": "x",
            },
            {"code": "allow", "weights": "review"},
        ),
    ],
)
def test_the_verdict_follows_the_words(tmp_path_factory, tmp_path, files, slots):
    root = write_tree(tmp_path, {"infer.py": CODE, **files})
    cache = tmp_path_factory.getbasetemp() / "cache-of-altered-texts"
    options = ScanLicense.Options(use_case="commercial", delivery="both")
    document = ScanLicense(options).on_paths([str(root)], cache, Silent()).document
    assert {slot: document["slots"][slot]["verdict"] for slot in slots} == slots
