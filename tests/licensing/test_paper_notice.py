"""NOTICE: the credits that licenses ask for word for word, each holder once, and the notices of the tree."""

from __future__ import annotations

import re

import pytest

from maxctl.licensing.papers import notice
from tests.licensing import paper_sample
from tests.licensing.paper_sample import DOCUMENT, document, lines


def part(text: str, title: str) -> str:
    """Return what stands below a title."""
    return (
        text.split(f"{notice.RULE}\n{title}\n{notice.RULE}\n\n", 1)[1]
        .split(f"\n\n{notice.RULE}")[0]
        .rstrip("\n")
    )


def with_files(*files: tuple[str, str | None, list[str]]) -> dict:
    return document(files=[
        {"path": path, "sha256": "0" * 64, "licenses": license_, "copyrights": copyrights}
        for path, license_, copyrights in files
    ])  # fmt: skip


def test_credits_stand_word_for_word_on_lines_of_their_own():
    credits = part(notice.render(DOCUMENT, lines), "Credits").split("\n\n")
    assert credits == [
        "Built with Llama",
        "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc. "
        "All Rights Reserved.",
    ]


def test_the_name_of_a_file_and_a_prefix_are_no_credits():
    told = document(obligations=[
        {"slot": "weights", "license": "X", "kind": "notice", "text": 'put it in a file "Notice"', "place": None},
        {"slot": "weights", "license": "X", "kind": "naming", "text": 'begin it with "Big Llama Three"', "place": None},
        {"slot": "weights", "license": "X", "kind": "threshold", "text": 'ask "Meta Platforms, Inc."', "place": None},
    ])  # fmt: skip
    text = notice.render(told, lines)
    assert "Credits" not in text
    assert 'begin it with "Big Llama Three" [weights]' in text
    assert "Meta Platforms" not in text


def test_a_line_with_quotes_in_it_is_shown_whole():
    duty = {"slot": "weights", "license": "X", "kind": "notice", "place": None}
    told = document(obligations=[{**duty, "text": 'carry this line: "Made with "X" by Y."'}])
    assert part(notice.render(told, lines), "Credits") == 'Made with "X" by Y.'


def test_recipients_are_told_what_binds_them_and_not_what_only_the_publisher_checks():
    asked = part(notice.render(DOCUMENT, lines), "What the licenses ask of whoever passes this on")
    assert "pass the acceptable use policy on to every recipient" in asked
    assert "700 million" not in asked


def test_what_a_project_fetched_is_named_as_its_readers_know_it():
    text = notice.render(with_files((".maxctl/out/fetch/sources/x/NOTICE", None, [])), lambda _: ["Words"])
    assert part(text, "Reproduced from sources/x/NOTICE") == "Words"


def test_what_one_license_asks_of_several_parts_stands_once():
    told = document()
    told["obligations"].append({**told["obligations"][0], "slot": "scripts"})
    assert (
        "keep its copyright notices, license text and NOTICE with every copy [code, scripts]"
        in notice.render(told, lines)
    )


def test_each_part_names_its_license_and_the_data_their_terms():
    told = part(notice.render(DOCUMENT, lines), "Licenses")
    assert "Code: Apache-2.0 AND MIT\n" in told
    assert "  - made from meta-llama/Llama-3.1-8B (finetune): LicenseRef-scancode-llama-3.1" in told
    assert "  - data set coco, for training: CC-BY-4.0, see https://cocodataset.org/#termsofuse" in told
    assert "  - data set icdar-2019, for evaluation: terms not known" in told
    assert "Samples: not stated" in told and "Scripts" not in told


def test_spellings_of_one_holder_are_one_and_years_are_kept_apart():
    text = notice.render(with_files(
        ("a", "MIT", ["Copyright (c) 2020 Ann Lee", "Copyright  © 2020 Ann Lee.",
                      "(C) 2020 Ann Lee, All rights reserved"]),
        ("b", "MIT", ["Copyright 2021 Ann Lee", "Copyright (c) 2019 Zoe"]),
        ("c", None, ["Copyright 2018 Bob"]),
    ), lines)  # fmt: skip
    assert part(text, "Copyright") == (
        "MIT (code)\n  Copyright (c) 2020 Ann Lee\n  Copyright 2021 Ann Lee\n  Copyright (c) 2019 Zoe\n\n"
        "Files in which no license was found\n  Copyright 2018 Bob"
    )


def test_notices_of_the_tree_are_reproduced_as_they_stand():
    text = notice.render(DOCUMENT, lines)
    assert part(text, "Reproduced from NOTICE") == paper_sample.TREE["NOTICE"].rstrip()


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("NOTICE", True), ("sub/Notice.txt", True), ("NOTICE.md", True), ("THIRD_PARTY_NOTICES.txt", True),
        ("ThirdPartyNotices", True), ("NOTICE-binary", True), ("notice.py", False), ("noticeable", False),
        ("src/NOTICE/a.txt", False),
    ],
)  # fmt: skip
def test_notices_are_known_by_their_names(path, is_one):
    text = notice.render(with_files((path, None, [])), lambda _: ["Words to keep."])
    assert ("Words to keep." in text) is is_one


def test_the_same_notice_in_two_places_stands_once_and_an_unreadable_one_is_told():
    files = with_files(
        ("a/NOTICE", None, []), ("b/NOTICE", None, []), ("c/NOTICE", None, []), ("d/NOTICE", None, [])
    )
    tree = {"a/NOTICE": ["Same"], "b/NOTICE": ["Same", ""], "d/NOTICE": [""]}
    text = notice.render(files, tree.get)
    assert part(text, "Reproduced from a/NOTICE, b/NOTICE") == "Same"
    assert "could not be read as text" in part(text, "Reproduced from c/NOTICE")
    assert "d/NOTICE" not in text


def test_a_notice_cannot_write_to_a_terminal_or_turn_its_text():
    told = with_files(("NOTICE", "MIT", ["Copyright \x1b[31m2020\u202e Ann"]))
    told["subject"] = "x\x1b[2Jy"
    text = notice.render(told, lambda _: ["a\x1b]0;title\x07", "b\u202ec"])
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", text)
    assert r"a\x1b]0;title\x07" in text and r"b\u202ec" in text


def test_the_same_evaluation_is_the_same_notice():
    assert notice.render(DOCUMENT, lines) == notice.render(document(), lines)
    other = document(files=list(reversed(DOCUMENT["files"])))
    assert notice.render(other, lines) == notice.render(DOCUMENT, lines)


def test_nothing_asked_and_nothing_held_leaves_only_the_licenses():
    text = notice.render(with_files() | {"obligations": []}, lines)
    assert "Licenses" in text and "Copyright\n" not in text and "Reproduced" not in text
