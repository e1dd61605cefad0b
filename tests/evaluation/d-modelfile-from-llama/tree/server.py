"""Serve the gardener on port 8077."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

OLLAMA = "http://localhost:11434/api/chat"


class Shed(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers["Content-Length"])
        question = self.rfile.read(length).decode()
        body = {"model": "potting-shed", "stream": False, "messages": [{"role": "user", "content": question}]}
        with urlopen(Request(OLLAMA, json.dumps(body).encode())) as answer:
            text = json.load(answer)["message"]["content"]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    ThreadingHTTPServer(("", 8077), Shed).serve_forever()
