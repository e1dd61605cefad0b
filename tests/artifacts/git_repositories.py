"""Repositories made by git itself, and a web server that serves them as a git host does."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "1700000000 +0000",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}
Before = Callable[[BaseHTTPRequestHandler], bool]


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git and return what it prints."""
    return subprocess.run(
        ["git", *arguments], cwd=folder, input=stdin, check=True, capture_output=True, env={**os.environ, **QUIET}
    ).stdout.decode().strip()  # fmt: skip


class Repository:
    """A bare repository; the same files give the same commit, whenever they are committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.exists():
            return
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main")
        self.configure("uploadpack.allowFilter", "true")

    def configure(self, key: str, value: str) -> None:
        git(self.folder, "config", key, value)

    def blob(self, content: bytes) -> str:
        return git(self.folder, "hash-object", "-w", "--stdin", stdin=content)

    def tree(self, entries: Mapping[bytes, tuple[str, str]]) -> str:
        """Return a tree of name -> (mode, object), whatever the names are."""
        kinds = {"040000": "tree", "160000": "commit"}
        lines = b"".join(
            f"{mode} {kinds.get(mode, 'blob')} {id_}\t".encode() + name + b"\0"
            for name, (mode, id_) in entries.items()
        )
        return git(self.folder, "mktree", "-z", "--missing", stdin=lines)

    def files(self, content: Mapping[str, bytes | tuple[str, bytes | str]]) -> str:
        """Return a tree of path -> bytes, or (mode, bytes); of a submodule, (160000, commit)."""
        entries: dict[bytes, tuple[str, str]] = {}
        folders: dict[str, dict[str, bytes | tuple[str, bytes | str]]] = {}
        for path, what in content.items():
            top, _, rest = path.partition("/")
            if rest:
                folders.setdefault(top, {})[rest] = what
            else:
                mode, data = what if isinstance(what, tuple) else ("100644", what)
                entries[top.encode()] = (mode, data if isinstance(data, str) else self.blob(data))
        for name, inner in folders.items():
            entries[name.encode()] = ("040000", self.files(inner))
        return self.tree(entries)

    def commit(self, tree: str, branch: str = "main", message: str = "m") -> str:
        """Return a commit, which the branch then leads to."""
        id_ = git(self.folder, "commit-tree", tree, "-m", message)
        git(self.folder, "update-ref", f"refs/heads/{branch}", id_)
        return id_


@contextmanager
def hosting(root: Path, before: Before = lambda handler: False) -> Iterator[str]:
    """Serve the repositories below a folder by git's own CGI program; `before` may answer in its stead."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if before(self):
                return
            path, _, query = self.path.partition("?")
            length = int(self.headers.get("Content-Length") or 0)
            answer = subprocess.run(
                ["git", "http-backend"],
                input=self.rfile.read(length),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
                env={
                    **os.environ,
                    **QUIET,
                    "GIT_PROJECT_ROOT": str(root),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "CONTENT_LENGTH": str(length),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                },
            ).stdout
            head, _, body = answer.partition(b"\r\n\r\n")
            headers = [line.partition(": ") for line in head.decode().splitlines()]
            self.send_response(next((int(value[:3]) for name, _, value in headers if name == "Status"), 200))
            for name, _, value in headers:
                if name != "Status":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
