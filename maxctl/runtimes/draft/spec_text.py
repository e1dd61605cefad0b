"""The text of a drafted model.yaml: guesses with reasons as comments, and FILL IN for what only a person knows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from maxctl.core import resources
from maxctl.core.spec import CUT, DECLARED, TO_FILL_IN
from maxctl.runtimes.draft.files import files_of
from maxctl.runtimes.draft.guess import Draft, Guess, one_line
from maxctl.runtimes.draft.start import Bytes, Origin, Sample
from maxctl.runtimes.draft.task import TYPES
from maxctl.serving import tasks

HOOK, RESPONSE, LABELS = "hook.py", "hook/response.schema.json", "labels.json"
REFERENCE, REQUIREMENTS = "reference/reference.py", "reference/requirements.txt"
_USUAL = "serving_default"
"""The signature that is meant where none is named."""
_DOMAINS = {"image": "Vision", "audio": "Audio", "text": "Text"}


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """The drafted files of a project by their paths in it; model.yaml is `spec`."""

    spec: str
    others: Mapping[str, str]

    @property
    def to_fill_in(self) -> int:
        """How many places a person has to fill in."""
        return self.spec.count(TO_FILL_IN)


def project_files(
    draft: Draft,
    path: Path,
    found: Mapping[str, Any],
    folder: Path,
    origin: Origin | None = None,
    samples: Sequence[Sample] = (),
) -> ProjectFiles:
    """Return the files that start a project in `folder` for the model at `path`, described as `found`.

    A model of an `origin` has that as its mirror, and what the origin says of itself in the spec's texts.
    Raises `ModelFormatError` where a file that the model names is not there.
    """
    from jinja2 import Environment, StrictUndefined

    templates = resources.path("templates") / "project"
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    files, top = files_of(path.absolute(), found)
    identifier = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "model"

    def rendered(file: str, **values: Any) -> str:
        text = (templates / f"{file}.jinja").read_text(encoding="utf-8")
        return environment.from_string(text).render(**values)

    spec = rendered(
        "model.yaml",
        id=identifier,
        today=date.today().isoformat(),
        format=found["format"],
        path=flow(_entry(path, files, top, found["format"])),
        files=[_artifact(file, folder, _placed(file, files, top, path), origin) for file in files],
        samples=[_sample(one) for one in samples],
        cases=_cases(samples),
        **_told(identifier, origin),
        licenses=[one_line(text, 200) for text in found.get("licenses", ())],
        **_signature(found),
        **_context(draft, str(found["format"])),
    )
    others = _others(draft)
    if origin and origin.source and origin.source.python:
        others[REFERENCE] = rendered("reference.py", name=origin.source.name, version=origin.source.python)
        needed = "".join(f"{one}\n" for one in origin.requires)
        others[REQUIREMENTS] = f"# what the research code needs; pin each of them: name==version\n{needed}"
    return ProjectFiles(spec, others)


def _told(identifier: str, origin: Origin | None) -> dict[str, Any]:
    """Return the texts of the spec, and the source, of which an origin tells."""
    about = dict(origin.about) if origin else {}
    about["name"] = Guess(
        identifier.replace("-", " ").title(), "the project's folder is called so", "low", identifier
    )
    texts = {key: _line(guess) for key, guess in about.items()}
    source = origin.source if origin else None
    made = source and {
        "name": source.name, "strip": source.strip, "python": source.python is not None,
        "size": source.held.size, "sha256": source.held.sha256,
        "mirror": flow(origin.address if origin else ""),
    }  # fmt: skip
    return {"about": texts, "source": made}


def _sample(one: Sample) -> dict[str, Any]:
    return {
        "path": flow(one.path), "size": one.held.size, "sha256": one.held.sha256, "mirror": flow(one.mirror),
        "license": flow(one.license or f"{TO_FILL_IN} its SPDX expression"),
        "credit": flow(one.credit or f"{TO_FILL_IN} who made it, and where that is stated"),
    }  # fmt: skip


def _cases(samples: Sequence[Sample]) -> list[dict[str, str]]:
    """Return a case for each sample, named like it."""
    found: list[dict[str, str]] = []
    for one in samples:
        name = re.sub(r"[^a-z0-9]+", "-", Path(one.path).stem.lower()).strip("-") or "case"
        taken = {case["id"] for case in found}
        name = next(
            new for new in (name, *(f"{name}-{i}" for i in range(2, len(samples) + 2))) if new not in taken
        )
        found.append({"id": name, "input": flow(one.path)})
    return found


def _entry(path: Path, files: Sequence[Path], top: Path, kind: str) -> str:
    if path.is_dir() and kind not in ("tfjs-graph-model", "openvino"):
        return top.name  # the folder itself is the model
    return _placed(files[0], files, top, path)


def _placed(file: Path, files: Sequence[Path], top: Path, model: Path) -> str:
    """Return where a file stands among the artifacts: in a folder called as the model's own, unless it is all of it."""
    inner = file.relative_to(top).as_posix()
    return inner if len(files) == 1 and model.is_file() else f"{top.name}/{inner}"


