"""Run by the service's Python in its folder: the bare way from a picture to the encoded answer, without a server.

    python floor.py PICTURE SECONDS THREADS

Each thread has a predictor with one engine and asks it again and again. Prints pictures per second and CPU per picture.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
from serving import config
from serving.predictor import Predictor

WARM = 5


def main() -> None:
    data, seconds, count = Path(sys.argv[1]).read_bytes(), float(sys.argv[2]), int(sys.argv[3])
    service = config.load(Path("service.json"))
    predictors = [Predictor(service, Path.cwd(), engines=1) for _ in range(count)]
    for (
        predictor
    ) in predictors:  # one after another: some runtimes hang when two threads build engines at once
        predictor.load()
        for _ in range(WARM):
            _ask(predictor, data)
    done = [0] * count
    gate = threading.Barrier(count + 1)
    until = [0.0]
    parent = os.getppid()  # where the benchmark is killed, nothing of it stays

    def work(index: int) -> None:
        gate.wait()
        while time.perf_counter() < until[0] and os.getppid() == parent:
            _ask(predictors[index], data)
            done[index] += 1

    threads = [threading.Thread(target=work, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    cpu, began = time.process_time(), time.perf_counter()
    until[0] = began + seconds
    gate.wait()
    for thread in threads:
        thread.join()
    cpu, took = time.process_time() - cpu, time.perf_counter() - began
    json.dump(
        {"threads": count, "per_second": sum(done) / took, "cpu_ms": 1000 * cpu / sum(done)}, sys.stdout
    )


def _ask(predictor: Predictor, data: bytes) -> bytes:
    answer = predictor.task.max_response(predictor.predict(data, {"threshold": 0.5}))
    return json.dumps(answer).encode()


if __name__ == "__main__":
    main()
