"""The generated service beside other servers of the same model: load, latency, CPU, memory, start, and equal answers.

    make demo                                                            once: the service and its model
    python benchmarks/serving.py --output FILE --plot FILE               everything: about an hour
    python benchmarks/serving.py --peers fastapi --clients 1 16 --rounds 1 --seconds 1

The peers run the example's detector with TensorFlow, each in its own environment and set up as its documentation
advises; `benchmarks/serving/peers/` shows how. `model` is that detector; `noop` is a model that costs nothing, for what
a server itself takes. In each round every server is started anew, in another order, and asked by each number of
clients; figures are medians over the rounds. What was installed stays in `--folder` for the next time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from serving import answers, environments, report, servers
from serving.environments import Environment
from serving.processes import MIB
from serving.servers import OURS, SERVERS, Running, Server

ROOT = Path(__file__).resolve().parent.parent
PARTS = Path(__file__).resolve().parent / "serving"
NOOP_SIZE = 8
QUALITY = 90
CLIENTS = (1, 4, 16, 64, 256)
WARM_CLIENTS, WARM_S = 2, 1.0
SAMPLE_S = 1.0
SETS = ("model", "noop")


@dataclass(frozen=True)
class Material:
    """What all servers are given."""

    pictures: tuple[Path, ...]
    """For equality; the last is the one that the load carries."""
    expected: Mapping[str, list[dict[str, Any]]]
    """The reference's detections in each picture, by its name."""
    noop_picture: Path
    service: Path
    noop_service: Path
    variables: Mapping[str, str]


def main() -> None:
    """Measure, or read what was measured; print the tables and write what was asked for."""
    asked = _arguments()
    if asked.again:
        found = json.loads(asked.again.read_text(encoding="utf-8"))
    else:
        signal.signal(signal.SIGTERM, _interrupted)
        signal.signal(signal.SIGHUP, _interrupted)
        found = _measure(asked)
    print(report.document(found))
    if asked.plot:
        cache = asked.folder.resolve()
        plotter = environments.make("plot", PARTS / "plot" / "requirements.txt", cache)
        data = cache / "plotted.json"
        data.write_text(json.dumps(found), encoding="utf-8")
        subprocess.run(
            [str(plotter.python), str(PARTS / "plot" / "draw.py"), str(data), str(asked.plot.resolve())],
            check=True,
        )


def _arguments() -> argparse.Namespace:
    peers = sorted({server.peer for server in SERVERS if server.peer})
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peers", nargs="*", choices=peers, default=peers, metavar="PEER", help=", ".join(peers)
    )
    parser.add_argument("--clients", nargs="+", type=int, default=list(CLIENTS))
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement (default 4)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=SETS)
    parser.add_argument("--timeout", type=float, default=30.0, help="that a client waits, in seconds")
    parser.add_argument("--obedient", action="store_true", help="refused clients wait as Retry-After says")
    parser.add_argument("--demo", type=Path, default=ROOT / "build" / "demo", help="the example's project")
    parser.add_argument("--output", type=Path, help="JSON with all figures, written after each server")
    parser.add_argument("--plot", type=Path, help="a picture of them, .png or .svg")
    parser.add_argument("--again", type=Path, metavar="FILE", help="read such JSON instead of measuring")
    parser.add_argument(
        "--memory-limit",
        type=int,
        default=0,
        metavar="MIB",
        help="stop a server at; default: 3/4 of what is free",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "maxctl-serving",
        help="environments and models stay here; about 3 GB",
    )
    return parser.parse_args()


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


# --- what is compared


