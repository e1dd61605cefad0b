"""What `record` finds: goldens that no longer hold, a prepared model that is off, a case that will flicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.spec import Inference

if TYPE_CHECKING:
    from maxctl.golden.run import SuiteResult
    from maxctl.golden.suite import Suite

GOLDEN = "golden"
DONE = "commit golden/; approvals of the old suite are void"
UPDATE = "if the change is meant, write it with `maxctl record --update`"

OTHER_ANSWER = Code(
    "REC001",
    "the research code answers otherwise than the golden",
    "Goldens are what the model was reviewed with. If the research code, its libraries or the artifacts now give"
    " other answers, a person must look before the goldens follow; they are never overwritten silently.",
)
OTHER_QUESTION = Code(
    "REC002",
    "the spec asks other questions than the golden suite",
    "A case that is only in the spec is not tested, and a case that is only in golden/ is no longer meant."
    " Tolerances count too: a wider one would let a regression through.",
)
MODEL_DIFFERS = Code(
    "REC003",
    "the prepared model does not answer as the research code does",
    "A wrong resizer, colour order, label map or suppression gives plausible answers that are not the model's."
    " Comparing with the research code is the only way to see it.",
)
NEAR_THRESHOLD = Code(
    "REC004",
    "an expected score lies next to the threshold",
    "Another machine moves scores a little. A detection so close to the threshold comes and goes with it, and the"
    " case fails for no reason, or hides one.",
)
UPDATED = Code(
    "REC005",
    "the golden suite was changed",
    "What changed is shown, since approvals that were given for the old suite no longer hold.",
)

CODES = (OTHER_ANSWER, OTHER_QUESTION, MODEL_DIFFERS, NEAR_THRESHOLD, UPDATED)


def changes(old: Suite, new: Suite, update: bool) -> list[Finding]:
    """Return what differs between the suite that is there and the one just asked: errors, or notes on update."""
    from maxctl.golden import changes as between

    severity = Severity.NOTE if update else Severity.ERROR
    found = [
        Finding(
            UPDATED.code if update else OTHER_QUESTION.code,
            severity,
            "golden",
            what,
            DONE if update else UPDATE,
            Place(f"{GOLDEN}/golden.yaml"),
        )
        for what in between.questions(old, new)
    ]
    code = UPDATED if update else OTHER_ANSWER
    found += differences(between.answers(old, new), code, DONE if update else UPDATE, severity)
    return found


def unreadable(reason: str) -> Finding:
    """Return the note that the old suite could not be compared with, since it is damaged."""
    message = f"the old suite could not be read, so it was replaced whole: {reason}"
    return Finding(UPDATED.code, Severity.NOTE, "golden", message, DONE, Place(f"{GOLDEN}/golden.yaml"))


def differences(
    result: SuiteResult, code: Code, remedy: str, severity: Severity = Severity.ERROR
) -> list[Finding]:
    """Return a finding for each way in which a case differs."""
    return [
        Finding(
            code.code,
            severity,
            f"{case.id}: {difference.subject}",
            difference.message,
            remedy,
            Place(f"{GOLDEN}/cases/{case.id}/expected.json"),
        )
        for case in result.failures
        for difference in case.differences
    ]


def thresholds(inference: Inference) -> dict[str, float]:
    """Return the parameters that scores are held against, and their defaults."""
    names = {
        step.model_dump().get("parameter") for step in inference.postprocess if step.step == "score_threshold"
    }
    return {name: one.default for name, one in inference.parameters.items() if name in names}


def near_threshold(suite: Suite, thresholds: dict[str, float]) -> list[Finding]:
    """Return a warning for each expected score that the allowed difference could carry over the threshold."""
    from maxctl.golden import detections

    found = []
    for case in suite.cases:
        for name, default in thresholds.items():
            limit = case.parameters.get(name, default)
            for one in detections.read(case.expected):
                if abs(one.score - limit) <= suite.tolerance.score:
                    found.append(
                        Finding(
                            NEAR_THRESHOLD.code,
                            Severity.WARNING,
                            f"{case.id}: {one.label}",
                            f"the score {one.score:.4f} is within {suite.tolerance.score:g} of {name} {limit:g}",
                            f"give the case another {name} in model.yaml, further from its scores",
                            Place(f"{GOLDEN}/cases/{case.id}/expected.json"),
                        )
                    )
    return found
