"""The worker, kept alive: a request a line in, its events a line out. Tests pay TensorFlow's import once."""

import json
import os
import sys

from maxctl.runtimes.worker import perform

if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "w") as answers:
        for line in sys.stdin:
            events: list[object] = []
            perform(json.loads(line), events.append)
            answers.write(json.dumps(events) + "\n")
            answers.flush()
