from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from maxctl.core.errors import UsageError
from maxctl.core.facts.shortlist import ShortlistFacts
from maxctl.core.progress import Silent
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Skip, Verdict
from maxctl.literature.catalogue import CatalogueError
from maxctl.literature.shortlist import Shortlist, ShortlistOptions
from tests.literature.builders import catalogue, entry
from tests.projects import spec, write_tree

CHOICE = {
    "candidate": "better",
    "reason": "it is better",
    "by": "A Person <a@example.org>",
    "date": "2026-01-03",
}
BOTH = catalogue(entry("better", ap=40), entry("worse", ap=20))


def run(root: Path, text: str = BOTH, top: int = 10, **parts: Any) -> Outcome:
    write_tree(root, {"shortlist/catalogue.yaml": text})
    whole = {"shortlist": {"catalogue": "shortlist/catalogue.yaml"}, "choice": CHOICE, **parts}
    read = ModelSpec.model_validate(spec(**{key: value for key, value in whole.items() if value is not None}))
    stage = Shortlist(ShortlistOptions(top=top))
    return stage.run(ModelView(root, root / "staging", root / "cache", read, Shortlist.reads), Silent())


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def told(outcome: Outcome) -> ShortlistFacts:
    assert isinstance(outcome.facts, ShortlistFacts)
    return outcome.facts


def test_the_choice_that_leads_passes_without_a_word(tmp_path: Path) -> None:
    outcome = run(tmp_path)
    assert (outcome.verdict, codes(outcome), outcome.outputs) == (
        Verdict.PASSED,
        [],
        ("reports/shortlist.md",),
    )
    assert [row.id for row in told(outcome).ranking] == ["better", "worse"]
    choice = told(outcome).choice
    assert choice is not None
    assert (choice.candidate, choice.rank, choice.date) == ("better", 1, "2026-01-03")


def test_a_choice_that_does_not_lead_is_noted_with_its_rank_and_reason(tmp_path: Path) -> None:
    outcome = run(tmp_path, choice={**CHOICE, "candidate": "worse", "reason": "it is at hand"})
    assert (outcome.verdict, codes(outcome)) == (Verdict.PASSED, ["SHL004"])
    assert "rank 2 of 2" in outcome.findings[0].message
    assert outcome.findings[0].message.endswith("chosen by A Person <a@example.org>: it is at hand")


def test_no_choice_fails_and_says_what_to_record(tmp_path: Path) -> None:
    outcome = run(tmp_path, choice=None)
    assert (outcome.verdict, codes(outcome)) == (Verdict.FAILED, ["SHL001"])
    assert "candidate: better" in outcome.findings[0].remedy
    assert told(outcome).choice is None


def test_a_choice_that_nobody_knows_names_the_closest_one(tmp_path: Path) -> None:
    outcome = run(tmp_path, choice={**CHOICE, "candidate": "beter"})
    assert (outcome.verdict, codes(outcome)) == (Verdict.FAILED, ["SHL002"])
    assert outcome.findings[0].remedy == "did you mean `better`?"


def test_a_choice_that_was_left_out_fails_and_says_why(tmp_path: Path) -> None:
    text = catalogue(entry("better", license="AGPL-3.0-only"), entry("worse"))
    outcome = run(tmp_path, text)
    assert (outcome.verdict, codes(outcome)) == (Verdict.FAILED, ["SHL003"])
    assert "AGPL-3.0-only, does not permit commercial use" in outcome.findings[0].message
    assert codes(run(tmp_path, text, licensing={"use_case": "research"})) == []


def test_a_catalogue_in_which_nobody_is_left_fails(tmp_path: Path) -> None:
    outcome = run(tmp_path, catalogue(entry("better", license="AGPL-3.0-only")))
    assert codes(outcome) == ["SHL006", "SHL003"]


def test_weights_change_who_leads(tmp_path: Path) -> None:
    text = catalogue(entry("better", ap=40).replace("1000000", "900000000"), entry("worse", ap=20))
    shortlist = {"catalogue": "shortlist/catalogue.yaml", "weights": {"cost": 0}}
    assert codes(run(tmp_path, text)) == ["SHL004"]
    assert codes(run(tmp_path, text, shortlist=shortlist)) == []


@pytest.mark.parametrize(
    ("weights", "remedy"),
    [
        ({"qualty": 1}, "did you mean `quality`?"),
        ({"zeal": 1}, "the criteria are adoption, availability, cost, openness, quality, scholarly"),
        (
            dict.fromkeys(["adoption", "availability", "cost", "openness", "quality", "scholarly"], 0),
            "give at least one criterion a weight above 0 under shortlist.weights",
        ),
    ],
)
def test_weights_that_cannot_be_used_are_named(
    tmp_path: Path, weights: dict[str, float], remedy: str
) -> None:
    outcome = run(tmp_path, shortlist={"catalogue": "shortlist/catalogue.yaml", "weights": weights})
    assert (outcome.verdict, codes(outcome), outcome.facts) == (Verdict.FAILED, ["SHL005"], None)
    assert outcome.findings[0].remedy == remedy


