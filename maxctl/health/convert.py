"""Convert the prepared model for other engines, and keep those whose answers match the goldens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from maxctl.core import digest
from maxctl.core.facts.convert import CandidateFacts, ConvertFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage
from maxctl.health.prepared_model import (
    LABELS,
    SAVED_MODEL,
    answers,
    installed,
    label_file,
    not_installed,
    tools,
    version_of,
)

if TYPE_CHECKING:
    from maxctl.golden.run import SuiteResult

GOLDEN = "golden"
LITERT = ".maxctl/out/convert/model.tflite"

DIFFERS = Code(
    "CNV001",
    "an engine's answers differ from the goldens",
    "A converted model is another program: operators, precision and suppression can differ. The service would give"
    " answers that the research code does not give, so this engine is not to be chosen.",
)
NOT_CONVERTED = Code(
    "CNV002",
    "the model could not be converted for an engine",
    "Without the converted form this engine cannot serve the model; another one can be chosen in the spec.",
)


class Convert(Stage):
    """Convert the prepared model for other engines, and keep those whose answers match the goldens.

    The spec chooses the engine. A choice whose answers differ fails the stage; any other engine that differs is
    told and left out.
    """

    name = "convert"
    phase = Phase.HEALTH
    needs = ("prepare", "record")
    reads = Reads(spec=("task", "labels", "inference"), files=(f"{GOLDEN}/**", *LABELS))
    codes = (DIFFERS, NOT_CONVERTED)
    Facts: ClassVar[type[ConvertFacts]] = ConvertFacts

    def tools(self) -> dict[str, str]:
        """Return what converts, TensorFlow, and what answers for the result."""
        return {"tensorflow": version_of("tensorflow"), **tools("litert")}

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Convert in a child process, ask the goldens of the result in another, and tell what matched."""
        chosen = model.spec.inference.engine
        if model.was_skipped("record"):
            return Outcome.skipped(
                Skip.NOT_APPLICABLE, "no golden suite was recorded, so no engine can be compared"
            )
        for engine in ("tensorflow", "litert"):
            if not installed(engine):
                raise not_installed(engine)
        from maxctl.runtimes.child import ModelRefusedError

        saved_model = model.output("prepare", SAVED_MODEL)
        candidates = [_prepared(saved_model)]
        findings: list[Finding] = []
        outputs: list[str] = []
        target = model.write(LITERT)
        severity = Severity.ERROR if chosen == "litert" else Severity.WARNING
        try:
            _convert(saved_model, target, progress)
        except ModelRefusedError as error:
            findings.append(
                Finding(
                    NOT_CONVERTED.code, severity, "litert", error.message, _choose_another("litert"), _ENGINE
                )
            )
        else:
            candidate, result = _compared(model, target, progress)
            candidates.insert(0, candidate)
            findings += _differences(result, severity)
            outputs.append(LITERT)
        return Outcome.judge(findings, ConvertFacts(engine=chosen, candidates=tuple(candidates)), outputs)


_ENGINE = Place("model.yaml")


def _convert(saved_model: Path, target: Path, progress: Progress) -> None:
    from maxctl.runtimes.child import ask

    ask({"do": "convert", "model": str(saved_model), "out": str(target)}, progress)


def _prepared(saved_model: Path) -> CandidateFacts:
    size = sum(path.stat().st_size for path in digest.walk(saved_model))
    return CandidateFacts(
        engine="tensorflow",
        path=SAVED_MODEL,
        sha256=digest.of_tree(saved_model).removeprefix("sha256:"),
        size_bytes=size,
        matches=True,
        why="held against the goldens by record",
    )


def _compared(model: ModelView, target: Path, progress: Progress) -> tuple[CandidateFacts, SuiteResult]:
    from maxctl.golden import suite

    asked = suite.load(model.file(GOLDEN))
    result = answers(model.spec, "litert", target, label_file(model), asked, progress)
    pairs = [pair for case in result.cases for pair in case.pairs]
    scores = [abs(pair.score_difference) for pair in pairs if pair.score_difference is not None]
    overlaps = [pair.iou for pair in pairs if pair.iou is not None]
    count, off = len(result.cases), len(result.failures)
    candidate = CandidateFacts(
        engine="litert",
        path=LITERT,
        sha256=digest.of_file(target).removeprefix("sha256:"),
        size_bytes=target.stat().st_size,
        matches=result.passed,
        why=f"{count} cases as expected" if result.passed else f"{off} of {count} cases differ",
        max_score_difference=round(max(scores), 6) if scores else None,
        min_iou=round(min(overlaps), 6) if overlaps else None,
    )
    return candidate, result


def _differences(result: SuiteResult, severity: Severity) -> list[Finding]:
    return [
        Finding(
            DIFFERS.code,
            severity,
            f"litert, {case.id}: {difference.subject}",
            difference.message,
            _choose_another("litert"),
            Place(f"{GOLDEN}/cases/{case.id}/expected.json"),
        )
        for case in result.failures
        for difference in case.differences
    ]


def _choose_another(engine: str) -> str:
    return (
        f"choose another `inference.engine` than {engine} in model.yaml, or mend its pre- and post-processing"
    )
