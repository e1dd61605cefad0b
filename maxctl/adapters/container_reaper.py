"""Remove a container once the standard input closes: `python -m maxctl.adapters.container_reaper ID`.

It has a session of its own, so that neither Ctrl-C nor the death of maxctl keeps it from its work.
"""

from __future__ import annotations

import signal
import sys

STOP_S = 10


def main() -> int:
    """Return 0 once the container is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    import docker
    import requests

    from maxctl.adapters.container_engine import client_of_engine

    try:
        container = client_of_engine().containers.get(sys.argv[1])
        container.stop(timeout=STOP_S)
        container.remove(force=True, v=True)
    except docker.errors.NotFound:
        return 0  # somebody else was quicker
    except (docker.errors.DockerException, requests.RequestException):
        return 1  # the engine went away; who started this says so
    return 0


if __name__ == "__main__":
    sys.exit(main())