def _measure(asked: argparse.Namespace) -> dict[str, Any]:
    demo, cache = asked.demo.resolve(), asked.folder.resolve()
    if not (demo / "service" / "service.json").is_file():
        raise SystemExit(f"{demo} has no service: run `make demo` first")
    cache.mkdir(parents=True, exist_ok=True)
    chosen = [server for server in SERVERS if server.peer is None or server.peer in asked.peers]
    kinds = [kind for kind in SETS if asked.only in (None, kind)]
    base = environments.make("tensorflow", servers.PEERS / "model" / "requirements.txt", cache)
    found = {"ours": environments.make("ours", demo / "service" / "requirements.txt", cache)}
    for peer in sorted({server.peer for server in chosen if server.peer}):
        needs = servers.PEERS / peer / "requirements.txt"
        models = any(server.only != "noop" for server in SERVERS if server.peer == peer)
        found[peer] = environments.make(peer, needs, cache, base.packages if models else None)
    material = _material(demo, cache, base, found["ours"])
    limit = asked.memory_limit or int(0.75 * _free_mib())
    bench = Bench(asked, cache, found, material, limit)
    figures: dict[str, Any] = {
        "schema": "maxctl/benchmark/serving/1",
        "machine": _machine(),
        "asked": {
            "clients": sorted(asked.clients),
            "seconds": asked.seconds,
            "rounds": asked.rounds,
            "timeout": asked.timeout,
            "obedient": asked.obedient,
            "sets": kinds,
            "peers": asked.peers,
        },
        "service": _identity(demo / "service"),
        "load_before": os.getloadavg(),
        "upload_bytes": {kind: bench.picture(kind).stat().st_size for kind in SETS},
        "titles": {server.name: server.title for server in chosen},
        "packages": {name: {"mib": made.mib(), "versions": made.versions()} for name, made in found.items()},
        "tensorflow": base.versions(),
        "equality": {},
        "floor": [],
        "starts": [],
        "cells": [],
        "failed": [],
    }

    def save() -> None:
        figures["load_after"] = os.getloadavg()
        if asked.output:
            beside = asked.output.with_name(f".{asked.output.name}.new")
            beside.write_text(json.dumps(figures, indent=1), encoding="utf-8")
            beside.replace(asked.output)

    began = time.monotonic()
    if "model" in kinds:
        for server in (server for server in chosen if server.only != "noop"):
            try:
                figures["equality"][server.name] = bench.equality(server)
            except (RuntimeError, ValueError, OSError) as error:
                _failed(figures, server, "model", error)
        save()
    for number in range(asked.rounds):
        for kind in kinds:
            figures["floor"] += [{"round": number, "set": kind, **one} for one in bench.floor(kind)]
            row = [server for server in chosen if server.only in (None, kind)]
            turned = row[number % len(row) :] + row[: number % len(row)]
            for server in turned:
                _say(f"{(time.monotonic() - began) / 60:5.1f} min: round {number + 1}, {kind}, {server.name}")
                try:
                    start, cells = bench.round(server, kind)
                except RuntimeError as error:
                    _failed(figures, server, kind, error)
                    continue
                figures["starts"].append({"round": number, "set": kind, "server": server.name, **start})
                figures["cells"] += [
                    {"round": number, "set": kind, "server": server.name, **cell} for cell in cells
                ]
                save()
    figures["minutes"] = (time.monotonic() - began) / 60
    figures["targets"] = [target.record() for target in report.targets(figures)]
    save()
    return figures


def _failed(figures: dict[str, Any], server: Server, kind: str, error: Exception) -> None:
    """Keep a peer's failure for the tables and go on; without the service itself there is nothing to compare."""
    if server is OURS:
        raise error
    _say(f"{server.name}: {error}")
    figures["failed"].append(f"{server.title} ({kind}): {error}")


