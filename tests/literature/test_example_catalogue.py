from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from maxctl.core.facts.shortlist import ShortlistFacts
from maxctl.core.progress import Silent
from maxctl.literature.catalogue import ADDRESS, Catalogue
from maxctl.literature.shortlist import Shortlist
from maxctl.literature.source import Candidate

EXAMPLE = Path(__file__).parents[2] / "examples/object_detector"
CATALOGUE = EXAMPLE / "shortlist/catalogue.yaml"
CHOSEN = "ssdlite-mobilenet-v2-coco"


@pytest.fixture(scope="module")
def candidates() -> tuple[Candidate, ...]:
    return Catalogue(CATALOGUE).candidates()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> ShortlistFacts:
    outcome = Shortlist().on_path(str(CATALOGUE), tmp_path_factory.mktemp("cache"), Silent())
    assert isinstance(outcome.facts, ShortlistFacts)
    return outcome.facts


def test_the_example_compares_at_least_eight_detectors(candidates: tuple[Candidate, ...]) -> None:
    assert len(candidates) >= 8


def test_every_figure_has_a_source_and_a_date(candidates: tuple[Candidate, ...]) -> None:
    for one in candidates:
        for figure in (one.quality.figure, one.citations, one.stars, one.bytes, one.parameters):
            assert figure.date
            assert figure.why if figure.value is None else figure.source
            if figure.value is not None and figure.evidence == "read":
                assert ADDRESS.match(figure.source or "")
        for stated in (one.code_license, one.weights_license, one.cpu):
            assert stated.source and stated.date
        assert one.weights and all(place.date for place in one.weights)


def test_every_detector_has_a_measured_accuracy_and_a_size(candidates: tuple[Candidate, ...]) -> None:
    for one in candidates:
        assert one.quality.figure.value and 10 < one.quality.figure.value < 60
    sized = [one for one in candidates if one.bytes.value or one.parameters.value]
    assert {one.id for one in candidates} - {one.id for one in sized} == {"yolo-nas-s"}


def test_the_chosen_detector_is_ranked_and_is_the_only_one_in_a_package_registry(
    facts: ShortlistFacts,
) -> None:
    chosen = yaml.safe_load((EXAMPLE / "model.yaml").read_text())["choice"]["candidate"]
    assert chosen == CHOSEN
    in_a_registry = [
        row.id
        for row in facts.ranking
        if next(part.value for part in row.parts if part.criterion == "availability") == 1
    ]
    assert in_a_registry == [CHOSEN]


def test_detectors_that_forbid_commercial_use_are_left_out(facts: ShortlistFacts) -> None:
    assert [row.id for row in facts.left_out] == ["yolo-nas-s", "yolov5s"]


def test_the_ranking_fits_a_terminal_of_100_columns(facts: ShortlistFacts) -> None:
    ranking = facts.tables()[0]
    widths = [
        max(len(row[index]) for row in (ranking.columns, *ranking.rows))
        for index in range(len(ranking.columns))
    ]
    assert 2 + sum(widths) + 2 * (len(widths) - 1) <= 100


def test_the_example_names_no_size_that_its_spec_contradicts(candidates: tuple[Candidate, ...]) -> None:
    artifacts = yaml.safe_load((EXAMPLE / "model.yaml").read_text())["artifacts"]
    chosen = next(one for one in candidates if one.id == CHOSEN)
    assert chosen.bytes.value == sum(artifact["size"] for artifact in artifacts)
