"""The files of a service that no template makes: its code, its configuration, its lock file, its goldens."""

from __future__ import annotations

import json
import re
from importlib import resources as packages
from pathlib import Path
from typing import TYPE_CHECKING, Any

import maxctl
from maxctl.core import digest, quoting, resources
from maxctl.core.facts.package import PackageFacts
from maxctl.core.stage import ModelView

if TYPE_CHECKING:
    from maxctl.golden.suite import Suite

ASSETS = "assets"
GOLDEN = "golden/**"
SAMPLES = ".maxctl/out/fetch/samples"
LICENSE_TEXTS = ("Apache-2.0",)


def serving_folder() -> Path:
    """Return where the code is that every service gets a copy of."""
    return Path(str(packages.files("maxctl"))) / "serving"


def serving() -> dict[str, bytes]:
    """Return the copy of the serving code, with its license, its version, and the digest of each file."""
    from maxctl.serving import __version__ as version

    root = serving_folder()
    files = {f"serving/{path.relative_to(root).as_posix()}": path.read_bytes() for path in digest.walk(root)}
    files["serving/LICENSE"] = license_text("Apache-2.0")
    files["serving/VERSION"] = f"serving {version}, copied by maxctl {maxctl.__version__}\n".encode()
    lines = [f"{_hex(content)}  {name.removeprefix('serving/')}\n" for name, content in sorted(files.items())]
    files["serving/DIGESTS"] = "".join(lines).encode()
    return files


def configuration(model: ModelView, package: PackageFacts) -> dict[str, bytes]:
    """Return `service.json`, and `artifact.json` for the image build."""
    from maxctl.runtimes.service_config import HOOK, RESPONSE, service_config

    config = service_config(
        model.spec, package.engine, f"{ASSETS}/{package.model}", package.model_sha256,
        labels=f"{ASSETS}/{package.labels}",
    )  # fmt: skip
    inference = model.spec.inference
    own = {HOOK: inference.hook, RESPONSE: inference.response}
    artifact = {
        "archive": package.archive, "address": package.address, "size": package.size, "sha256": package.sha256,
    }  # fmt: skip
    files = {name: model.file(path).read_bytes() for name, path in own.items() if path}
    return {"service.json": _json(config), "artifact.json": _json(artifact), **files}


def requirements(engine: str, kind: str = "image") -> dict[str, bytes]:
    """Return what a service of an engine and a kind of input installs, listed and locked, and its tests."""
    folder = resources.path("templates") / "service" / "requirements"
    files = {}
    for name, source in (("requirements", engine), ("requirements-test", "test")):
        for form in ("in", "txt"):
            files[f"{name}.{form}"] = (folder / f"{source}.{form}").read_bytes()
    more = folder / f"{kind}.in"
    if more.is_file():
        files["requirements.in"] += more.read_bytes()
        locked = files["requirements.txt"].decode()
        known = {_package(block) for block in _blocks(locked)}
        added = _blocks(more.with_suffix(".txt").read_text(encoding="utf-8"))
        files["requirements.txt"] += "".join(one for one in added if _package(one) not in known).encode()
    return files


def _blocks(locked: str) -> list[str]:
    """Return the entries of a lock file: a requirement with its hashes and remarks."""
    return re.findall(r"^[A-Za-z0-9][^\n]*\n(?:[ \t]+[^\n]*\n)*", locked, re.MULTILINE)


def _package(block: str) -> str:
    return block.partition("==")[0]


def goldens(model: ModelView, suite: Suite | None) -> dict[str, bytes]:
    """Return the golden suite as the service's own tests read it: copied, and its cases in one JSON file."""
    files: dict[str, bytes] = {}
    cases: list[dict[str, Any]] = []
    if suite is not None:
        for path in model.files(GOLDEN):
            files[f"tests/{path.relative_to(model.root).as_posix()}"] = path.read_bytes()
        cases = [
            {
                "id": case.id,
                "input": case.input.relative_to(model.root).as_posix(),
                "parameters": dict(case.parameters),
                "expected": case.expected,
            }
            for case in suite.cases
        ]
    tolerance = {"score": suite.tolerance.score, "iou": suite.tolerance.iou} if suite else {}
    files["tests/cases.json"] = _json({"tolerance": tolerance, "cases": cases})
    return files


def samples(model: ModelView) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the sample inputs under plain names, and those names by the path that the spec gives them."""
    names: dict[str, str] = {}
    for sample in model.spec.samples:
        plain = quoting.file_name(sample.path)
        taken = set(names.values())
        names[sample.path] = plain if plain not in taken else f"{sample.sha256[:8]}-{plain}"
    if not names:
        return {}, names
    folder = model.output("fetch", SAMPLES)
    return {f"samples/{name}": (folder / path).read_bytes() for path, name in names.items()}, names


def license_text(expression: str) -> bytes:
    """Return the text of a license that ships with maxctl; `LICENSE_TEXTS` names them."""
    return (resources.path("templates") / "service" / "licenses" / f"{expression}.txt").read_bytes()


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _hex(content: bytes) -> str:
    return digest.of_bytes(content).removeprefix("sha256:")
