"""One commit of somebody's repository through the user's git, while nothing of theirs runs.

No hook, filter, submodule or credential helper has a say, and no configuration but what stands here. Proxies and
certificates come from the environment, a login for https from ~/.netrc. Git is started directly, and not by
GitPython, so that it has limits and dies with maxctl.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from maxctl.adapters import process
from maxctl.adapters.http import AbsentError
from maxctl.core.errors import ChildFailedError, FetchError, UnpackError

CONTACT_S = 30.0
FETCH_S = 900.0
READ_S = 300.0
PACK_BYTES = 8 * 1024**3
MEND = "apt-get install git"
BRANCHES = ("origin", "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
OPTIONS: tuple[str, ...] = (
    "core.hooksPath=/dev/null",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "http.sslVerify=true",
    "http.lowSpeedLimit=1024",
    "http.lowSpeedTime=30",
)
ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # not unset: then git would ask SSH_ASKPASS
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
KEPT = frozenset({"GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_PROXY_SSL_CAINFO"})
_FULL_ONLY = re.compile(r"unadvertised object|does not support shallow", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"not our ref|unadvertised object|(could not|couldn't|did not) find remote ref|no such remote ref",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"could not read (Username|Password)|Authentication failed|returned error: 401")
_NO_REPOSITORY = re.compile(r"repository '[^']*' not found|not appear to be a git repository|error: 404")
_TOO_LARGE = re.compile(r"died of signal 25|File too large|File size limit exceeded")
_UNREACHABLE = re.compile(r"unable to access '[^']*': (.*)")


class _FullOnlyError(Exception):
    """The server gives branches and tags away, but no single commit."""


class Clone:
    """A bare repository of maxctl's own with one commit of a remote."""

    def __init__(self, remote: str, folder: Path) -> None:
        """Name the remote (https://…, file:///…, or http:// of this machine) and the clone's folder."""
        self._remote, self._folder = remote, folder
        self._scheme = urlsplit(remote).scheme

    def make(self, commit: str, *, thin: bool) -> None:
        """Fetch the commit into the new folder; `thin` leaves files to be fetched one by one where they are read.

        Raises `ToolMissingError` without git, `AbsentError` where there is no such repository or commit,
        `FetchError` where the remote cannot be asked or is too large, and `OSError` for a full disk.
        """
        finished = self._run("init", "--quiet", "--bare", "--template=", str(self._folder), inside=False)
        if finished.returncode:
            raise self._refusal(finished.stderr, commit)
        if self._scheme != "file":  # git itself would try to connect for minutes
            finished = self._run("ls-remote", "--quiet", "origin", "HEAD", timeout_s=CONTACT_S)
            if finished.returncode:
                raise self._refusal(finished.stderr, commit)
        try:
            self._fetch(commit, *(("--filter=blob:none",) if thin else ()), "--depth=1", "origin", commit)
        except _FullOnlyError:
            self._fetch(commit, "--no-filter", *BRANCHES)  # the first attempt noted its filter

    def sizes(self, ids: Iterable[str]) -> dict[str, tuple[str, int] | None]:
        """Return the type and the size of each object, None where there is none; a thin clone gets what it lacks.

        Raises `UnpackError` for a damaged clone, and what `make` raises where the remote is asked.
        """
        asked = list(dict.fromkeys(ids))
        command = ("cat-file", "--batch-check", "--buffer")
        finished = self._run(*command, ids=asked, timeout_s=FETCH_S)
        if _FULL_ONLY.search(
            finished.stderr
        ):  # the host gave a branch's tip without its files, and gives none alone
            self._fetch(asked[0], "--refetch", "--no-filter", *BRANCHES)
            finished = self._run(*command, ids=asked)
        if finished.returncode:
            if "promisor remote" in finished.stderr or "remote error" in finished.stderr:
                raise self._refusal(finished.stderr, asked[0])
            raise UnpackError(f"the clone is damaged: {_fault(finished)}")
        found: dict[str, tuple[str, int] | None] = {}
        for line in finished.stdout.splitlines():
            id_, kind, *size = line.split(" ")
            found[id_] = (kind, int(size[0])) if size else None
        if list(found) != asked:
            raise UnpackError("the clone is damaged: git does not tell of every object")
        return found

    def read(self, ids: Iterable[str], target: Path) -> None:
        """Write objects that are there to a file, as `git cat-file --batch` does; raises `UnpackError`."""
        finished = self._run("cat-file", "--batch", "--buffer", ids=ids, log=target)
        if finished.returncode or finished.stderr:
            raise UnpackError(f"the clone is damaged: {_fault(finished)}")

    def _fetch(self, commit: str, *arguments: str) -> None:
        command = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *arguments)
        finished = self._run(*command, timeout_s=FETCH_S)
        if finished.returncode:
            if _FULL_ONLY.search(finished.stderr) and "--depth=1" in arguments:
                raise _FullOnlyError
            raise self._refusal(finished.stderr, commit)

    def _run(
        self,
        *arguments: str,
        inside: bool = True,
        ids: Iterable[str] = (),
        log: Path | None = None,
        timeout_s: float = READ_S,
    ) -> process.Finished:
        git = process.program("git", MEND)
        options = [*OPTIONS, f"remote.origin.url={self._remote}"]
        if self._scheme == "http":  # this machine: neither a proxy nor a redirect leads back to it
            options += ["http.proxy=", "http.followRedirects=false"]
        where = [f"--git-dir={self._folder}"] if inside else []
        command = [git, *(word for option in options for word in ("-c", option)), *where, *arguments]
        environment = {**ENVIRONMENT, "GIT_ALLOW_PROTOCOL": self._scheme}
        if "SSL_CERT_FILE" in os.environ and "GIT_SSL_CAINFO" not in os.environ:
            environment["GIT_SSL_CAINFO"] = os.environ["SSL_CERT_FILE"]
        try:
            return process.run(
                ["/bin/sh", "-c", _before(environment), "git", *command],
                cwd=self._folder if inside else self._folder.parent,
                env=environment,
                stdin="".join(f"{id_}\n" for id_ in ids).encode(),
                timeout_s=timeout_s,
                ok=range(256),
                log=log,
            )
        except ChildFailedError as error:
            raise FetchError(f"git {error.message.removeprefix('sh ')}") from error

    def _refusal(self, said: str, commit: str) -> FetchError:
        """Return what git's words mean; raises `OSError` where the disk is full."""
        if "No space left on device" in said:
            raise OSError(errno.ENOSPC, "No space left on device")
        if _UNKNOWN.search(said):
            return AbsentError(f"has no commit {commit}")
        if _LOGIN.search(said):
            return FetchError(
                "asks for a login, or there is no such repository; put a login for its host in ~/.netrc,"
                " or make a bare clone and name it by git+file:"
            )
        if _NO_REPOSITORY.search(said):
            return AbsentError("there is no such repository")
        if "dubious ownership" in said:
            return FetchError(
                "belongs to another user of this machine, so git does not read it; clone it yourself,"
                " and name the clone"
            )
        if _TOO_LARGE.search(said):
            return FetchError(f"is larger than {PACK_BYTES / 1024**3:g} GiB")
        unreachable = _UNREACHABLE.search(said)
        if unreachable:
            return FetchError(f"cannot be asked: {unreachable[1]}")
        return FetchError(f"git: {_told(said) or 'failed without a word'}")


def _before(environment: dict[str, str]) -> str:
    """Return what the shell does before it becomes git: limit what it writes, forget GIT_DIR and the like of a hook."""
    inherited = [
        name
        for name in sorted(os.environ)
        if re.fullmatch("GIT_[A-Z0-9_]+", name) and name not in environment and name not in KEPT
    ]
    blocks = PACK_BYTES // 512
    limit = f"(ulimit -f {blocks}) 2>/dev/null && ulimit -f {blocks}"
    return f'{limit}; unset GIT_DIR {" ".join(inherited)}; exec "$@"'


def _fault(finished: process.Finished) -> str:
    return _told(finished.stderr) or process.ending(finished.returncode)


def _told(said: str) -> str:
    lines = [line for line in said.splitlines() if line.startswith(("fatal: ", "error: "))]
    return lines[0].partition(": ")[2] if lines else said.strip().partition("\n")[0]
