"""The only place that prints: results to standard output, all else to standard error."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from maxctl.core.errors import INTERRUPTED, MaxctlError, StageError, UsageError
from maxctl.core.quoting import LINES, shown

errors = Console(stderr=True, highlight=False)


def debugging() -> bool:
    """Tell whether the traceback is wanted."""
    return os.environ.get("MAXCTL_DEBUG", "") not in ("", "0")


@contextmanager
def guarded() -> Iterator[None]:
    """Turn every way to fail into one message and the right exit code."""
    try:
        yield
    except MaxctlError as error:
        fail(error)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        errors.print(
            "\n[yellow]interrupted[/]; what was finished is recorded, run the command again to go on"
        )
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        # whoever read standard output has seen enough; nothing may be flushed into it at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        if not full and error.filename is None:
            _bug(error)
        what = "the disk is full" if full else f"{error.strerror or error}"
        mend = (
            "free some space, then run the command again"
            if full
            else "mend what is in the way, then try again"
        )
        fail(StageError(f"{what}{f': {error.filename}' if error.filename else ''}", hint=mend))
        raise typer.Exit(StageError.exit_code) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if type(error).__module__.startswith("typer."):
            raise  # usage errors are Typer's to show
        _bug(error)


def fail(error: MaxctlError) -> None:
    """Print an error: what happened, where, and the next command to try."""
    if debugging():
        errors.print(escape("".join(traceback.format_exception(error))))
    errors.print(f"[red]error:[/] {escape(shown(error.message, keep=LINES))}", soft_wrap=True)
    if error.hint:
        errors.print(f"[cyan]try:[/] {escape(shown(error.hint, keep=LINES))}", soft_wrap=True)


def _bug(error: BaseException) -> None:
    errors.print(escape("".join(traceback.format_exception(error))), soft_wrap=True)
    errors.print(f"[red]bug in maxctl:[/] {type(error).__name__}: {escape(str(error))}")
    errors.print("[cyan]try:[/] the same command once more; if it comes back, report the lines above")
    raise typer.Exit(70) from None


class Bars:
    """Progress on a terminal: one moving line per label; on a log, plain lines."""

    def __init__(self) -> None:
        self._tasks: dict[str, int] = {}
        self._bars: Progress | None = None

    def __enter__(self) -> Bars:
        if errors.is_terminal:
            self._bars = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(24),
                TimeElapsedColumn(),
                console=errors,
                transient=True,
            )
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def title(self, text: str) -> None:
        """Start a new step: earlier bars go."""
        if self._bars:
            for task in self._tasks.values():
                self._bars.remove_task(task)  # type: ignore[arg-type]
            self._tasks = {}
            self.advance(text, 0, None)
        else:
            errors.print(text)

    def line(self, markup: str) -> None:
        """Print a line that stays."""
        errors.print(markup, soft_wrap=True)

    def say(self, message: str) -> None:
        """Print one line of a stage."""
        errors.print(f"    [dim]{escape(message)}[/]", soft_wrap=True)

    def advance(self, label: str, done: float, total: float | None) -> None:
        """Move the bar of a label."""
        if self._bars is None:
            return
        if label not in self._tasks:
            for earlier in list(self._tasks.values())[1:]:  # a new label means that the last one is done
                self._bars.update(earlier, total=1, completed=1)  # type: ignore[arg-type]
            self._tasks[label] = self._bars.add_task(escape(label), total=total)
        self._bars.update(self._tasks[label], completed=done, total=total)  # type: ignore[arg-type]


def emit(text: str, output: Path | None) -> None:
    """Write a result to standard output, or whole to a file."""
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
        return
    from maxctl.core.yaml import replace_text

    whole = text if text.endswith("\n") else f"{text}\n"
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder", hint="name a file in it")
    target = output.resolve()  # a link stays a link
    if target.exists() and not target.is_file():  # /dev/null, a named pipe
        target.write_text(whole, encoding="utf-8")
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_text(target, whole)
    errors.print(f"wrote {escape(str(output))}")
