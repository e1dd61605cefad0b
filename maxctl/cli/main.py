"""The command tree. Every command is imported only when it is called; one file each in this folder."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from typing import Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "init": "Start a project: draft a model.yaml",
    "run": "Run a pipeline: skip what is fresh, record what is done",
    "status": "Tell which steps still hold, and why others do not",
    "manifest": "Join the manifests of parallel jobs into one",
    "inspect": "Tell what a model file holds, without running it",
    "predict": "Ask the model, with its declared pre- and post-processing",
    "bench": "Measure the engines whose answers match, and recommend one",
    "serve": "Start the generated service in its own locked environment",
    "approve": "Sign what was reviewed: an approval, or a rejection",
    "show": "Explain stages, finding codes, pipelines and schemas",
    "doctor": "Tell what this machine lacks, and the command that mends it",
}


class Command(TyperCommand):
    """A command that shows its summary at once and loads itself when it is called."""

    def __init__(self, name: str, summary: str, panel: str) -> None:
        super().__init__(name=name, help=summary, short_help=summary, rich_markup_mode=None)
        self.panel = panel

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Return the context of the real command."""
        from maxctl.cli.console import guarded

        with guarded():
            return self._load().make_context(info_name, args, parent, **extra)

    def _load(self) -> Any:
        assert self.name is not None
        if self.panel == "Stages":
            from maxctl.cli.stage import stage_command

            return stage_command(self.name)
        module = importlib.import_module(f"maxctl.cli.{self.name}")
        return module.command()


class Main(TyperGroup):
    """maxctl itself: the commands of this folder, and one command per installed stage."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands, then the stages."""
        from maxctl.core.registry import entries

        return [*COMMANDS, *entries()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by name; an unknown one raises `UsageError` with the closest."""
        from maxctl.core.registry import entries

        if cmd_name in COMMANDS:
            return Command(cmd_name, COMMANDS[cmd_name], "Commands")
        if cmd_name in entries():
            return Command(cmd_name, entries()[cmd_name].summary(), "Stages")
        return None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands, then the stages, each under its own heading."""
        found = [self.get_command(ctx, name) for name in self.list_commands(ctx)]
        for panel in ("Commands", "Stages"):
            with formatter.section(panel):
                formatter.write_dl([(item.name, item.help) for item in found if item.panel == panel])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the arguments name."""
        # for the "did you mean" of Typer
        self.commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=Main,
    add_completion=True,
    rich_markup_mode=None,  # Typer's rich help alone costs twice the import of Typer
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Take a pre-trained model from a paper to a pulled container, and keep the paper trail.",
)


def _version(value: bool) -> None:
    if value:
        import maxctl

        typer.echo(f"maxctl {maxctl.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
    debug: bool = typer.Option(False, "--debug", help="Add the traceback to errors; may stand anywhere."),
) -> None:
    """Take a pre-trained model from a paper to a pulled container, and keep the paper trail."""


def main() -> None:
    """Run the command line; exit with the codes of `core/errors.py`."""
    arguments = sys.argv[1:]
    if "--debug" in arguments:  # wherever it stands: who wants a traceback repeats the command with it
        arguments.remove("--debug")
        os.environ["MAXCTL_DEBUG"] = "1"
    for number in (signal.SIGTERM, signal.SIGHUP):  # what was begun is cleared away, as after Ctrl-C
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of few letters is no reason to fail
    try:
        typer.main.get_command(app)(prog_name="maxctl", args=arguments)
    except Exception as error:  # noqa: BLE001 - told by `guarded`, which is imported only now
        _tell(error)


def _end(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


def _tell(error: Exception) -> None:
    from maxctl.cli.console import guarded

    try:
        with guarded():
            raise error
    except typer.Exit as end:
        sys.exit(end.exit_code)
