"""What sentences state about licenses, and of which slot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.licensing.claims import sentences
from maxctl.licensing.claims.prose import Sentence, cut
from tests.licensing.claims.at_hand import granted, known, stated


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The code is MIT, the weights are CC BY-NC 4.0.", {"code": "MIT", "weights": "CC-BY-NC-4.0"}),
        ("Code and model weights are released under the MIT license.", {"code": "MIT", "weights": "MIT"}),
        ("MIT for the code, CC BY-NC 4.0 for the weights.", {"code": "MIT", "weights": "CC-BY-NC-4.0"}),
        ("Apache 2.0 (code), CC-BY-NC-4.0 (weights)", {"code": "Apache-2.0", "weights": "CC-BY-NC-4.0"}),
        ("The dataset is under CC BY-SA 4.0 and the checkpoints are under Apache-2.0.",
         {"data": "CC-BY-SA-4.0", "weights": "Apache-2.0"}),
        ("The weights in this repository are licensed under CC BY 4.0.", {"weights": "CC-BY-4.0"}),
        ("All files, including the weights, are MIT licensed.", {"code": "MIT", "weights": "MIT"}),
        ("The demo images are dedicated to the public domain under CC0 1.0.", {"samples": "CC0-1.0"}),
        ("Training scripts: BSD 3-Clause License.", {"scripts": "BSD-3-Clause"}),
        ("Licensed under either of Apache-2.0 or MIT at your option.", {"": "Apache-2.0 OR MIT"}),
        ("本项目代码采用 MIT 许可证，模型权重采用 CC BY-NC 4.0 协议。", {"code": "MIT", "weights": "CC-BY-NC-4.0"}),
    ],
)  # fmt: skip
def test_a_license_goes_to_the_noun_that_it_is_said_of(text, expected):
    assert granted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The weights are not licensed under the MIT license.",
        "This project was previously GPL-3.0.",
        "Does the MIT license also apply to the pretrained models?",
        "TODO: choose one (MIT?)",
        "The checkpoints will be released under Apache 2.0 upon acceptance.",
        "We plan to release the weights under MIT.",
        "The weights should be under MIT, but we are not lawyers.",
        "Unlike FooNet, which is under CC BY-NC 4.0, we have no such limits.",
        "By contributing you agree that your contribution is licensed under the MIT license.",
        "Most strong checkpoints are CC BY-NC 4.0.",
        "Developed at MIT CSAIL.",
        "Fine-tuned from `yolov8n.pt` (published under AGPL-3.0) on 5,200 pictures.",
    ],
)
def test_what_is_denied_past_asked_or_said_of_others_grants_nothing(text):
    assert granted(text) == {}


def test_an_exclusion_is_told_and_grants_nothing_to_what_it_excludes():
    assert ("exclusion", "The MIT license does not cover the weights.", ("weights",)) in stated(
        "The MIT license does not cover the weights."
    )
    assert granted("Everything except the weights is licensed under MIT.").keys() == {""}


@pytest.mark.parametrize(
    "text",
    [
        "The pretrained models are for research purposes only.",
        "The weights may not be used for commercial purposes.",
        "Our checkpoints are available for non-commercial use.",
        "The models are released for academic research use only.",
        "模型权重仅供学术研究使用，禁止商业用途。",
    ],
)
def test_words_that_forbid_business_restrict_what_they_speak_of(text):
    assert {(kind, slots) for kind, _, slots in stated(text)} == {("restriction", ("weights",))}


@pytest.mark.parametrize(
    "text",
    [
        "Commercial use is allowed.",
        "The weights are free for commercial and non-commercial use.",
        "They are not restricted to non-commercial or research use any more.",
    ],
)
def test_words_that_allow_business_restrict_nothing(text):
    assert [kind for kind, _, _ in stated(text)] == []


def test_the_heading_says_what_a_sentence_without_a_noun_speaks_of():
    assert granted("Released under CC BY 4.0.", "Model weights license") == {"weights": "CC-BY-4.0"}
    assert granted("MIT", "Weights", "License") == {"": "MIT"}  # the nearest heading counts


def test_what_is_copied_from_others_keeps_its_license():
    assert stated("Parts of the decoder are adapted from FooNet (GPL-3.0).") == [
        ("foreign", "GPL-3.0-only", ())
    ]


def test_a_checkpoint_that_is_named_is_what_is_spoken_of():
    found = sentences.statements(
        Sentence("Depth-V2-Base models are under the CC-BY-NC-4.0 license.", 7),
        known().lexicon,
        "README sentence",
    )
    assert [(s.about, s.line) for s in found] == [("Depth-V2-Base", 7)]


@given(st.text(max_size=400))
def test_any_text_is_read_without_a_fault_and_each_line_is_one_of_the_text(text):
    for sentence in cut(text).sentences:
        for found in sentences.statements(sentence, known().lexicon, "x"):
            assert 1 <= found.line <= text.count("\n") + 1


@given(
    st.lists(
        st.sampled_from([
            "code", "weights", "dataset", "MIT", "CC BY-NC 4.0", "not", "and", "are", "under", "the", ";", ",", "\n",
            "(", ")", "license", "previously", "for research only", "|",
        ]),
        max_size=25,
    ).map(" ".join)
)  # fmt: skip
def test_no_license_is_made_up(text):
    for sentence in cut(text).sentences:
        for found in sentences.statements(sentence, known().lexicon, "x"):
            if found.kind.value == "grant":
                assert all(
                    part in ("MIT", "CC-BY-NC-4.0")
                    for part in found.stated.replace(" OR ", " AND ").split(" AND ")
                )


@pytest.mark.parametrize(
    "text",
    [
        "We release the weights under the MIT license, with the exception of the XL variant.",
        "Weights: MIT (academic use), commercial license available on request.",
        "The weights are CC BY 4.0 until December 2030.",
        "The weights are MIT if you are a firm of not more than 100 employees.",
        "The weights (MIT) are provided for evaluation purposes.",
    ],
)
def test_a_grant_that_hangs_on_more_is_told_as_such(text):
    assert "restriction" in {kind for kind, _, _ in stated(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Neither the code nor the weights may be used commercially.",
        "Commercial usage prohibited.",
        "You may not use them in products.",
        "The weights are free for academic use.",
    ],
)
def test_short_words_that_forbid_business_are_seen_without_a_license(text):
    assert {kind for kind, _, _ in stated(text)} == {"restriction"}


def test_what_is_excluded_in_the_same_breath_is_granted_nothing():
    assert stated("The code, but not the weights, is released under Apache 2.0.") == [
        ("exclusion", "The code, but not the weights, is released under Apache 2.0.", ("weights",)),
        ("grant", "Apache-2.0", ()),
    ]
