"""`maxctl bench`: how fast the engines are whose answers match."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, ProjectOption, build, project_at
from maxctl.cli.console import Bars, emit
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import UsageError
from maxctl.core.facts.convert import CandidateFacts, ConvertFacts
from maxctl.core.project import Project
from maxctl.core.spec import Objective

if TYPE_CHECKING:
    from maxctl.health.bench import Measured


def command() -> Any:
    """Return the command."""
    return build(bench, "bench")


def bench(
    inputs: Annotated[
        list[Path] | None, typer.Argument(help="Inputs to ask with; by default those of the golden suite.")
    ] = None,
    objective: Annotated[
        Objective | None, typer.Option("--objective", help="By default the spec's `inference.objective`.")
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, help="For each engine, alone and all busy, a round.")
    ] = 2.0,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Medians are taken over them.")] = 3,
    threads: Annotated[
        int | None, typer.Option("--threads", min=1, help="Requests computed at once; by default one a CPU.")
    ] = None,
    choose: Annotated[
        bool, typer.Option("--choose", help="Write the recommended engine into model.yaml.")
    ] = False,
    project: ProjectOption = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Measure the engines whose answers match the goldens, and recommend one; no run ever switches by itself."""
    from maxctl.health import bench as benches

    place = project_at(project)
    candidates = _matching(place)
    with Bars() as bars:
        measured = benches.measure(
            place.spec,
            place.root,
            candidates,
            _questions(place, inputs or []),
            seconds=seconds,
            rounds=rounds,
            threads=threads,
            progress=bars,
        )
    wanted = objective or place.spec.inference.objective
    best = benches.recommended(measured, wanted)
    chosen = place.spec.inference.engine
    if format_ is DataFormat.JSON:
        told = {
            "schema": "maxctl/bench/1",
            "objective": wanted,
            "engine": chosen,
            "recommended": best.engine,
            "measured": [asdict(one) for one in measured],
        }
        emit(json.dumps(told, indent=2), output)
    else:
        emit(_text(measured, best, wanted, chosen), output)
    if choose and best.engine != chosen:
        from maxctl.cli.console import errors

        place.set_text(("inference", "engine"), best.engine)
        errors.print(f"model.yaml: engine: {chosen} -> {best.engine}; `maxctl run` does what follows from it")


def _matching(place: Project) -> list[CandidateFacts]:
    record = place.manifest().steps.get("convert")
    if record is None or not record.result.facts:
        raise UsageError("the model is not converted yet", hint="`maxctl run` does all that is to do")
    facts = ConvertFacts.model_validate(record.result.facts)
    matching = [one for one in facts.candidates if one.matches]
    for one in matching:
        if not (place.root / one.path).exists():
            raise UsageError(f"{one.path} is gone", hint="`maxctl run` makes it again")
    if not matching:
        raise UsageError("no engine's answers match the goldens", hint="`maxctl convert` tells why")
    return matching


def _questions(place: Project, inputs: list[Path]) -> list[dict[str, Any]]:
    if inputs:
        for path in inputs:
            if not path.is_file():
                raise UsageError(f"there is no file {path}", hint="name one or more inputs")
        return [
            {"id": str(number), "input": str(path.resolve()), "parameters": {}}
            for number, path in enumerate(inputs)
        ]
    from maxctl.golden import suite

    return [case.question() for case in suite.load(place.root / "golden").cases]


def _text(measured: list[Measured], best: Measured, objective: Objective, chosen: str) -> str:
    from rich.table import Table

    from maxctl.cli.formats.table import console, text_of
    from maxctl.health.bench import OBJECTIVES
    from maxctl.health.prepared_model import engine_name

    out = console(None)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("engine")
    heads = ("alone p50", "p95", f"× {measured[0].engines}", "CPU", "memory", "start", "model", "installed")
    for head in heads:
        table.add_column(head, justify="right")
    for one in measured:
        table.add_row(
            f"{one.engine}{' (chosen)' if one.engine == chosen else ''}",
            f"{one.p50_ms:.1f} ms",
            f"{one.p95_ms:.1f} ms",
            f"{one.throughput:.1f}/s",
            f"{one.cpu_ms:.1f} ms",
            "–" if one.memory_bytes is None else f"{one.memory_bytes / 2**20:.0f} MiB",
            f"{one.start_s:.2f} s",
            f"{one.model_bytes / 2**20:.1f} MiB",
            f"{one.installed_bytes / 2**20:.0f} MiB",
        )
    out.print(table)
    what, _, _ = OBJECTIVES[objective]
    words = f"{engine_name(best.engine)} has {what}"
    if best.engine == chosen:
        out.print(f"{words}, and is chosen.")
    else:
        out.print(
            f"{words}; {engine_name(chosen)} is chosen. `maxctl bench --choose` writes it into model.yaml."
        )
    return text_of(out)
