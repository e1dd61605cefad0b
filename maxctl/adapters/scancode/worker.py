"""The child that runs scancode's parts: a request on standard input, results as events on MAXCTL_FD.

A request to scan names the `index` and its `sha256`, the `root`, the `tree` as [path, key] of every file, which
`files` of it to scan as [path, key, sha256, size], the `names` to which known files refer, by key, the `store`
that has their details, `jobs`, and `limit_s` for a file. A request to build names `source` and `folder` only.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from maxctl.adapters.scancode import index_file, keys, model, pool

Tell = Callable[[Mapping[str, Any]], None]


def main() -> NoReturn:
    """Do the work of one request."""
    request = json.load(sys.stdin)
    events = os.fdopen(int(os.environ["MAXCTL_FD"]), "w", encoding="utf-8")

    def tell(event: Mapping[str, Any]) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    if "source" in request:
        index_file.make(Path(request["source"]), Path(request["folder"]))
    else:
        scan(request, tell)
    events.close()
    sys.stderr.flush()
    os._exit(0)  # tearing down what scancode loaded takes longer than a small scan


def scan(request: Mapping[str, Any], tell: Tell) -> None:
    """Scan the files, then follow what they say of one another; each result is told as it comes."""
    seal: list[str] = []
    check = threading.Thread(target=lambda: seal.append(index_file.digest(Path(request["index"]))))
    check.start()
    from maxctl.adapters.scancode import engine

    engine.start(Path(request["index"]), Path(request["site"]))
    check.join()
    if seal != [request["sha256"]]:
        raise SystemExit("the index of licenses is damaged")
    os.chdir(request["root"])  # paths are relative from here on: scancode looks for `locale` in them
    details, names = _scan(request, tell)
    _resolve(request, details, names, tell)


def _scan(request: Mapping[str, Any], tell: Tell) -> tuple[dict[str, bytes], dict[str, tuple[str, ...]]]:
    details: dict[str, bytes] = {}
    names = {key: tuple(found) for key, found in request["names"].items()}
    tasks = sorted(request["files"], key=lambda file: -file[3])  # the largest may take longest
    for number, result in pool.each(_one, tasks, request["jobs"], request["limit_s"]):
        key = tasks[number][1]
        if isinstance(result, pool.Lost):
            tell({"event": "lost", "key": key, "why": result.why})
            continue
        answer, details[key] = result
        names[key] = model.Answer.load(answer).names
        tell({"event": "file", "key": key, "answer": answer.decode(), "details": details[key].decode()})
    return details, names


def _one(task: tuple[str, str, str, int]) -> tuple[bytes, bytes]:
    from maxctl.adapters.scancode import engine

    path, _key, sha256, _size = task
    answer, details = engine.scan(path)
    with Path(path).open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            changed = model.Answer(None, (), errors=("the file changed while it was scanned",))
            return changed.dump(), b""
    return answer, details


def _resolve(
    request: Mapping[str, Any],
    fresh: Mapping[str, bytes],
    names: Mapping[str, tuple[str, ...]],
    tell: Tell,
) -> None:
    from maxctl.adapters.scancode import engine, references
    from maxctl.adapters.scancode.store import Store

    key_of = dict(request["tree"])
    referring = {path: names[key] for path, key in key_of.items() if names.get(key)}
    if not referring:
        return
    with Store(Path(request["store"])) as store:

        def details(path: str) -> list[dict[str, Any]]:
            key = key_of[path]
            body = fresh.get(key)
            if body is None:
                wanted = keys.of_details(key)
                body = store.get([wanted]).get(wanted)
            if body is None:  # it was damaged, or none: most files say nothing of licenses
                body = engine.scan(path)[1]
            found: list[dict[str, Any]] = json.loads(body or b"[]")
            return found

        changed = references.resolve(key_of, referring, details)
    for path, (licenses, detections) in changed.items():
        found = model.found(detections, path)
        tell({"event": "changed", "path": path, "answer": model.Answer(licenses, found).dump().decode()})


if __name__ == "__main__":
    main()
