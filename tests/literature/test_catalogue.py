from __future__ import annotations

from pathlib import Path

import pytest

from maxctl.literature.catalogue import Catalogue, CatalogueError
from tests.literature.builders import catalogue, entry


def read(tmp_path: Path, text: str) -> Catalogue:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text)
    return Catalogue(path)


def faults(tmp_path: Path, text: str) -> str:
    with pytest.raises(CatalogueError) as caught:
        read(tmp_path, text)
    assert caught.value.exit_code == 3
    return "\n".join(caught.value.problems)


def test_a_catalogue_is_read_with_the_dates_as_they_stand(tmp_path: Path) -> None:
    (one,) = read(tmp_path, catalogue()).candidates()
    assert (one.quality.figure.date, one.citations.date, one.stars.date) == ("2026-01-02", "2026", "2026-01")
    assert (one.stars.value, one.stars.why) == (None, "not found")
    assert one.paper is not None
    assert one.paper.address == "https://arxiv.org/abs/2001.00001"


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("    framework: any\n", "", "catalogue.yaml:5:5: `framework` is missing in candidates[0]; add it"),
        (
            "framework: any",
            "framwork: any",
            "unknown key `framwork` in candidates[0]; did you mean `framework`?",
        ),
        (
            "why: not found, date: 2026-01}",
            "date: 2026-01}",
            "catalogue.yaml:17:5: candidates[0].stars: a figure",
        ),
        (
            'value: 100, source: "https://example.org", date: 2026',
            "value: 100, date: 2026",
            "a figure needs its `source`",
        ),
        (
            "value: 100",
            "value: -1",
            "candidates[0].citations.value: input should be greater than or equal to 0",
        ),
        ("value: 100", "value: .nan", "candidates[0].citations.value: input should be a finite number"),
        ("date: 2026-01}", "date: lately}", "candidates[0].stars.date: `lately` does not match"),
        ("date: 2026-01}", "date: 2026-13}", "candidates[0].stars.date: `2026-13` does not match"),
        ('"npm:model@1.0.0"', "somewhere", "candidates[0].weights[0].address: `somewhere` does not match"),
        ("expression: MIT", 'expression: "MIT AND"', "`MIT AND` is no SPDX expression"),
        ("host: registry", "host: cellar", "candidates[0].weights[0].host: input should be 'registry'"),
        ("worst: 0, best: 60", "worst: 60, best: 60", "benchmark: worst and best must differ"),
        ("id: one\n", "id: One\n", "candidates[0].id: `One` does not match"),
    ],
)
def test_a_malformed_catalogue_names_the_place(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    assert right in catalogue()
    assert fault in faults(tmp_path, catalogue().replace(right, wrong, 1))


def test_a_source_in_words_is_not_one_that_was_read(tmp_path: Path) -> None:
    words = "value: 100, source: a talk"
    told = faults(tmp_path, catalogue().replace('value: 100, source: "https://example.org"', words))
    assert "else say `evidence: known`" in told
    known = catalogue().replace('value: 100, source: "https://example.org"', f"{words}, evidence: known")
    assert read(tmp_path, known).candidates()[0].citations.evidence == "known"


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = catalogue(entry(ap=-1), entry(name="Two")).replace("task: detection\n", "")
    assert [problem.split(":")[1] for problem in faults(tmp_path, text).splitlines()] == ["1", "14", "19"]


def test_an_id_that_stands_twice_is_named_with_its_place(tmp_path: Path) -> None:
    told = faults(tmp_path, catalogue(entry(), entry()))
    assert told == "catalogue.yaml:20:5: candidates[1].id: `one` stands there more than once; rename one"


def test_a_key_that_stands_twice_is_an_error(tmp_path: Path) -> None:
    assert "`task` stands here twice" in faults(tmp_path, "task: other\n" + catalogue())


@pytest.mark.parametrize("text", ["", "- just\n- a list\n", "candidates: [}"])
def test_what_is_no_catalogue_at_all_is_refused(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text).startswith("catalogue.yaml:1:")


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"there is no catalogue\.yaml"):
        Catalogue(tmp_path / "catalogue.yaml")
