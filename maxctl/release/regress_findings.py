"""What `regress` finds: each way in which a service does not answer as it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maxctl.core.findings import Code, Finding, Place, Severity

if TYPE_CHECKING:
    from maxctl.golden.run import SuiteResult

MISSING = Code(
    "REG001",
    "an expected prediction is missing",
    "The research code sees something that the service does not: a resizer, a threshold or another suppression"
    " takes it away.",
)
EXTRA = Code(
    "REG002",
    "a prediction is not expected",
    "The service sees something that the research code does not, often a second box of the same thing: the"
    " suppression or the threshold is another one.",
)
SCORE = Code(
    "REG003",
    "a score is off",
    "Scores move with colour order, scaling, resizer and quantisation. A little is the machine's; more than the"
    " suite allows means that the model sees another picture than in training.",
)
BOX = Code(
    "REG004",
    "a box is off",
    "Boxes move when x and y are swapped, when a picture is padded or turned, or when anchors are decoded"
    " otherwise.",
)
LABEL = Code(
    "REG005",
    "a thing is called by another name",
    "The same box under another label: the label file is shifted, or class ids start at another number.",
)
ANSWER = Code(
    "REG006",
    "a case got no good answer",
    "An error, a crash or a malformed answer to a request that was answered when the suite was made.",
)
SUITE = Code(
    "REG007",
    "the golden suite is not the recorded one",
    "What was reviewed is the suite that `record` made. One that was edited since proves nothing.",
)

_BY_KIND = {
    "missing": MISSING, "extra": EXTRA, "score": SCORE, "box": BOX, "label": LABEL, "answer": ANSWER,
}  # fmt: skip
CODES = (*_BY_KIND.values(), SUITE)


def of(result: SuiteResult, page: str | None) -> list[Finding]:
    """Return a finding for each difference; `page` is where the report stands."""
    look = f"look at {page}" if page else "add `--report FILE` to see it"
    remedy = (
        f"{look}; undo what changed the answer, or `maxctl record --update` if the research code answers so"
    )
    return [
        Finding(
            _BY_KIND[difference.kind].code,
            Severity.ERROR,
            f"{case.id}: {difference.subject}",
            difference.message,
            remedy,
            Place(f"golden/cases/{case.id}/expected.json"),
        )
        for case in result.failures
        for difference in case.differences
    ]


def not_recorded() -> Finding:
    """Return the finding of a suite that was changed after it was recorded."""
    return Finding(
        SUITE.code,
        Severity.ERROR,
        "golden",
        "golden/ is not the folder that `record` wrote",
        "bring it back (`git checkout -- golden`), or make it anew with `maxctl record --update`",
        Place("golden/golden.yaml"),
    )
