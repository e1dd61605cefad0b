"""Convert the prepared model for other engines, and keep those whose answers match the goldens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from maxctl.core import digest
from maxctl.core.facts.convert import CandidateFacts, ConvertFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage
from maxctl.health.prepared_model import (
    HOOKS,
    LABELS,
    Form,
    answers,
    companions,
    converters,
    engine_name,
    installed,
    no_converter,
    not_installed,
    prepared,
    tools,
)

if TYPE_CHECKING:
    from maxctl.golden.run import SuiteResult
    from maxctl.golden.suite import Suite

GOLDEN = "golden"
OUT = ".maxctl/out/convert"
# what can be made of the prepared form that an engine is for; in the order of the table
_TARGETS = {
    "tensorflow": (
        Form("litert", f"{OUT}/model.tflite"),
        Form("onnxruntime", f"{OUT}/model.onnx"),
        Form("openvino", f"{OUT}/openvino"),
    ),
    "onnxruntime": (Form("openvino", f"{OUT}/openvino"),),
    "litert": (Form("openvino", f"{OUT}/openvino"),),
    "openvino": (),
}

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
NOT_TRIED = Code(
    "CNV003",
    "an engine was not tried, since it is not installed",
    "An engine that is not tried may be the better one; nothing else follows from it.",
)


class Convert(Stage):
    """Convert the prepared model for other engines, and keep those whose answers match the goldens.

    The spec chooses the engine. A choice whose answers differ fails the stage; any other engine that differs is
    told and left out.
    """

    name = "convert"
    phase = Phase.HEALTH
    needs = ("prepare", "record")
    reads = Reads(
        spec=("task", "labels", "inference", "preparation.format"), files=(f"{GOLDEN}/**", *LABELS, *HOOKS)
    )
    codes = (DIFFERS, NOT_CONVERTED, NOT_TRIED)
    Facts: ClassVar[type[ConvertFacts]] = ConvertFacts

    def tools_for(self, spec: ModelSpec) -> dict[str, str]:
        """Return what converts, and what answers for the results."""
        form = prepared(spec)
        targets = [target.engine for target in _targets(spec, form)]
        return {**tools(form.engine, *targets), **converters(form.engine, *targets)}

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Convert in a child process, ask the goldens of the result in another, and tell what matched."""
        chosen = model.spec.inference.engine
        if model.was_skipped("record"):
            return Outcome.skipped(
                Skip.NOT_APPLICABLE, "no golden suite was recorded, so no engine can be compared"
            )
        form = prepared(model.spec)
        for engine in (form.engine, chosen):
            if not installed(engine):
                raise not_installed(engine)
        from maxctl.golden import suite

        asked = suite.load(model.file(GOLDEN))
        own = _prepared(form, model.output("prepare", form.path))
        candidates: list[CandidateFacts] = []
        findings: list[Finding] = []
        outputs: list[str] = []
        targets = _targets(model.spec, form)
        if chosen not in {form.engine, *(target.engine for target in targets)}:
            findings.append(_no_way(chosen, form, targets))
        for target in targets:
            severity = Severity.ERROR if target.engine == chosen else Severity.WARNING
            made = _candidate(model, target, asked, severity, findings, progress)
            if made is not None:
                candidates.append(made)
                outputs.append(target.path)
        candidates.append(own)
        return Outcome.judge(findings, ConvertFacts(engine=chosen, candidates=tuple(candidates)), outputs)


_ENGINE = Place("model.yaml")


def _targets(spec: ModelSpec, form: Form) -> tuple[Form, ...]:
    """Return what is to be made of the prepared form: for the chosen engine, and for those to be tried."""
    wanted = {spec.inference.engine, *spec.inference.candidates}
    return tuple(target for target in _TARGETS[form.engine] if target.engine in wanted)


def _candidate(
    model: ModelView,
    target: Form,
    asked: Suite,
    severity: Severity,
    findings: list[Finding],
    progress: Progress,
) -> CandidateFacts | None:
    """Return the model in the form for an engine, compared with the goldens; None where there is none."""
    from maxctl.runtimes.child import ModelRefusedError

    engine = target.engine
    form = prepared(model.spec)
    mend = not_installed(engine) if not installed(engine) else no_converter(form.engine, engine)
    if mend is not None:
        if severity is Severity.ERROR:  # the chosen engine
            raise mend
        findings.append(
            Finding(NOT_TRIED.code, Severity.NOTE, engine, mend.message, mend.hint or "", _ENGINE)
        )
        return None
    path = model.write(target.path)
    try:
        _convert(model.output("prepare", form.path), form, engine, path, progress)
    except ModelRefusedError as error:
        findings.append(
            Finding(NOT_CONVERTED.code, severity, engine, error.message, _choose_another(engine), _ENGINE)
        )
        return None
    result = answers(model.spec, engine, path, companions(model.spec, model.file), asked, progress)
    findings += _differences(engine, result, severity)
    return _compared(target, path, result)


def _convert(source: Path, form: Form, engine: str, target: Path, progress: Progress) -> None:
    from maxctl.runtimes.child import ask

    ask(
        {"do": "convert", "format": form.format, "to": engine, "model": str(source), "out": str(target)},
        progress,
    )


def _prepared(form: Form, path: Path) -> CandidateFacts:
    return CandidateFacts(
        engine=form.engine,
        path=form.path,
        sha256=digest.of_path(path).removeprefix("sha256:"),
        size_bytes=_size(path),
        matches=True,
        why="held against the goldens by record",
    )


def _compared(target: Form, path: Path, result: SuiteResult) -> CandidateFacts:
    apart = [case.largest for case in result.cases if case.largest is not None]
    overlaps = [pair.iou for case in result.cases for pair in case.pairs if pair.iou is not None]
    count, off = len(result.cases), len(result.failures)
    return CandidateFacts(
        engine=target.engine,
        path=target.path,
        sha256=digest.of_path(path).removeprefix("sha256:"),
        size_bytes=_size(path),
        matches=result.passed,
        why=f"{count} cases as expected" if result.passed else f"{off} of {count} cases differ",
        max_score_difference=round(max(apart), 6) if apart else None,
        min_iou=round(min(overlaps), 6) if overlaps else None,
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(one.stat().st_size for one in digest.walk(path))


def _no_way(chosen: str, form: Form, targets: tuple[Form, ...]) -> Finding:
    there = ", ".join([form.engine, *(target.engine for target in targets)])
    return Finding(
        NOT_CONVERTED.code,
        Severity.ERROR,
        chosen,
        f"a model prepared for {engine_name(form.engine)} is not converted for {engine_name(chosen)}",
        f"choose one of {there} as `inference.engine` in model.yaml",
        _ENGINE,
    )


def _differences(engine: str, result: SuiteResult, severity: Severity) -> list[Finding]:
    return [
        Finding(
            DIFFERS.code,
            severity,
            f"{engine}, {case.id}: {difference.subject}",
            difference.message,
            _choose_another(engine),
            Place(f"{GOLDEN}/cases/{case.id}/expected.json"),
        )
        for case in result.failures
        for difference in case.differences
    ]


def _choose_another(engine: str) -> str:
    return (
        f"choose another `inference.engine` than {engine} in model.yaml, or mend its pre- and post-processing"
    )
