"""One TensorFlow for all tests of this folder, in a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Request = dict[str, Any]


@pytest.fixture(scope="session")
def events() -> Iterator[Callable[[Request], list[Request]]]:
    """Perform a request in the child; return all events."""
    read, write = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.runtimes.many_requests", str(write)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=[write], text=True,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as answers:

        def perform(request: Request) -> list[Request]:
            assert child.stdin
            child.stdin.write(json.dumps(request) + "\n")
            child.stdin.flush()
            line = answers.readline()
            assert line, f"the child died with {child.wait()}"
            heard: list[Request] = json.loads(line)
            return heard

        yield perform
        assert child.stdin
        child.stdin.close()
        child.wait(timeout=60)


@pytest.fixture
def result(events: Callable[[Request], list[Request]]) -> Callable[[Request], Request]:
    """Perform a request that must succeed; return its result."""

    def perform(request: Request) -> Request:
        last = events(request)[-1]
        assert last["event"] == "result", last
        answer: Request = last["result"]
        return answer

    return perform


@pytest.fixture
def refusal(events: Callable[[Request], list[Request]]) -> Callable[[Request], Request]:
    """Perform a request that must fail; return the error event."""

    def perform(request: Request) -> Request:
        last = events(request)[-1]
        assert last["event"] == "error", last
        return last

    return perform
