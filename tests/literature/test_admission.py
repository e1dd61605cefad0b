from __future__ import annotations

import pytest

from maxctl.core.slot import Slot
from maxctl.literature import facts
from maxctl.literature.admission import objections, would_admit
from maxctl.literature.ranking import weights_from
from maxctl.policy.ruling import Ruling
from tests.literature.builders import Known, candidate, grant, licenses


def test_a_license_that_forbids_the_use_case_keeps_a_candidate_out() -> None:
    network = candidate(code_license=grant("AGPL-3.0-only"))
    assert objections(network, licenses("commercial")) == (
        "the license of the code, AGPL-3.0-only, does not permit commercial use",
    )
    assert objections(network, licenses("research")) == ()
    assert would_admit(network, licenses("commercial")) == "would be ranked for internal or research use"


def test_of_a_choice_of_licenses_the_better_one_counts() -> None:
    assert objections(candidate(code_license=grant("AGPL-3.0-only OR MIT")), licenses()) == ()


def test_terms_that_were_read_decide_about_a_license_that_no_list_knows() -> None:
    own = grant("LicenseRef-Own", commercial=False)
    assert licenses("commercial").ruling(own, Slot.WEIGHTS) is Ruling.DENY
    assert licenses("research").ruling(own, Slot.WEIGHTS) is Ruling.REVIEW
    assert licenses("commercial").ruling(grant("LicenseRef-Own"), Slot.WEIGHTS) is Ruling.REVIEW


def test_terms_cannot_overrule_a_license_that_is_known() -> None:
    assert licenses().ruling(grant("MIT", commercial=False), Slot.CODE) is Ruling.ALLOW


@pytest.mark.parametrize(
    ("more", "objection"),
    [
        ({"host": None}, "no place has its weights"),
        ({"gated": True}, "its weights are given to registered people only"),
    ],
)
def test_weights_that_cannot_be_had_keep_a_candidate_out(more: dict[str, object], objection: str) -> None:
    one = candidate(**more)  # type: ignore[arg-type]
    assert objections(one, licenses()) == (objection,)
    assert would_admit(one, licenses()).startswith("no other use case")


def test_weights_without_a_license_are_ranked() -> None:
    assert objections(candidate(weights_license=grant(None)), licenses()) == ()


def test_who_is_left_out_takes_no_rank() -> None:
    told = facts.of(
        Known((candidate("good"), candidate("gated", ap=60, gated=True))), weights_from({}), licenses()
    )
    assert [row.id for row in told.ranking] == ["good"]
    assert [row.id for row in told.left_out] == ["gated"]
