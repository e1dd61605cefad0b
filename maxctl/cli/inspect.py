"""`maxctl inspect`: what a model file holds, without running it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, build
from maxctl.cli.console import Bars, emit
from maxctl.cli.formats import DataFormat
from maxctl.cli.init import draft_project
from maxctl.core.errors import UsageError

OPERATORS_SHOWN = 8
LONGEST_VALUE = 60
STANDARD_OUTPUT = Path("-")
SURE = {"high": "yes", "medium": "likely", "low": "no"}


def command() -> Any:
    """Return the command."""
    return build(inspect, "inspect")


def inspect(
    path: Annotated[
        Path, typer.Argument(help="Model file or folder, of any format that `docs/models.md` lists.")
    ],
    draft: Annotated[
        bool,
        typer.Option(
            "--draft",
            help="Also guess task, pre- and post-processing, each with its reason and how sure it is.",
        ),
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option(
            help="Write the drafted model.yaml to this file, which must not be there; - prints it alone."
        ),
    ] = None,
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Tell the format, signature, operators, size and licence strings of a model, without running it.

    With `--draft` also what a model.yaml for it would say; `maxctl init` starts a project from that.
    """
    if not path.exists():
        raise UsageError(f"there is no {path}", hint="name a model's file or folder")
    if write and write != STANDARD_OUTPUT and write.exists():
        raise UsageError(f"{write} is already there", hint="name another file, or move it away")
    from maxctl.health.prepared_model import needed
    from maxctl.runtimes.child import ask

    with Bars() as bars:
        found = ask({"do": "inspect", "path": str(path.resolve())}, bars)
    found["needs"] = needed(found["format"])
    if write:
        text = draft_project(path, found, Path.cwd() if write == STANDARD_OUTPUT else write.parent).spec
        if write == STANDARD_OUTPUT:
            emit(text, output)
            return
        write.write_text(text, encoding="utf-8")
    guessed = _guessed(path, found) if draft or write else None
    if format_ is DataFormat.JSON:
        told = {"schema": "maxctl/inspect/1", "path": str(path), **found}
        emit(
            json.dumps({**told, **({"draft": guessed} if guessed else {})}, indent=2, ensure_ascii=False),
            output,
        )
    else:
        emit(_text(path, found) + (_draft_text(guessed) if guessed else ""), output)


def _guessed(path: Path, found: dict[str, Any]) -> dict[str, Any]:
    from maxctl.runtimes.draft.drafting import drafted
    from maxctl.runtimes.draft.gather import facts_of
    from maxctl.runtimes.interface import ModelFormatError

    try:
        return drafted(facts_of(path, found)).to_json()
    except ModelFormatError as error:
        raise UsageError(error.message, hint=error.hint) from error


def _draft_text(draft: dict[str, Any]) -> str:
    """Return the guesses as a table: where, what, why, and how sure."""
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import console, text_of

    out = console(None)
    out.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("guess")
    table.add_column("value", overflow="fold", ratio=5)
    table.add_column("why", overflow="fold", ratio=6)
    table.add_column("sure?")
    for guess in draft["guesses"]:
        sure = Text(
            SURE[guess["confidence"]], {"high": "green", "low": "yellow"}.get(guess["confidence"], "")
        )
        table.add_row(
            _short_place(guess["place"]), Text(_short_value(guess)), Text(f"{guess['reason']}"), sure
        )
    if not any(guess["place"] == "task" for guess in draft["guesses"]):
        table.add_row("task", Text("?"), Text("nothing of the model tells it"), Text("no", "yellow"))
    out.print(table)
    for note in draft["notes"]:
        out.print(Text(f"note: {note}"))
    return text_of(out)


def _short_place(place: str) -> str:
    """Return a place as people say it: `inference.preprocess[1]` is `preprocess 2`."""
    name = place.removeprefix("inference.").removeprefix("preparation.").removesuffix(".kind")
    head, _, number = name.partition("[")
    return f"{head} {int(number[:-1]) + 1}" if number else head


def _short_value(guess: dict[str, Any]) -> str:
    value = guess["value"]
    if guess["place"] == "labels":
        names = [str(row["name"]) for row in value]
        return f"{len(names)}: {', '.join(names[:4])}{', …' if len(names) > 4 else ''}"
    if guess["place"] == "inference.hook":
        return "hook.py"
    if isinstance(value, dict) and "step" in value:
        options = ", ".join(f"{key} {_plain(one)}" for key, one in value.items() if key != "step")
        return f"{value['step']}{f': {options}' if options else ''}"
    if isinstance(value, dict) and "tensor" in value:
        shape = "×".join("?" if size is None else str(size) for size in value["shape"] or ()) or "?"
        return f"{value['name']}: {value['tensor']} {value['dtype'] or '?'} {shape}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(one)}" for key, one in value.items() if key != "description")
    return str(value)


def _plain(value: Any) -> str:
    """Return a value in few letters; long ones are cut."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _text(path: Path, found: dict[str, Any]) -> str:
    from rich.table import Table
    from rich.text import Text

    from maxctl.cli.formats.table import console, text_of

    out = console(None)
    out.print(Text.assemble((str(path), "bold"), f"  {found['format']}, {found['size_bytes'] / 1e6:.1f} MB"))
    if found.get("parameters") is not None:
        out.print(f"{found['parameters']:,} parameters")
    table = Table(
        "", "name", "dtype", "shape", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold"
    )
    for side in ("inputs", "outputs"):
        for tensor in found[side]:
            shape = tensor["shape"]
            shown = (
                "?" if shape is None else "×".join("?" if n is None else str(n) for n in shape) or "scalar"
            )
            table.add_row(side[:-1], tensor["name"], tensor["dtype"], shown)
    out.print(table)
    if len(found["signatures"]) > 1:
        named = [f"{one['name']} ({', '.join(one['tags'])})" for one in found["signatures"]]
        out.print(Text(f"signatures: {', '.join(named)}; the spec's preparation.signature chooses"))
    operators = sorted(found["operators"].items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{name} {count}" for name, count in operators[:OPERATORS_SHOWN])
    more = f", and {len(operators) - OPERATORS_SHOWN} more kinds" if len(operators) > OPERATORS_SHOWN else ""
    out.print(f"operators: {shown}{more}")
    needs = found["needs"]
    here = f" {needs['version']}" if needs["version"] else f", which is not installed: {needs['install']}"
    out.print(Text(f"needs: {needs['name']}{here}"))
    for key, title in (
        ("unsafe_operators", "would reach out or run code"),
        ("licenses", "speaks of a license"),
    ):
        for text in found.get(key) or ():
            out.print(Text(f"{title}: {text}", "red" if key == "unsafe_operators" else ""))
    return text_of(out)
