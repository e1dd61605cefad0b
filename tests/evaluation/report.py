"""Judge every case of the set and print the tables of docs/evaluation.md: python -m tests.evaluation.report."""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from maxctl.core.progress import Silent
from maxctl.licensing.scan_license import ScanLicense
from tests.evaluation.cases import SLOTS, cases, misses, said, wrongly_allowed

VERDICTS = ("allow", "review", "deny", "empty")


def main(only):
    counts = {slot: Counter() for slot in SLOTS}
    wrong, missed, right = [], [], 0
    every = [case for case in cases() if not only or any(words in case.name for words in only)]
    with tempfile.TemporaryDirectory() as folder:
        for case in every:
            tree = case.write(Path(folder) / case.name)
            options = ScanLicense.Options(use_case=case.use_case, delivery=case.delivery)
            document = ScanLicense(options).on_paths([str(tree)], Path(folder) / "cache", Silent()).document
            for slot in SLOTS:
                counts[slot][case.verdict(slot), said(document["slots"][slot])] += 1
            wrong += [(case.name, slot) for slot in wrongly_allowed(case, document)]
            told = misses(case, document)
            missed += [(case.name, told)] if told else []
            right += not told
    for slot in SLOTS:
        print(f"\n**{slot}**\n\n| truth | " + " | ".join(VERDICTS) + " |\n|---|" + "---|" * len(VERDICTS))
        for truth in VERDICTS:
            print(
                f"| {truth} | "
                + " | ".join(str(counts[slot][truth, found] or "") for found in VERDICTS)
                + " |"
            )
    print(
        f"\n{len(every)} cases, {right} right in every point; slots wrongly allowed or held to be empty: {len(wrong)}."
    )
    for name, slot in wrong:
        print(f"- wrongly allowed: {name}, {slot}")
    for name, told in missed:
        print(f"- {name}: {'; '.join(told)}")


if __name__ == "__main__":
    main(sys.argv[1:])
