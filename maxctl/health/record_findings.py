"""What `record` finds: goldens that no longer hold, a prepared model that is off, a case that will flicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
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
CODES = (OTHER_ANSWER, OTHER_QUESTION, MODEL_DIFFERS, NEAR_THRESHOLD)


def changes(old: Suite, new: Suite) -> list[Finding]:
    """Return an error for each way in which the suite just asked differs from the one that is there."""
    from maxctl.golden import changes as between

    found = [
        Finding(
            OTHER_QUESTION.code,
            Severity.ERROR,
            "golden",
            what,
            UPDATE,
            Place(f"{GOLDEN}/golden.yaml"),
        )
        for what in between.questions(old, new)
    ]
    return [*found, *differences(between.answers(old, new), OTHER_ANSWER, UPDATE)]


def tell(changes: list[Finding], progress: Progress) -> None:
    """Say what an update changes, a line each: it is told, not recorded, so that a plain record gives the same."""
    for change in changes:
        progress.say(f"golden changes: {change.subject}: {change.message}")
    if changes:
        progress.say(DONE)


def differences(result: SuiteResult, code: Code, remedy: str) -> list[Finding]:
    """Return an error for each way in which a case differs."""
    return [
        Finding(
            code.code,
            Severity.ERROR,
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

    found: list[Finding] = []
    if suite.task != "object-detection":
        return found  # the other tasks answer with every score
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
