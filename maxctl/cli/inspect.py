"""`maxctl inspect`: what a model file holds, without running it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from maxctl.cli.command import DataFormatOption, OutputOption, build
from maxctl.cli.console import Bars, emit
from maxctl.cli.formats import DataFormat
from maxctl.core.errors import UsageError

OPERATORS_SHOWN = 8


def command() -> Any:
    """Return the command."""
    return build(inspect, "inspect")


def inspect(
    path: Annotated[
        Path, typer.Argument(help="Model file or folder: TensorFlow.js graph model, SavedModel, LiteRT.")
    ],
    format_: DataFormatOption = DataFormat.TABLE,
    output: OutputOption = None,
) -> None:
    """Tell the format, signature, operators, size and licence strings of a model, without running it."""
    if not path.exists():
        raise UsageError(f"there is no {path}", hint="name a model's file or folder")
    from maxctl.runtimes.child import ask

    with Bars() as bars:
        found = ask({"do": "inspect", "path": str(path.resolve())}, bars)
    if format_ is DataFormat.JSON:
        emit(
            json.dumps(
                {"schema": "maxctl/inspect/1", "path": str(path), **found}, indent=2, ensure_ascii=False
            ),
            output,
        )
    else:
        emit(_text(path, found), output)


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
    operators = sorted(found["operators"].items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{name} {count}" for name, count in operators[:OPERATORS_SHOWN])
    more = f", and {len(operators) - OPERATORS_SHOWN} more kinds" if len(operators) > OPERATORS_SHOWN else ""
    out.print(f"operators: {shown}{more}")
    for key, title in (("unsafe_operators", "reach out of the graph"), ("licenses", "speaks of a licence")):
        for text in found.get(key) or ():
            out.print(Text(f"{title}: {text}", "red" if key == "unsafe_operators" else ""))
    return text_of(out)