def _signature(found: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the signature to choose where the model has several, none of them the usual one: that described above."""
    named = [str(one["name"]) for one in found.get("signatures", ())]
    chosen = len(named) > 1 and _USUAL not in named
    return {
        "signature": flow(named[0]) if chosen else None,
        "signatures": one_line(", ".join(named), 200) if chosen else None,
    }


def _artifact(path: Path, folder: Path, placed: str, origin: Origin | None) -> dict[str, Any]:
    held = Bytes.of(path)
    return {
        "path": flow(placed),
        "size": held.size,
        "sha256": held.sha256,
        "mirror": flow(origin.mirror(path) if origin else f"file:{mirror_path(path, folder)}"),
    }


def mirror_path(path: Path, folder: Path) -> str:
    """Return how a `file:` mirror of a project names a file of this machine: from its folder, where it lies there."""
    try:
        return path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _context(draft: Draft, kind: str) -> dict[str, Any]:
    task = str(draft.task.value) if draft.task else None
    type_, domain = TYPES.get(task or "", (None, None))
    return {
        "type": flow(type_ or f"{TO_FILL_IN} the kind of model, such as Object Detection"),
        "domain": domain or (_DOMAINS.get(str(draft.kind.value)) if draft.task else None),
        "task": _line(draft.task, task)
        if draft.task
        else flow(f"{TO_FILL_IN}: `maxctl show tasks` lists them"),
        "labels": _labels(draft, task),
        "declared": kind in DECLARED,
        "cut": kind in CUT,
        "inputs": [_tensor(guess) for guess in draft.inputs],
        "outputs": [_tensor(guess) for guess in draft.outputs],
        "engine": _line(draft.engine),
        "input": _input(draft),
        "preprocess": [_line(guess) for guess in draft.preprocess],
        "constants": {flow(name): _line(guess) for name, guess in draft.constants.items()},
        "state": {flow(name): _line(guess) for name, guess in draft.state.items()},
        "roles": {role: _line(guess) for role, guess in draft.answer.roles.items()},
        "postprocess": [_line(guess) for guess in draft.answer.steps],
        "hook": _line(draft.answer.hook, HOOK) if draft.answer.hook else None,
        "response": RESPONSE if draft.answer.response else None,
        "parameters": {name: _line(guess) for name, guess in draft.answer.parameters.items()},
        "notes": [one_line(note, 400) for note in draft.notes],
    }


def flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, width=1_000_000, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _line(guess: Guess, value: Any = None) -> str:
    return f"{flow(guess.value if value is None else value)} # {comment(guess)}"


def comment(guess: Guess) -> str:
    """Return what stands behind a guess: its reason, and how sure it is where it is not."""
    unsure = "" if guess.confidence == "high" else f" [{guess.confidence}]"
    return f"guessed: {one_line(guess.reason)}{unsure}"


def _labels(draft: Draft, task: str | None) -> str | None:
    if draft.labels:
        return f"{LABELS} # {comment(draft.labels)}"
    if task is None or not tasks.find(task).needs_labels:
        return None
    classes = draft.answer.classes
    many = f"the {classes} classes" if classes else "the classes"
    return flow(f"{TO_FILL_IN} {LABELS}, and write that file: a JSON list of id and name for {many}")


def _input(draft: Draft) -> str:
    value = {"kind": draft.kind.value, **({"tensor": draft.tensor.value} if draft.tensor else {})}
    return f"{flow(value)} # {comment(draft.kind)}"


def _tensor(guess: Guess) -> dict[str, Any]:
    value = guess.value
    known = value["shape"] is not None
    return {
        "name": f"{flow(value['name'])} # {comment(guess)}",
        "tensor": flow(value["tensor"]),
        "dtype": value["dtype"] or "null",
        "shape": flow(value["shape"]) if known else "null # write it as a list, such as [1, null, 4]",
        "meaning": flow(value["meaning"] or f"{TO_FILL_IN} order, range and units of the numbers"),
    }


def _others(draft: Draft) -> dict[str, str]:
    found: dict[str, str] = {}
    if draft.labels:
        rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in draft.labels.value)
        found[LABELS] = f"[\n  {rows}\n]\n"
    if draft.answer.hook:
        found[HOOK] = str(draft.answer.hook.value)
    if draft.answer.response:
        found[RESPONSE] = json.dumps(draft.answer.response, indent=2) + "\n"
    return found