def _material(demo: Path, cache: Path, base: Environment, ours: Environment) -> Material:
    """Return pictures, models and references, made unless they are there for this very model."""
    saved_model = demo / ".maxctl" / "out" / "prepare" / "saved_model"
    if not saved_model.is_dir():
        raise SystemExit(f"{saved_model} is missing: run `make demo` first")
    samples = sorted((demo / "service" / "samples").glob("*.png"))
    recipe = [PARTS / "prepare_models.py", servers.PEERS / "model" / "detector.py"]
    digest = hashlib.sha256()
    for path in (*sorted(saved_model.rglob("*")), *samples, *recipe):
        digest.update(path.read_bytes() if path.is_file() else b"")
    folder = cache / f"material-{digest.hexdigest()[:12]}"
    variables = {
        "SAVED_MODEL": str(saved_model),
        "LABELS": str(demo / "labels.json"),
        "FROZEN_GRAPH": str(folder / "frozen.pb"),
    }
    upload = folder / f"{samples[-1].stem}.jpg"
    pictures = (*samples, upload)
    if not (folder / "reference.json").is_file():
        _say("preparing models and pictures")
        folder.mkdir(parents=True, exist_ok=True)
        _pictures(ours, samples[-1], upload, folder / "noop.jpg")
        environ = {
            **os.environ,
            **variables,
            "PYTHONPATH": str(servers.PEERS / "model"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        subprocess.run(
            [str(base.python), str(PARTS / "prepare_models.py"), str(folder), *map(str, pictures)],
            env=environ,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    reference = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    # where the research code itself has answered, its answer is the reference
    expected = {name: answer["predictions"] for name, answer in reference.items()}
    for path in samples:
        golden = demo / "golden" / "cases" / path.stem / "expected.json"
        expected[path.name] = json.loads(golden.read_text(encoding="utf-8"))["predictions"]
    service = _laid_out(demo / "service", cache / "run" / "ours-model", ours)
    noop = _laid_out(demo / "service", cache / "run" / "ours-noop", ours)
    _make_noop(noop, folder / "noop.tflite")
    return Material(pictures, expected, folder / "noop.jpg", service, noop, variables)


def _pictures(ours: Environment, sample: Path, upload: Path, tiny: Path) -> None:
    """Write the upload as JPEG, and a tiny picture of as many bytes: a file's comments pad it."""
    script = """
import io, struct, sys
from PIL import Image
sample, upload, tiny, quality, size = sys.argv[1:4] + [int(word) for word in sys.argv[4:]]
image = Image.open(sample).convert("RGB")
image.save(upload, "JPEG", quality=quality)
small = io.BytesIO()
image.resize((size, size)).save(small, "JPEG", quality=quality)
data, want = small.getvalue(), len(open(upload, "rb").read())
padding = b""
while want - len(data) - len(padding) >= 4:
    length = min(65535, want - len(data) - len(padding) - 2)
    padding += b"\\xff\\xfe" + struct.pack(">H", length) + bytes(length - 2)
open(tiny, "wb").write(data[:2] + padding + data[2:])
"""
    subprocess.run(
        [str(ours.python), "-c", script, str(sample), str(upload), str(tiny), str(QUALITY), str(NOOP_SIZE)],
        check=True,
    )


def _laid_out(service: Path, folder: Path, environment: Environment) -> Path:
    """Return a folder with what the service's Dockerfile copies into the image, compiled as it is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("assets", "serving"):
        shutil.copytree(service / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(service / "service.json", folder)
    compiled = [str(environment.python), "-m", "compileall", "-q", str(folder / "serving")]
    subprocess.run(compiled, check=True)
    return folder


def _make_noop(folder: Path, model: Path) -> None:
    """Give the service a model that costs nothing, and a resize to its tiny input; all else stays."""
    path = folder / "service.json"
    service = json.loads(path.read_text(encoding="utf-8"))
    target = folder / service["engine"]["path"]
    target.write_bytes(model.read_bytes())
    service["engine"]["sha256"] = hashlib.sha256(model.read_bytes()).hexdigest()
    for step in service["preprocess"]:
        if step["step"] == "resize":
            step["height"] = step["width"] = NOOP_SIZE
    path.write_text(json.dumps(service), encoding="utf-8")


def _machine() -> dict[str, Any]:
    model = "unknown"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    return {
        "cpu": model,
        "cpus": len(os.sched_getaffinity(0)),
        "memory_mib": memory,
        "python": platform.python_version(),
        "kernel": platform.release(),
    }


def _identity(service: Path) -> dict[str, Any]:
    """Return which service was measured: the digest of its code, and whether that is this checkout's."""
    listed = (service / "serving" / "DIGESTS").read_text(encoding="utf-8").splitlines()
    ours = ROOT / "maxctl" / "serving"
    differ = []
    for line in listed:
        digest, _, name = line.partition("  ")
        path = ours / name
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            differ.append(name)
    if differ:
        _say(f"note: {len(differ)} files of the service are not this checkout's; `make demo` makes it anew")
    return {"digests": hashlib.sha256("\n".join(listed).encode()).hexdigest(), "not_of_this_checkout": differ}


def _free_mib() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


# --- measuring


@dataclass(frozen=True)
class Bench:
    """Starts servers and loads them."""

    asked: argparse.Namespace
    cache: Path
    environments: Mapping[str, Environment]
    material: Material
    memory_limit_mib: int

    def picture(self, kind: str) -> Path:
        return self.material.pictures[-1] if kind == "model" else self.material.noop_picture

    def start(self, server: Server, kind: str) -> Running:
        folder = {"model": self.material.service, "noop": self.material.noop_service}[kind]
        if server.peer is not None:
            folder = self.cache / "run" / f"{server.name}-{kind}"
            folder.mkdir(parents=True, exist_ok=True)
        environment = self.environments[server.peer or "ours"]
        variables = {**self.material.variables, "MODEL": kind} if server.peer is not None else {}
        logs = self.cache / "logs"
        logs.mkdir(exist_ok=True)
        log = logs / f"{server.name}-{kind}.log"
        return servers.start(server, environment, folder, variables, self.picture(kind), log)

    def equality(self, server: Server) -> dict[str, Any]:
        """Return, for each picture, how far the server's detections are from the reference."""
        _say(f"answers of {server.name}")
        running = self.start(server, "model")
        try:
            return {
                path.name: answers.compare(
                    servers.predictions(server, running.ask(path)), self.material.expected[path.name]
                )
                for path in self.material.pictures
            }
        finally:
            running.tree.stop()

    def floor(self, kind: str) -> list[dict[str, Any]]:
        """Return what the bare path takes, with one thread and with one for each CPU."""
        folder = {"model": self.material.service, "noop": self.material.noop_service}[kind]
        python = self.environments["ours"].python
        found = []
        for threads in dict.fromkeys((1, len(os.sched_getaffinity(0)))):
            command = [str(python), str(PARTS / "floor.py"), str(self.picture(kind))]
            done = subprocess.run(
                [*command, str(self.asked.seconds), str(threads)],
                cwd=folder,
                check=True,
                stdout=subprocess.PIPE,
            )
            found.append(json.loads(done.stdout))
        return found

    def round(self, server: Server, kind: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return one start and a measurement for each number of clients."""
        running = self.start(server, kind)
        cells = []
        try:
            time.sleep(1)
            start = {"start_s": running.start_s, "idle_mib": running.tree.pss_mib()}
            self.load(running, kind, WARM_CLIENTS, WARM_S / 2, WARM_S)
            for clients in sorted(self.asked.clients):
                if running.tree.ended():
                    running = self.start(server, kind)
                warm = min(1.0, self.asked.seconds / 4)
                cell = self.load(running, kind, clients, warm, self.asked.seconds)
                cells.append({"clients": clients, **cell})
                if cell["failures"].get("timeout") or cell["died"]:
                    # what was given up may be computed still, and would be measured with the next
                    running.tree.stop()
        finally:
            running.tree.stop()
        return start, cells

    def load(self, running: Running, kind: str, clients: int, warm: float, seconds: float) -> dict[str, Any]:
        """Return what the load generator counted, and the server's peak of memory meanwhile."""
        carried = self.cache / "request"
        carried.write_bytes(servers.request(running.server, self.picture(kind), running.port))
        expected = (
            {one["label"] for one in self.material.expected[self.picture(kind).name]}
            if kind == "model"
            else {"cat"}
        )
        asked = {
            "port": running.port,
            "request": str(carried),
            "clients": clients,
            "warm": warm,
            "seconds": seconds,
            "timeout": self.asked.timeout,
            "obedient": self.asked.obedient,
            "server": running.tree.pid,
            "expected": sorted(expected),
        }
        command = [sys.executable, "-m", "serving.load", json.dumps(asked)]
        generator = subprocess.Popen(command, cwd=PARTS.parent, stdout=subprocess.PIPE)
        peak, died = 0.0, ""
        try:
            while True:
                try:
                    output, _ = generator.communicate(timeout=SAMPLE_S)
                    break
                except subprocess.TimeoutExpired:
                    pass
                if died:
                    continue
                peak = max(peak, running.tree.pss_mib())
                if peak > self.memory_limit_mib:
                    died = f"stopped at {peak:.0f} MiB"
                    running.tree.stop()
                elif running.tree.ended():
                    died = "ended by itself"
            peak = max(peak, running.tree.pss_mib())
        finally:
            if generator.poll() is None:
                generator.kill()
                generator.wait()
        if generator.returncode:
            raise RuntimeError(f"the load generator ended with {generator.returncode}")
        return {**json.loads(output), "peak_mib": peak, "died": died}


if __name__ == "__main__":
    main()