def test_files_outside_the_declared_folders_are_refused(tmp_path: Path) -> None:
    outside: tuple[dict[str, Any], ...] = (
        {"shortlist": {"catalogue": "elsewhere.yaml"}},
        {"licensing": {"policy": "elsewhere.yaml"}},
    )
    for parts in outside:
        outcome = run(tmp_path, **parts)
        assert codes(outcome) == ["SHL007"]
        assert "`elsewhere.yaml`" in outcome.findings[0].message


def test_a_policy_of_the_project_decides_who_is_ranked(tmp_path: Path) -> None:
    shipped = (Path(__file__).parents[2] / "licenses/policy.yaml").read_text()
    write_tree(tmp_path, {"licenses/own.yaml": shipped.replace("served: deny", "served: allow")})
    text = catalogue(entry("better", license="AGPL-3.0-only"))
    assert codes(run(tmp_path, text, licensing={"policy": "licenses/own.yaml"})) == []


def test_figures_from_memory_are_noted(tmp_path: Path) -> None:
    read = 'value: 100, source: "https://example.org"'
    outcome = run(tmp_path, BOTH.replace(read, f"{read}, evidence: known", 1))
    assert codes(outcome) == ["SHL008"]
    assert "better: citations" in outcome.findings[0].message


def test_a_project_without_a_shortlist_has_nothing_to_do(tmp_path: Path) -> None:
    outcome = run(tmp_path, shortlist=None)
    assert (outcome.verdict, outcome.skip) == (Verdict.SKIPPED, Skip.NOT_APPLICABLE)


def test_a_malformed_catalogue_is_named_by_its_path_in_the_project(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        run(tmp_path, BOTH.replace("framework", "framwork", 1))
    assert caught.value.problems[0].startswith("shortlist/catalogue.yaml:5:5:")


def test_the_report_shows_the_reasons_the_sources_and_the_choice(tmp_path: Path) -> None:
    run(tmp_path, choice={**CHOICE, "candidate": "worse", "reason": "it is *at hand*"})
    page = (tmp_path / "staging/reports/shortlist.md").read_text()
    assert "**Chosen:** `worse` (rank 2 of 2)" in page
    assert "> it is \\*at hand\\*" in page
    assert "- Why here: above the average by quality (40 AP (val, input 300x300)); unknown: adoption." in page
    assert "| citations | 100 | 2026 | <https://example.org> |  |" in page
    assert "| stars | ? | 2026-01 |  | not found |" in page


def test_the_report_shows_the_top_and_the_choice_in_any_case(tmp_path: Path) -> None:
    text = catalogue(*(entry(f"m{index}", ap=50 - index) for index in range(5)))
    run(tmp_path, text, top=2, choice={**CHOICE, "candidate": "m4"})
    page = (tmp_path / "staging/reports/shortlist.md").read_text()
    assert [name for name in ("m0", "m1", "m2", "m3", "m4") if f'id="{name}"' in page] == ["m0", "m1", "m4"]
    assert "2 more in the catalogue; `--top 5` shows all." in page


def test_the_same_catalogue_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    swapped = catalogue(entry("worse", ap=20), entry("better", ap=40))
    assert told(run(one)) == told(run(other, swapped))
    assert (one / "staging/reports/shortlist.md").read_bytes() == (
        other / "staging/reports/shortlist.md"
    ).read_bytes()


def test_any_catalogue_is_ranked_without_a_project(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(BOTH)
    outcome = Shortlist().on_path(str(tmp_path / "mine.yaml"), tmp_path, Silent())
    assert (outcome.verdict, outcome.outputs) == (Verdict.PASSED, ())
    assert (told(outcome).catalogue, told(outcome).choice) == ("mine.yaml", None)


def test_a_folder_is_not_a_catalogue(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        Shortlist().on_path(str(tmp_path), tmp_path, Silent())


def test_every_code_that_is_found_is_declared(tmp_path: Path) -> None:
    declared = {code.code for code in Shortlist.codes}
    assert declared == {f"SHL{number:03}" for number in range(1, 9)}
    assert all(code.title and code.why for code in Shortlist.codes)


def test_importing_the_stage_loads_nothing_heavy() -> None:
    heavy = "yaml license_expression numpy httpx jinja2 maxctl.policy maxctl.literature.catalogue"
    code = (
        "import sys, maxctl.core.stage; before = set(sys.modules); import maxctl.literature.shortlist;"
        f"print(sorted(set('{heavy}'.split()) & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
