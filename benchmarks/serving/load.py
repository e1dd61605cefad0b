"""A load of N clients, each of which sends its next request when the last one is answered.

    python -m serving.load '{"port": …, "request": PATH, "clients": 16, …}'

One thread, one epoll, plain sockets, and a request whose bytes were made once: what it takes itself stands in what it
prints (`client_cpu`). Counting begins when `warm` seconds are over and as many requests are decided as there are
clients, so that a server's queue is what it will be. Throughput and CPU are of the `seconds` after that. An answer
counts by the part of its time that lies within them, since some servers answer in waves that are longer than a second.
Latencies are of the requests sent then, and all of them are waited for (`timeout` seconds at most), so that slow ones
are not left out. A refused client asks again at once, as the rudest would, or after the seconds of `Retry-After` where
`obedient` is set.
"""

from __future__ import annotations

import errno
import heapq
import json
import math
import os
import select
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .processes import busy_seconds, cpu_seconds

RECONNECT_S = 0.02  # after a failed connection, so that a dead server costs no CPU
SCAN_S = 0.25
CHUNK = 1 << 16
LONGEST_WARM_S = 12.0


@dataclass(slots=True)
class Client:
    """One connection and the request that is under way on it."""

    index: int
    socket: socket.socket | None = None
    sent: int = 0
    begun: float = 0.0
    busy: bool = False
    writable: bool = False
    answered: Any = None
    """The answer, where it came before the request was sent to its end."""
    received: bytearray = field(default_factory=bytearray)


class Answer:
    """The status, the body and what matters of the headers."""

    __slots__ = ("body", "keep", "retry_after", "status")

    def __init__(self, status: int, head: bytes, body: bytes, keep: bool) -> None:
        self.status = status
        self.body = body
        self.keep = keep
        at = head.find(b"\r\nretry-after:")
        word = head[at + 14 : head.index(b"\r\n", at + 14)].strip() if at >= 0 else b""
        self.retry_after = int(word) if word.isdigit() else None


