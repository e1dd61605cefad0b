"""scan-license on the evaluation set: every case, through the stage as the command runs it."""

import pytest

from maxctl.core.progress import Silent
from maxctl.licensing.scan_license import ScanLicense
from tests.evaluation.cases import SLOTS, cases, misses, said

CASES = cases()


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory):
    """Return what scan-license says of a case, each judged once."""
    told, folder = {}, tmp_path_factory.mktemp("evaluation")

    def of(case):
        if case.name not in told:
            tree = case.write(folder / case.name)
            options = ScanLicense.Options(use_case=case.use_case, delivery=case.delivery)
            told[case.name] = ScanLicense(options).on_paths([str(tree)], folder / "cache", Silent()).document
        return told[case.name]

    return of


def test_the_set_is_large_enough_and_half_of_it_was_written_blind():
    assert len(CASES) >= 40
    assert 2 * sum(bool(case.truth.get("blind")) for case in CASES) >= len(CASES)
    assert {case.verdict(slot) for case in CASES for slot in SLOTS} == {"allow", "review", "deny", "empty"}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_slot_is_judged_as_the_truth_has_it(case, evaluated):
    assert misses(case, evaluated(case)) == []


@pytest.mark.slow
def test_nothing_is_wrongly_allowed(evaluated):
    wrongly = [
        (case.name, slot)
        for case in CASES
        for slot in SLOTS
        if said(evaluated(case)["slots"][slot]) in ("allow", "empty")
        and case.verdict(slot) in ("review", "deny")
    ]
    assert wrongly == []
