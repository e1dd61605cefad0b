"""scan-license on the evaluation set: every case, through the stage as the command runs it."""

import pytest

from maxctl.core.progress import Silent
from maxctl.licensing.scan_license import ScanLicense
from tests.evaluation.cases import KNOWN_MISSES, SLOTS, cases, misses, wrongly_allowed

CASES = cases()


def test_the_set_is_large_enough_and_half_of_it_was_written_blind():
    assert len(CASES) >= 40
    assert 2 * sum(bool(case.truth.get("blind")) for case in CASES) >= len(CASES)
    assert {case.verdict(slot) for case in CASES for slot in SLOTS} == {"allow", "review", "deny", "empty"}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_slot_is_judged_as_the_truth_has_it_and_nothing_is_wrongly_allowed(case, tmp_path):
    options = ScanLicense.Options(use_case=case.use_case, delivery=case.delivery, jobs=1)
    tree = case.write(tmp_path / case.name)
    document = ScanLicense(options).on_paths([str(tree)], tmp_path / "cache", Silent()).document
    assert wrongly_allowed(case, document) == []
    assert misses(case, document) == KNOWN_MISSES.get(case.name, [])


def test_every_known_miss_is_that_of_a_case():
    assert KNOWN_MISSES.keys() <= {case.name for case in CASES}
