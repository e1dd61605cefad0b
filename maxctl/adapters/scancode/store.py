"""Results by key in one SQLite file, shared by projects and by processes at once; each sealed by its digest.

Nothing in it is needed: a damaged entry counts as none, a damaged file is set aside, and a folder that cannot
be written costs time only.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

BUSY_S = 30.0
BATCH = 500
LARGEST = 1 << 30
"""Bytes; a larger file is begun anew."""
_T = TypeVar("_T")


class Store:
    """The results kept in a folder; use it in a `with` statement. `said` hears what the user should know."""

    def __init__(self, folder: Path, said: Callable[[str], None] = lambda _: None) -> None:
        self._path, self._said = folder / "results.sqlite", said
        self._open: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            self._give_up(fault)
        else:
            self._guarded(lambda connection: None, None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._open.close()

    def get(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return the bodies of those keys that are known and whole."""
        wanted = list(keys)

        def read(connection: sqlite3.Connection) -> dict[str, bytes]:
            found = {}
            for at in range(0, len(wanted), BATCH):
                part = wanted[at : at + BATCH]
                marks = ",".join("?" * len(part))
                rows = connection.execute(f"SELECT key, seal, body FROM results WHERE key IN ({marks})", part)
                for key, seal, body in rows:
                    if isinstance(body, bytes) and seal == _seal(key, body):
                        found[key] = body
            return found

        return self._guarded(read, {})

    def put(self, bodies: Mapping[str, bytes]) -> None:
        """Keep the bodies; those of keys that are known already are replaced."""
        rows = [(key, _seal(key, body), body) for key, body in bodies.items()]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                if self._path.stat().st_size > LARGEST:
                    connection.execute("DELETE FROM results")  # its pages are used again
                connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)

        if rows:
            self._guarded(write, None)

    def _guarded(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Return what the work returns; a damaged file is set aside, and the work is done on a new one."""
        for attempt in ("first", "again"):
            if self._path is None:
                return otherwise
            try:
                if self._open is None:
                    self._open = _connect(self._path)
                return work(self._open)
            except sqlite3.OperationalError as fault:  # no right to write, disk full, locked for too long
                self._give_up(fault)
            except sqlite3.DatabaseError:
                if attempt == "again":
                    raise
                self._set_aside()
        return otherwise

    def _set_aside(self) -> None:
        self._said(f"{self._path.name} is damaged: its results are found anew")
        if self._open is not None:
            with contextlib.suppress(sqlite3.Error):
                self._open.close()
            self._open = None
        for suffix in ("", "-wal", "-shm"):
            path = self._path.with_name(self._path.name + suffix)
            with contextlib.suppress(FileNotFoundError):  # another process was first
                path.replace(path.with_name(path.name + ".damaged"))

    def _give_up(self, fault: Exception) -> None:
        self._said(f"results are not kept in {self._path.parent}: {fault}")
        self._open, self._path = None, None  # type: ignore[assignment]


def _connect(path: Path) -> sqlite3.Connection:
    # results are put by the thread that hears the child, while the main thread waits for its end
    connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # what a power cut may lose is found anew
    connection.execute(
        "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, seal BLOB, body BLOB) WITHOUT ROWID"
    )
    return connection


def _seal(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + b"\0" + body).digest()
