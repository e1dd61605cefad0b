"""`maxctl scan-license` against scancode: the same answers file by file, and how long whole commands take.

    python benchmarks/scan_license.py                                    everything: an hour
    python benchmarks/scan_license.py --trees whisper keras --rounds 1   some trees
    python benchmarks/scan_license.py --only compare                     answers only

Trees are packages of fixed versions, fetched by pip and npm. They are compared with what scancode's program says
with its silent time limit out of reach, and with its functions for the files that its program passes over. Then
`scancode -l -c -n 2`, and maxctl with an empty result cache, again, and with one file changed, run in turn;
figures are medians of wall time. Bytecode is compiled first, and the index of licenses made.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maxctl.adapters import scancode
from maxctl.adapters.scancode import keys
from maxctl.core.progress import Silent

BESIDE = Path(sys.executable).parent
NO_LIMIT_S = 10**7
TREE = "tree"


@dataclass(frozen=True)
class Package:
    """A tree to scan: what to fetch, and how."""

    registry: str
    spec: str
    remark: str = ""


TREES = {
    "coco-ssd": Package("npm", "@tensorflow-models/coco-ssd@2.2.3"),
    "whisper": Package("sdist", "openai-whisper==20250625"),
    "tfjs-data": Package("npm", "@tensorflow/tfjs-data@4.22.0"),
    "yolov5": Package("wheel", "yolov5==7.0.14"),
    "tfmot": Package("wheel", "tensorflow-model-optimization==0.8.1", "header in every file"),
    "keras-cv": Package("sdist", "keras-cv==0.9.0", "header in most files"),
    "keras": Package("wheel", "keras==3.15.1"),
    "tf-models": Package("wheel", "tf-models-official==2.20.0", "header in every file"),
}
API = """
import json, os, sys
from scancode.api import get_copyrights, get_licenses
os.chdir(sys.argv[1])
said = {}
for path in json.load(sys.stdin):
    notices = [one["copyright"] for one in get_copyrights(path)["copyrights"]]
    said[path] = [get_licenses(path)["detected_license_expression_spdx"], list(dict.fromkeys(notices))]
