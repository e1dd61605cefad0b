import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.policy import spdx
from maxctl.policy.ruling import Ruling, best, worst
from maxctl.policy.spdx import Kind
from tests.policy.knowledge_at_hand import catalog, knowledge

IDS = (
    "MIT",
    "Apache-2.0",
    "GPL-3.0-only",
    "CC-BY-NC-4.0",
    "AGPL-3.0-only",
    "GPL-2.0-only WITH Classpath-exception-2.0",
)
RULINGS = dict(zip(IDS, [*Ruling, *Ruling], strict=True))
expressions = st.recursive(
    st.sampled_from(IDS),
    lambda inner: st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map(
        lambda t: f"({t[0]}){t[1]}({t[2]})"
    ),
    max_leaves=8,
)


def read(text):
    return spdx.read(text, catalog(), knowledge().tags)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ApacheV2", "Apache-2.0"), ("Apache 2.0", "Apache-2.0"), ("Apache License, Version 2.0", "Apache-2.0"),
        ("apache-2.0", "Apache-2.0"), ("The MIT License (MIT)", "MIT"), ("BSD-3", "BSD-3-Clause"),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
        ("CC BY-NC 4.0", "CC-BY-NC-4.0"),
        ("CC0", "CC0-1.0"), ("mit or apache-2.0", "MIT OR Apache-2.0"), ("MIT OR MIT", "MIT"),
        ("UNLICENSED", "LicenseRef-scancode-proprietary-license"),
        ("llama3.1", "LicenseRef-scancode-llama-3.1-license-2024"),
        ("gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ],
)  # fmt: skip
def test_what_people_write_is_read_as_what_they_mean(written, meant):
    assert read(written).expression == meant


@pytest.mark.parametrize(
    "placeholder", ["", " ", "Custom", "TODO", "N/A", "n/a", "Various", "Unknown", "other", "-", "None"]
)
def test_a_placeholder_is_no_license(placeholder):
    assert read(placeholder).kind is Kind.PLACEHOLDER
    assert read(placeholder).expression is None


@pytest.mark.parametrize("family", ["BSD", "BSD License", "Apache Software License", "GPL", "cc", "openrail"])
def test_a_family_is_not_one_license(family):
    assert read(family).kind is Kind.FAMILY
    assert read(family).expression is None


@pytest.mark.parametrize(
    "words",
    [
        "Modified MIT License",
        "MIT AND",
        "(MIT OR",
        "MIT?",
        "MIT 以外",
        "NVIDIA Source Code License",
        "MIT/Apache-2.0 or so",
    ],
)
def test_what_is_no_expression_is_not_guessed(words):
    assert read(words).kind is Kind.UNREADABLE
    assert read(words).expression is None


def test_an_unknown_id_names_the_closest():
    reading = read("Apachee-2.0")
    assert reading.unknown == ("Apachee-2.0",)
    assert reading.closest == "Apache-2.0"


def test_silence_is_told_from_a_placeholder():
    assert read(None).kind is Kind.SILENT


@given(expressions, expressions)
def test_or_takes_the_best_and_and_takes_the_worst(one, other):
    rule = RULINGS.__getitem__
    rulings = [spdx.judge(one, rule), spdx.judge(other, rule)]
    assert spdx.judge(f"({one}) OR ({other})", rule) is best(rulings)
    assert spdx.judge(f"({one}) AND ({other})", rule) is worst(rulings)


@given(expressions)
def test_reading_again_changes_neither_the_text_nor_the_ruling(expression):
    once = read(expression)
    assert once.kind is Kind.STATED
    assert read(once.expression).expression == once.expression
    assert spdx.judge(once.expression, RULINGS.__getitem__) is spdx.judge(expression, RULINGS.__getitem__)


@given(st.lists(expressions, min_size=1, max_size=4))
def test_joining_expressions_is_as_strict_as_the_strictest(several):
    rule = RULINGS.__getitem__
    assert spdx.judge(spdx.all_of(several), rule) is worst(spdx.judge(e, rule) for e in several)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_exception(text):
    reading = read(text)
    assert (reading.expression is None) == (reading.kind is not Kind.STATED)
