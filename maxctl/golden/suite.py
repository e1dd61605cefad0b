"""A golden suite: a folder with questions and expected answers that travels with the model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.core import digest, yaml
from maxctl.core.errors import InvalidFileError
from maxctl.core.spec import Name, RelativePath, Sha256
from maxctl.golden import compare
from maxctl.golden.differences import MalformedAnswerError
from maxctl.golden.tolerance import Tolerance

FILE = "golden.yaml"
LONG = 64 * 1024
HEAD = "Written by `maxctl record`, from the research code's own answers; only `maxctl record --update` changes it."


class SuiteError(InvalidFileError):
    """A golden suite is missing, incomplete, or not what its `golden.yaml` says."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Input(_Part):
    path: RelativePath
    sha256: Sha256
    license: str | None = None
    credit: str | None = None


class _Expected(_Part):
    path: RelativePath
    sha256: Sha256


class _Case(_Part):
    id: Name
    input: _Input
    parameters: dict[str, float] = Field(default_factory=dict)
    expected: _Expected


class _Tolerance(_Part):
    score: Annotated[float, Field(ge=0, le=1)]
    iou: Annotated[float, Field(gt=0, le=1)]


class _File(_Part):
    schema_version: Literal[1]
    task: str
    field: Annotated[str, Field(min_length=1)]
    tolerance: _Tolerance
    made_by: dict[str, str]
    cases: Annotated[tuple[_Case, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Case:
    """One question and its expected answer. `input` is the place of the file, wherever it lies now."""

    id: str
    input: Path
    sha256: str
    expected: Mapping[str, Any] = field(default_factory=dict)
    """The good answer, in the task's shape; empty as long as nobody was asked."""
    parameters: Mapping[str, float] = field(default_factory=dict)
    license: str | None = None
    """SPDX expression of the input, which travels with the suite."""
    credit: str | None = None

    def question(self) -> dict[str, Any]:
        """Return the case as `python -m serving predict` is asked it."""
        return {"id": self.id, "input": str(self.input.absolute()), "parameters": dict(self.parameters)}

    def definition(self) -> dict[str, Any]:
        """Return what makes this case the same question as another: all but the answer and the place."""
        return {
            "input": self.sha256,
            "parameters": dict(self.parameters),
            "license": self.license,
            "credit": self.credit,
        }


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases of one task, how far answers may be off, and what made the expected ones."""

    schema_version: ClassVar[int] = 1
    task: str
    tolerance: Tolerance
    cases: tuple[Case, ...]
    made_by: Mapping[str, str]
    """What answered -> its version or digest."""
    field: str = "image"
    """Name of the upload in a request."""


def load(folder: Path, shown: str | None = None) -> Suite:
    """Return the suite in a folder, every file of it verified.

    `shown` is how messages call the folder. Raises `SuiteError` with every fault found and its mend.
    """
    name = shown or folder.name
    if not (folder / FILE).is_file():
        raise SuiteError(
            f"there is no golden suite in {name}: it has no {FILE}",
            hint="`maxctl record` makes one in a project; `--golden FOLDER` names one",
        )
    file = yaml.read(folder / FILE, _File, SuiteError, f"{name}/{FILE}")
    problems: list[str] = []
    if file.task not in compare.tasks():
        problems.append(f"task: `{file.task}` cannot be compared; there are {', '.join(compare.tasks())}")
    ids = [case.id for case in file.cases]
    problems += [
        f"cases: `{id_}` stands there more than once" for id_ in sorted({i for i in ids if ids.count(i) > 1})
    ]
    if not problems:
        cases = [_load_case(folder, file.task, case, problems) for case in file.cases]
    if problems:
        raise SuiteError(
            f"the golden suite in {name} cannot be trusted",
            problems=tuple(problems),
            hint="bring the files back (`git checkout -- golden`); if the change is meant, `maxctl record --update`",
        )
    tolerance = Tolerance(file.tolerance.score, file.tolerance.iou)
    return Suite(file.task, tolerance, tuple(cases), file.made_by, file.field)


def _load_case(folder: Path, task: str, case: _Case, problems: list[str]) -> Case:
    expected: Any = {}
    if _verified(folder, case.expected.path, case.expected.sha256, problems):
        try:
            expected = json.loads((folder / case.expected.path).read_bytes())
            compare.check(task, expected)
        except (ValueError, RecursionError) as error:  # MalformedAnswerError is one of them
            problems.append(f"{case.expected.path}: {error}")
    _verified(folder, case.input.path, case.input.sha256, problems)
    return Case(
        case.id,
        folder / case.input.path,
        case.input.sha256,
        expected,
        case.parameters,
        case.input.license,
        case.input.credit,
    )


def _verified(folder: Path, path: str, sha256: str, problems: list[str]) -> bool:
    """Tell whether a file is the one that golden.yaml names; else say what is wrong with it."""
    place = folder / path
    if not place.resolve().is_relative_to(folder.resolve()):
        problems.append(f"{path}: is a link that leaves the suite")
    elif not place.is_file():
        problems.append(f"{path}: is missing")
    elif digest.of_file(place) != f"sha256:{sha256}":
        problems.append(f"{path}: was changed; its digest is not the one in {FILE}")
    else:
        return True
    return False


def _text(expected: Mapping[str, Any]) -> str:
    """Return an answer as JSON for people; one that nobody reads, such as a map of pixels, a row a line."""
    text = json.dumps(expected, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if len(text) > LONG:
        text = json.dumps(
            expected, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        text = text.replace("],[", "],\n[")
    return text + "\n"


def write(folder: Path, suite: Suite) -> None:
    """Write the suite into an empty folder, the inputs copied; the same bytes for the same suite.

    Raises `MalformedAnswerError` when an expected answer does not have the task's shape, `SuiteError` when an
    input is not the file that its case names.
    """
    written = []
    for case in suite.cases:
        try:
            compare.check(suite.task, case.expected)
        except MalformedAnswerError as error:
            raise MalformedAnswerError(f"case {case.id}: {error}") from None
        place = folder / "cases" / case.id
        place.mkdir(parents=True)
        target = place / f"input{case.input.suffix.lower()}"
        shutil.copyfile(case.input, target)
        if digest.of_file(target) != f"sha256:{case.sha256}":
            raise SuiteError(f"case {case.id}: {case.input.name} has another digest than the case names")
        text = _text(case.expected)
        (place / "expected.json").write_text(text, encoding="utf-8")
        written.append(
            {
                "id": case.id,
                "input": {
                    "path": target.relative_to(folder).as_posix(),
                    "sha256": case.sha256,
                    **({"license": case.license} if case.license else {}),
                    **({"credit": case.credit} if case.credit else {}),
                },
                "parameters": dict(sorted(case.parameters.items())),
                "expected": {
                    "path": f"cases/{case.id}/expected.json",
                    "sha256": digest.of_bytes(text.encode()).removeprefix("sha256:"),
                },
            }
        )
    data = {
        "schema_version": suite.schema_version,
        "task": suite.task,
        "field": suite.field,
        "tolerance": {"score": suite.tolerance.score, "iou": suite.tolerance.iou},
        "made_by": dict(sorted(suite.made_by.items())),
        "cases": written,
    }
    yaml.write(folder / FILE, data, HEAD)