def parse(data: bytes | bytearray, ended: bool) -> Answer | None:
    """Return the answer once all of it is there; without a length it lasts until the connection ends."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(data[: end + 2]).lower()
    status = int(head[9:12])
    if status == 100:
        return parse(data[end + 4 :], ended)
    keep = b"\r\nconnection: close" not in head and (
        head.startswith(b"http/1.1") or b"\r\nconnection: keep-alive" in head
    )
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 : head.index(b"\r\n", at + 17)])
        if len(data) < end + 4 + length:
            return None
        return Answer(status, head, bytes(data[end + 4 : end + 4 + length]), keep)
    if b"\r\ntransfer-encoding: chunked" in head:
        body = _chunks(data, end + 4)
        return None if body is None else Answer(status, head, body, keep)
    return Answer(status, head, bytes(data[end + 4 :]), False) if ended else None


def _chunks(data: bytes | bytearray, at: int) -> bytes | None:
    body = b""
    while (line := data.find(b"\r\n", at)) >= 0:
        size = int(bytes(data[at:line]).partition(b";")[0], 16)
        if size == 0:
            return body if data.find(b"\r\n\r\n", line) >= 0 else None
        if len(data) < line + 2 + size + 2:
            return None
        body += data[line + 2 : line + 2 + size]
        at = line + 2 + size + 2
    return None


class Load:
    """All clients and what they count."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.address = ("127.0.0.1", int(asked["port"]))
        self.request = Path(asked["request"]).read_bytes()
        self.expected = [word.encode() for word in asked["expected"]]
        self.timeout = float(asked["timeout"])
        self.warm = float(asked["warm"])
        self.seconds = float(asked["seconds"])
        self.obedient = bool(asked["obedient"])
        self.ends = math.inf
        self.poll = select.epoll()
        self.by_number: dict[int, Client] = {}
        self.clients = [Client(index) for index in range(int(asked["clients"]))]
        self.waiting: list[tuple[float, int]] = []
        self.origin = time.perf_counter()
        # (sent, answered) of each, in seconds from the start
        self.answers: list[tuple[float, float]] = []
        self.refusals: list[tuple[float, float]] = []
        self.failures: list[tuple[float, str]] = []
        self.without_retry_after = 0
        self.parent = os.getppid()

    def now(self) -> float:
        return time.perf_counter() - self.origin

    def run(self, server: int) -> dict[str, Any]:
        """Return what was counted; `server` is the process whose tree serves."""
        for index in range(len(self.clients)):
            self.begin(index)
        next_scan = SCAN_S
        marks: list[float] = []
        cpu = busy = machine = stolen = 0.0
        while True:
            now = self.now()
            if not marks and self.warmed(now):
                marks.append(now)
                self.ends = now + self.seconds
                cpu, busy = -cpu_seconds(server), -time.process_time()
                machine, stolen = (-seconds for seconds in busy_seconds())
            elif len(marks) == 1 and now >= self.ends:
                marks.append(now)
                cpu, busy = cpu + cpu_seconds(server), busy + time.process_time()
                used = busy_seconds()
                machine, stolen = machine + used[0], stolen + used[1]
            if len(marks) == 2 and not any(client.busy for client in self.clients):
                break
            while self.waiting and self.waiting[0][0] <= now:
                self.begin(heapq.heappop(self.waiting)[1])
            if now >= next_scan:
                next_scan = now + SCAN_S
                self.expire(now)
            due = min(next_scan, self.ends) if len(marks) == 1 else next_scan
            if self.waiting:
                due = min(due, self.waiting[0][0])
            for number, events in self.poll.poll(max(0.0, due - self.now())):
                client = self.by_number.get(number)
                if client is not None:
                    self.attend(client, events)
        took, found = marks[1] - marks[0], self.summary(marks[0], marks[1])
        return {
            **found,
            "server_cpu_s": cpu,
            "cpu_ms_per_answer": 1000 * cpu / found["answers"] if found["answers"] else None,
            "client_cpu": busy / took,
            "others_cpu": max(0.0, machine - cpu - busy) / took,
            "stolen_cpu": stolen / took,
        }

    def warmed(self, now: float) -> bool:
        decided = len(self.answers) + len(self.refusals) + len(self.failures)
        return now >= self.warm and (decided >= len(self.clients) or now >= LONGEST_WARM_S)

    def begin(self, index: int) -> None:
        client = self.clients[index]
        if self.now() >= self.ends or client.busy:
            return
        client.busy, client.begun, client.sent, client.answered = True, self.now(), 0, None
        client.received.clear()
        if client.socket is None:
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            made.setblocking(False)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = made.connect_ex(self.address)
            client.socket = made
            if code not in (0, errno.EINPROGRESS):
                self.fail(client, errno.errorcode.get(code, str(code)))
                return
            self.by_number[made.fileno()] = client
            client.writable = True
            self.poll.register(made.fileno(), select.EPOLLIN | select.EPOLLOUT)
            return
        self.send(client)

    def attend(self, client: Client, events: int) -> None:
        if client.socket is None:
            return
        if events & select.EPOLLOUT:
            self.send(client)
        if client.socket is not None and events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self.receive(client)

    def send(self, client: Client) -> None:
        assert client.socket is not None
        try:
            while client.sent < len(self.request):
                client.sent += client.socket.send(memoryview(self.request)[client.sent :])
        except BlockingIOError:
            self.listen(client, writable=True)
            return
        except OSError as error:
            # what the server said before it closed may still be there to read
            if client.socket is not None and not self.receive(client):
                self.fail(client, errno.errorcode.get(error.errno or 0, "closed"))
            return
        self.listen(client, writable=False)
        if client.answered is not None:
            self.done(client, client.answered)

    def listen(self, client: Client, *, writable: bool) -> None:
        if client.writable != writable and client.socket is not None:
            client.writable = writable
            self.poll.modify(client.socket.fileno(), select.EPOLLIN | (select.EPOLLOUT if writable else 0))

    def receive(self, client: Client) -> bool:
        """Read what there is; tell whether that decided about the request."""
        assert client.socket is not None
        try:
            data = client.socket.recv(CHUNK)
        except BlockingIOError:
            return False
        except OSError as error:
            self.fail(client, errno.errorcode.get(error.errno or 0, "closed"))
            return True
        if not client.busy:
            if not data:
                self.close(client)
            return True
        client.received += data
        answer = parse(client.received, ended=not data)
        if answer is None:
            if data:
                return False
            self.fail(client, "closed before the answer")
            return True
        if not data:
            answer.keep = False
        if client.sent < len(self.request) and answer.keep:
            client.answered = answer  # told before all was sent: the rest is due before the next request
            return True
        self.done(client, answer)
        return True

    def done(self, client: Client, answer: Answer) -> None:
        now = self.now()
        if answer.status == 200:
            if all(word in answer.body for word in self.expected):
                self.answers.append((client.begun, now))
            else:
                self.failures.append((now, "wrong answer"))
        elif answer.status == 503:
            self.refusals.append((client.begun, now))
            self.without_retry_after += answer.retry_after is None
        else:
            self.failures.append((now, str(answer.status)))
        client.busy = False
        if not answer.keep:
            self.close(client)
        if self.obedient and answer.status == 503 and answer.retry_after:
            heapq.heappush(self.waiting, (now + answer.retry_after, client.index))
            return
        self.begin(client.index)

    def fail(self, client: Client, why: str) -> None:
        self.failures.append((self.now(), why))
        client.busy = False
        self.close(client)
        heapq.heappush(self.waiting, (self.now() + RECONNECT_S, client.index))

    def close(self, client: Client) -> None:
        if client.socket is not None:
            self.by_number.pop(client.socket.fileno(), None)
            client.socket.close()
            client.socket = None

    def expire(self, now: float) -> None:
        if os.getppid() != self.parent:
            raise SystemExit("the benchmark has ended")
        for client in self.clients:
            if client.busy and now - client.begun > self.timeout:
                self.fail(client, "timeout")

    def summary(self, begun: float, ended: float) -> dict[str, Any]:
        took = ended - begun
        inside = [one for one in self.answers if begun <= one[1] < ended]
        share = sum(
            max(0.0, min(answered, ended) - max(sent, begun)) / (answered - sent)
            for sent, answered in self.answers
        )
        # a server so slow that nothing was sent in the window has only answers to what was sent before
        sent = [one for one in self.answers if one[0] >= begun] or self.answers
        refused = [one for one in self.refusals if begun <= one[1] < ended]
        return {
            "seconds": took,
            "answered_within": len(inside),
            "answers": share,
            "answers_in_all": len(self.answers),
            "per_second": share / took,
            "latency_ms": percentiles([answered - sent for sent, answered in sent]),
            "refusals": len(refused),
            "refusal_ms": percentiles([told - sent for sent, told in refused]),
            "refusals_without_retry_after": self.without_retry_after,
            "failures": dict(Counter(why for _, why in self.failures)),
        }


def percentiles(seconds: list[float]) -> dict[str, float] | None:
    """Return p50, p95 and p99 in milliseconds, each the smallest value that so many do not exceed; None for none."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return {
        f"p{part}": 1000 * ordered[min(len(ordered) - 1, -(-len(ordered) * part // 100) - 1)]
        for part in (50, 95, 99)
    }


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    json.dump(Load(asked).run(int(asked["server"])), sys.stdout)
