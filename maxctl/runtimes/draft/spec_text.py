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

from maxctl.core import digest, resources
from maxctl.core.spec import CUT, DECLARED, TO_FILL_IN
from maxctl.runtimes.draft.files import files_of
from maxctl.runtimes.draft.guess import Draft, Guess, one_line
from maxctl.runtimes.draft.task import TYPES
from maxctl.serving import tasks

HOOK, RESPONSE, LABELS = "hook.py", "hook/response.schema.json", "labels.json"
_DIRECTORY = "model"
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


def project_files(draft: Draft, path: Path, found: Mapping[str, Any], folder: Path) -> ProjectFiles:
    """Return the files that start a project in `folder` for the model at `path`, described as `found`.

    Raises `ModelFormatError` where a file that the model names is not there.
    """
    from jinja2 import Environment, StrictUndefined

    template = resources.path("templates") / "project" / "model.yaml.jinja"
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
    files, top = files_of(path.absolute(), found)
    identifier = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "model"
    spec = environment.from_string(template.read_text(encoding="utf-8")).render(
        id=identifier,
        today=date.today().isoformat(),
        format=found["format"],
        path=_entry(path, files, top, found["format"]),
        files=[_artifact(file, folder, top) for file in files],
        licenses=[one_line(text, 200) for text in found.get("licenses", ())],
        **_signature(found),
        **_context(draft, str(found["format"])),
    )
    return ProjectFiles(spec, _others(draft))


def _entry(path: Path, files: Sequence[Path], top: Path, kind: str) -> str:
    if path.is_dir() and kind not in ("tfjs-graph-model", "openvino"):
        return _DIRECTORY  # the folder itself is the model
    return f"{_DIRECTORY}/{files[0].relative_to(top).as_posix()}"


def _signature(found: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the signature to choose where the model has several, none of them the usual one: that described above."""
    named = [str(one["name"]) for one in found.get("signatures", ())]
    chosen = len(named) > 1 and _USUAL not in named
    return {
        "signature": flow(named[0]) if chosen else None,
        "signatures": one_line(", ".join(named), 200) if chosen else None,
    }


def _artifact(path: Path, folder: Path, top: Path) -> dict[str, Any]:
    try:
        mirror = path.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        mirror = path.resolve().as_posix()
    return {
        "path": flow(f"{_DIRECTORY}/{path.relative_to(top).as_posix()}"),
        "size": path.stat().st_size,
        "sha256": digest.of_file(path).removeprefix("sha256:"),
        "mirror": flow(f"file:{mirror}"),
    }


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
    found = {}
    if draft.labels:
        rows = ",\n  ".join(json.dumps(row, ensure_ascii=False) for row in draft.labels.value)
        found[LABELS] = f"[\n  {rows}\n]\n"
    if draft.answer.hook:
        found[HOOK] = str(draft.answer.hook.value)
    if draft.answer.response:
        found[RESPONSE] = json.dumps(draft.answer.response, indent=2) + "\n"
    return found
