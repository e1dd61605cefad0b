"""Services of a few lines: one in a thread of the test, and one as a folder like those that `scaffold` writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.projects import write_tree

Reply = tuple[int, bytes]

# speaks the command line of the serving code, with the answers in answers.json
PROGRAM = """
import json, os, pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
answers = json.loads(pathlib.Path("answers.json").read_text())
assert "PYTHONPATH" not in os.environ or not os.environ["PYTHONPATH"]
if sys.argv[1] == "predict":
    request = json.loads(pathlib.Path(sys.argv[2]).read_text())
    print("a framework chatters")
    with os.fdopen(int(os.environ["MAXCTL_FD"]), "w") as out:
        out.write(json.dumps({"event": "started", "model": "fake"}) + "\\n")
        for case in request["cases"]:
            assert pathlib.Path(case["input"]).is_file()
            out.write(json.dumps({"id": case["id"], "status": 200, "response": answers[case["id"]]}) + "\\n")
    sys.exit(0)
if pathlib.Path("broken").exists():
    sys.exit("error: the model could not be loaded")
order = iter(answers.values())
class Handler(BaseHTTPRequestHandler):
    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        self.answer({"status": "ok"})
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(next(order))
port = int(sys.argv[sys.argv.index("--port") + 1])
pathlib.Path("port").write_text(str(port))
HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


def folder(root: Path, answers: dict[str, Any]) -> Path:
    """Write a service that answers so, case by case, and return its folder."""
    return write_tree(
        root / "service",
        {"requirements.txt": "", "serving/__main__.py": PROGRAM, "answers.json": json.dumps(answers)},
    )


class Server:
    """A service in a thread: `asked` is what it got; `reply` and `ready` decide what it says."""

    def __init__(self, reply: Callable[[int], Reply], ready: Reply) -> None:
        self.asked: list[dict[str, Any]] = []
        self.reply, self.ready = reply, ready
        self.url = ""


@contextmanager
def serving(reply: Callable[[int], Reply], ready: Reply = (200, b'{"status": "ok"}')) -> Iterator[Server]:
    """Serve while the block lasts; `reply` gets the number of the question, from 0."""
    told = Server(reply, ready)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def send(self, answer: Reply) -> None:
            self.send_response(answer[0])
            self.end_headers()
            self.wfile.write(answer[1])

        def do_GET(self) -> None:
            self.send(told.ready)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            (part,) = BytesParser().parsebytes(head + body).get_payload()
            told.asked.append(
                {
                    "path": urlsplit(self.path).path,
                    "query": parse_qs(urlsplit(self.path).query),
                    "field": part.get_param("name", header="content-disposition"),
                    "type": part.get_content_type(),
                    "data": part.get_payload(decode=True),
                }
            )
            number = len(told.asked) - 1
            answer = told.reply(number)
            if answer[0]:
                self.send(answer)  # else the connection is closed without a word

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