json.dump(said, sys.stdout)
"""


def main() -> None:
    """Print what was compared and measured as Markdown tables."""
    asked = _arguments()
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    _compile()
    trees = {name: _fetch(TREES[name], folder / name) for name in asked.trees}
    with tempfile.TemporaryDirectory(prefix="maxctl-bench-", dir=folder) as scratch:
        index = _index(Path(scratch) / "index")
        if asked.only != "time":
            print("| tree | files | with a license | with notices | compared | different |")
            print("|---|---:|---:|---:|---:|---:|")
            for name, tree in trees.items():
                print(_compared(name, tree, Path(scratch)), flush=True)
        if asked.only != "compare":
            print("\n| tree | files | scancode | cold | again | one changed | memory: scancode, maxctl |")
            print("|---|---:|---:|---:|---:|---:|---:|")
            for name, tree in trees.items():
                print(_timed(name, tree, index, Path(scratch), asked.rounds), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--trees", nargs="+", choices=TREES, default=list(TREES), metavar="TREE", help=", ".join(TREES)
    )
    parser.add_argument("--only", choices=("compare", "time"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()) / "maxctl-bench",
        help="what was fetched stays here",
    )
    return parser.parse_args()


def _compile() -> None:
    site = keys.site()
    assert site is not None, "scancode is not installed"
    package = Path(scancode.__file__).parents[2]
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-j", "2", str(site), str(package)], check=False
    )


def _fetch(package: Package, folder: Path) -> Path:
    """Return the unpacked tree of a package."""
    tree = folder / TREE
    if not tree.is_dir():
        fetched = folder / "fetched"
        fetched.mkdir(parents=True, exist_ok=True)
        if package.registry == "npm":
            subprocess.run(
                ["npm", "pack", "--silent", package.spec], cwd=fetched, check=True, stdout=subprocess.DEVNULL
            )
        else:
            source = ["--no-binary", ":all:", "--no-build-isolation"] if package.registry == "sdist" else []
            pip = [
                sys.executable,
                "-m",
                "pip",
                "download",
                "-q",
                "--no-deps",
                *source,
                "-d",
                str(fetched),
                package.spec,
            ]
            subprocess.run(pip, check=True)
        (archive,) = fetched.iterdir()
        unpacked = folder / "unpacking"
        shutil.rmtree(unpacked, ignore_errors=True)
        if archive.suffix == ".whl":
            zipfile.ZipFile(archive).extractall(unpacked)
        else:
            with tarfile.open(archive) as packed:
                packed.extractall(unpacked, filter="data")
            (unpacked,) = unpacked.iterdir()
        unpacked.rename(tree)
    return tree


def _files(tree: Path) -> list[Path]:
    return sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())


def _index(cache: Path) -> Path:
    """Make the index of licenses, as the first run on a machine does; return the folder of the cache."""
    (cache / "one").mkdir(parents=True)
    one = cache / "one" / "a.py"
    one.write_text("import os\n")
    started = time.perf_counter()
    scancode.scan(one.parent, [one], cache, Silent())
    print(f"The index of licenses was made in {time.perf_counter() - started:.1f} s.\n", flush=True)
    return cache / "scancode"


# --- answers


def _compared(name: str, tree: Path, scratch: Path) -> str:
    cache = tree.parent / f"scancode-{scancode.version()}.json"
    if not cache.is_file():
        options = [
            "-l",
            "-c",
            "--license-text",
            "--strip-root",
            "-q",
            "--timeout",
            str(NO_LIMIT_S),
            "-n",
            "2",
        ]
        _scancode(tree, [*options, "--json"], cache, scratch)
    said = {file.path: file for file in scancode.parse(cache.read_text(encoding="utf-8"))}
    files = _files(tree)
    found = {file.path: file for file in scancode.scan(tree, files, scratch / f"cache-{name}", Silent())}
    passed_over = sorted(set(found) - set(said))
    answer = subprocess.run(
        [sys.executable, "-c", API, str(tree)],
        input=json.dumps(passed_over).encode(),
        check=True,
        stdout=subprocess.PIPE,
    )
    by_function = json.loads(answer.stdout)
    different = [
        path
        for path, file in found.items()
        if [file.licenses, list(file.copyrights)]
        != (by_function[path] if path in by_function else [said[path].licenses, list(said[path].copyrights)])
        or (path in said and file.found != said[path].found)
    ]
    for path in different:
        print(f"{name}: {path} differs", file=sys.stderr)
    licensed = sum(bool(file.licenses) for file in found.values())
    noticed = sum(bool(file.copyrights) for file in found.values())
    return f"| {name} | {len(files)} | {licensed} | {noticed} | {len(found)} | {len(different)} |"


# --- time and memory


def _timed(name: str, tree: Path, index: Path, scratch: Path, rounds: int) -> str:
    seconds: dict[str, list[float]] = {"scancode": [], "cold": [], "again": [], "changed": []}
    changed = _middling(tree)
    for number in range(rounds):
        output = scratch / "answer.json"
        seconds["scancode"].append(_scancode(tree, ["-l", "-c", "-q", "-n", "2", "--json"], output, scratch))
        cache = _fresh(index, scratch / f"cold-{name}-{number}")
        seconds["cold"].append(_maxctl(tree, cache))
        seconds["again"].append(_maxctl(tree, cache))
        before = changed.read_bytes()
        try:
            changed.write_bytes(before + b"\n")
            seconds["changed"].append(_maxctl(tree, cache))
        finally:
            changed.write_bytes(before)
    middle = {what: statistics.median(taken) for what, taken in seconds.items()}
    ratios = [
        f"{middle[what]:.2f} s, {middle['scancode'] / middle[what]:.0f} ×"
        for what in ("cold", "again", "changed")
    ]
    with _watched() as theirs:
        _scancode(tree, ["-l", "-c", "-q", "-n", "2", "--json"], scratch / "answer.json", scratch)
    with _watched() as ours:
        _maxctl(tree, _fresh(index, scratch / f"memory-{name}"))
    remark = f" ({TREES[name].remark})" if TREES[name].remark else ""
    memory = f"{theirs[0] / 1e6:.0f} MB, {ours[0] / 1e6:.0f} MB"
    return f"| {name}{remark} | {len(_files(tree))} | {middle['scancode']:.1f} s | {' | '.join(ratios)} | {memory} |"


def _scancode(tree: Path, options: Sequence[str], output: Path, scratch: Path) -> float:
    command = [str(BESIDE / "scancode"), *options, str(output), tree.name]
    started = time.perf_counter()
    subprocess.run(command, cwd=tree.parent, env={**os.environ, "SCANCODE_TEMP": str(scratch)}, check=True)
    return time.perf_counter() - started


def _maxctl(tree: Path, cache: Path) -> float:
    command = [
        str(BESIDE / "maxctl"),
        "scan-license",
        str(tree),
        "--format",
        "json",
        "--output",
        str(cache / "out.json"),
    ]
    started = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, "MAXCTL_CACHE": str(cache)}, capture_output=True, check=False
    )
    taken = time.perf_counter() - started
    if done.returncode not in (0, 1):  # 1: the gate's verdict
        raise SystemExit(done.stderr.decode())
    return taken


def _fresh(index: Path, cache: Path) -> Path:
    """Return a cache that holds the index and no results."""
    shutil.rmtree(cache, ignore_errors=True)
    (cache / "scancode").mkdir(parents=True)
    for path in index.glob("index*"):
        os.link(path, cache / "scancode" / path.name)
    return cache


def _middling(tree: Path) -> Path:
    """Return the source file of median size, as one that somebody edits."""
    sources = [path for path in _files(tree) if path.suffix in (".py", ".js", ".ts", ".md")]
    return sorted(sources, key=lambda path: (path.stat().st_size, str(path)))[len(sources) // 2]


@contextlib.contextmanager
def _watched() -> Iterator[list[int]]:
    """Give the peak of the proportional memory of all processes below this one, in bytes, once the block is done."""
    from maxctl.adapters import supervisor

    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], supervisor.resident_bytes(supervisor.descendants(os.getpid())))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


if __name__ == "__main__":
    main()
