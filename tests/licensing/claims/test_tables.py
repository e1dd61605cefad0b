"""Tables: what their rows say of licenses and of uses, and how long that takes."""

import pytest

from maxctl.licensing.claims import tables
from maxctl.licensing.claims.prose import cut
from maxctl.policy.spdx import CONDITIONAL, NON_COMMERCIAL
from tests.licensing.claims.at_hand import known


def stated(table, heading="License"):
    """Return (kind, slots, what it is about, expression) of what a table states; asides are left out."""
    (found,) = cut(f"# Foo\n\n## {heading}\n\n{table}\n").tables
    return [
        (s.kind.value, tuple(slot.value for slot in s.slots), s.about, s.expression)
        for s in tables.statements(found, known().lexicon, "README table")
        if s.kind.value != "aside"
    ]


@pytest.mark.parametrize("no", ["✗", "❌", "no", ":x:", "**not allowed**", "No", "×", "✖️"])
def test_a_cell_that_denies_a_use_for_trade_restricts_what_its_row_names(no):
    table = f"| model | size | commercial |\n|---|---|---|\n| foonet | 20 MB | {no} |\n| barnet | 1 MB | ✓ |"
    assert stated(table) == [("restriction", ("weights",), "foonet", NON_COMMERCIAL)]


def test_the_use_may_be_a_row_and_the_head_may_say_it_of_parts():
    assert stated("| commercial use | ✗ |\n|---|---|\n| size | 20 MB |") == [
        ("restriction", (), None, NON_COMMERCIAL)
    ]
    table = "| | commercial use | research |\n|---|---|---|\n| code | yes | yes |\n| weights | no | yes |"
    assert stated(table) == [("restriction", ("weights",), None, NON_COMMERCIAL)]


def test_a_use_that_hangs_on_something_is_conditional():
    table = "| model | commercial use |\n|---|---|\n| foonet | ask us |\n| barnet | yes |"
    assert stated(table) == [("restriction", ("weights",), "foonet", CONDITIONAL)]


@pytest.mark.parametrize(
    "table",
    [
        "| model | commercial |\n|---|---|\n| foonet | ✓ |\n| barnet | yes |",
        "| model | residential | commercial |\n|---|---|---|\n| foonet | 81.2 | 79.9 |",
        "| model | non-commercial |\n|---|---|\n| foonet | no |",
        "| building | accuracy |\n|---|---|\n| commercial | 81.2 |",
    ],
)
def test_what_allows_or_measures_is_no_limit(table):
    assert [one for one in stated(table) if one[0] == "restriction"] == []


def test_others_work_is_not_limited_here():
    table = "| model | commercial |\n|---|---|\n| Bar | ✗ |\n| Foo (ours) | ✓ |"
    assert stated(table, "Comparison with others") == []


def test_rows_are_not_searched_anew_for_each_row(monkeypatch):
    asked = []

    class Counted:
        def search(self, text):
            asked.append(text)

    monkeypatch.setattr(tables, "_OURS", Counted())
    rows = "".join(f"| foo{n} | CC BY-NC 4.0 |\n" for n in range(200))
    assert len(stated(f"| model | license |\n|---|---|\n{rows}")) == 200
    assert len(asked) == 400
