"""The contract of a stage: what it is called, what it reads, and what it gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from pydantic import BaseModel, ConfigDict

from maxctl.core import digest
from maxctl.core import facts as told
from maxctl.core.errors import SpecError, UsageError
from maxctl.core.findings import Code, Finding, Severity
from maxctl.core.progress import Progress

if TYPE_CHECKING:
    from maxctl.core.spec import ModelSpec

F = TypeVar("F", bound="told.Facts")


class Phase(StrEnum):
    """The five phases of the lifecycle, and what comes after."""

    LITERATURE = "1 literature"
    LICENSING = "2 licensing"
    HEALTH = "3 health"
    WRAPPING = "4 wrapping"
    RELEASE = "5 release"
    UPKEEP = "after"


class Verdict(StrEnum):
    """How a stage ended. Nothing to do is never `passed`."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Skip(StrEnum):
    """Why a stage was skipped."""

    NOT_APPLICABLE = "not-applicable"
    UNAVAILABLE = "unavailable"


class StageOptions(BaseModel):
    """Options of a stage: the one source of its flags, `with:` keys, schema and documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Reads:
    """All that a stage may see: dotted paths of the spec and globs of project files.

    `own` are files below `reads` that the stage itself writes (a golden suite, a service with hand edits):
    it may see them, but they do not enter the key.
    """

    spec: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage gives back. `outputs` are project-relative paths, written below `ModelView.staging`."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    facts: told.Facts | None = None
    outputs: tuple[str, ...] = ()
    skip: Skip | None = None
    reason: str | None = None
    valid_until: date | None = None
    document: Mapping[str, Any] | None = None
    """What JSON tells beside, where nothing is recorded: a format of the stage's own."""

    @classmethod
    def judge(
        cls,
        findings: tuple[Finding, ...] | list[Finding],
        facts: told.Facts | None = None,
        outputs: tuple[str, ...] | list[str] = (),
        valid_until: date | None = None,
    ) -> Outcome:
        """Return `failed` if any finding is an error, else `passed`."""
        failed = any(finding.severity is Severity.ERROR for finding in findings)
        verdict = Verdict.FAILED if failed else Verdict.PASSED
        return cls(verdict, tuple(findings), facts, tuple(outputs), valid_until=valid_until)

    @classmethod
    def skipped(
        cls, skip: Skip, reason: str, findings: tuple[Finding, ...] = (), facts: told.Facts | None = None
    ) -> Outcome:
        """Return a skip with its reason in words; for `unavailable` the reason ends with the mend."""
        return cls(Verdict.SKIPPED, findings, facts, skip=skip, reason=reason)


class UndeclaredReadError(RuntimeError):
    """A stage looked at something it did not declare in `reads` or `needs`: a bug in the stage."""


class _SpecView:
    """The spec, as far as a stage declared that it reads it."""

    def __init__(
        self, section: Any, allowed: tuple[tuple[str, ...], ...], at: tuple[str, ...], who: str
    ) -> None:
        self._section, self._allowed, self._at, self._who = section, allowed, at, who

    def __getattr__(self, name: str) -> Any:
        path = (*self._at, name)
        value = getattr(self._section, name)
        if any(path[: len(allowed)] == allowed for allowed in self._allowed):
            return value
        if any(allowed[: len(path)] == path for allowed in self._allowed):
            return None if value is None else _SpecView(value, self._allowed, path, self._who)
        raise UndeclaredReadError(f"{self._who} reads `{'.'.join(path)}` of the spec without declaring it")


@dataclass(frozen=True)
class ModelView:
    """What a running stage sees of a project: declared reads, needed results, and a place to write."""

    root: Path
    staging: Path
    cache: Path
    _spec: ModelSpec
    _reads: Reads
    _needs: Mapping[str, Any] = field(default_factory=dict)
    _who: str = "stage"
    standings: Mapping[str, Any] = field(default_factory=dict)
    """How each step before a gate stands, with every output read anew; empty for other stages."""

    @property
    def spec(self) -> ModelSpec:
        """The spec; a part that `reads.spec` does not name raises `UndeclaredReadError`."""
        allowed = tuple(tuple(path.split(".")) for path in self._reads.spec)
        return cast("ModelSpec", _SpecView(self._spec, allowed, (), self._who))

    def files(self, pattern: str) -> list[Path]:
        """Return the project's files that match a declared glob, sorted."""
        if pattern not in (*self._reads.files, *self._reads.own):
            raise UndeclaredReadError(f"{self._who} reads the files `{pattern}` without declaring them")
        return inputs(self.root, pattern) if pattern in self._reads.files else matching(self.root, pattern)

    def file(self, path: str) -> Path:
        """Return the place of one project file, which a declared glob must cover; it need not exist."""
        if not any(_covers(pattern, path) for pattern in (*self._reads.files, *self._reads.own)):
            raise UndeclaredReadError(f"{self._who} reads the file `{path}` without declaring it")
        return contained(self.root, self.root / path)

    def facts(self, step: str, kind: type[F]) -> F:
        """Return what a needed step told, as its own model."""
        return kind.model_validate(self._need(step).facts)

    def output(self, step: str, path: str) -> Path:
        """Return the place of an output of a needed step; raises if the step recorded no such output."""
        if path not in {output.path for output in self._need(step).outputs}:
            raise UndeclaredReadError(f"{self._who} reads `{path}`, which {step} did not record")
        return self.root / path

    def was_skipped(self, step: str) -> bool:
        """Tell whether a needed step had nothing to do."""
        return bool(self._need(step).verdict is Verdict.SKIPPED)

    def result(self, step: str) -> Any:
        """Return the recorded `Result` of a needed step: its verdict, reason, findings, outputs and digest."""
        return self._need(step)

    def write(self, path: str) -> Path:
        """Return where to write the output `path`; its folder exists. Name `path` in `Outcome.outputs`."""
        target = self.staging / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _need(self, step: str) -> Any:
        if step not in self._needs:
            raise UndeclaredReadError(
                f"{self._who} reads the result of {step} without declaring it in `needs`"
            )
        return self._needs[step]


class Stage(ABC):
    """One stage of the lifecycle. The class's docstring starts with what it does, in one line."""

    name: ClassVar[str]
    phase: ClassVar[Phase]
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    gate: ClassVar[bool] = False
    """A gate hangs on every step before it, runs whatever became of them, and judges how they stand."""
    reads: ClassVar[Reads] = Reads()
    codes: ClassVar[tuple[Code, ...]] = ()
    Options: ClassVar[type[StageOptions]] = StageOptions
    Facts: ClassVar[type[told.Facts]] = told.Facts

    def __init__(self, options: StageOptions | None = None) -> None:
        self.options: Any = options if options is not None else self.Options()

    @abstractmethod
    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Do the work; raise `MaxctlError` only when it cannot be done."""

    def needed(self) -> tuple[str, ...]:
        """Return the steps that it needs with these options."""
        return self.needs

    def tools(self) -> dict[str, str]:
        """Return the versions of tools that decide the result, for the key."""
        return {}

    def tools_for(self, spec: ModelSpec) -> dict[str, str]:
        """Return the same where the model decides which tools those are, by parts of the spec that are in `reads`."""
        return self.tools()

    def records(self) -> bool:
        """Tell whether the result belongs in the manifest; not when it hangs on a service elsewhere, say."""
        return True

    def on_path(self, target: str, cache: Path, progress: Progress) -> Outcome:
        """Do the work on what the user named, where there is no project; nothing is recorded."""
        raise UsageError(
            f"{self.name} works on a project, not on a path",
            hint=f"run `maxctl {self.name}` in a folder that holds a model.yaml",
        )

    def on_paths(self, targets: Sequence[str], cache: Path, progress: Progress) -> Outcome:
        """Do the work on all that the user named, at least one. A stage that takes several of them overrides this."""
        if len(targets) != 1:
            raise UsageError(
                f"{self.name} takes one path, not {len(targets)}", hint=f"run `maxctl {self.name}` on each"
            )
        return self.on_path(targets[0], cache, progress)

    def present(self, facts: Any) -> Any:
        """Return recorded facts as they are to be shown under these options."""
        return facts

    @classmethod
    def takes_path(cls) -> bool:
        """Tell whether the work can be done where there is no project."""
        return cls.on_path is not Stage.on_path or cls.takes_paths()

    @classmethod
    def takes_paths(cls) -> bool:
        """Tell whether the user may name several things at once."""
        return cls.on_paths is not Stage.on_paths


def _covers(pattern: str, path: str) -> bool:
    if pattern.endswith("/**"):
        return path == pattern[:-3] or path.startswith(pattern[:-2])
    return fnmatchcase(path, pattern)


def inputs(root: Path, pattern: str) -> list[Path]:
    """Return `matching`; a link that leads out of the project raises `SpecError`."""
    return [contained(root, path) for path in matching(root, pattern)]


def contained(root: Path, path: Path) -> Path:
    """Return the path; raises `SpecError` where it leads out of the project, through a link say."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise SpecError(
            f"{path.relative_to(root).as_posix()} leads out of the project, to {path.resolve()}",
            hint="copy the file into the project, so that it is recorded and reviewed with it",
        )
    return path


def matching(root: Path, pattern: str) -> list[Path]:
    """Return the files below `root` that match a glob (`folder/**` for all files of a folder), sorted."""

    def found() -> Iterator[Path]:
        if pattern.endswith("/**"):
            folder = root / pattern[:-3]
            if folder.is_dir():
                yield from digest.walk(folder)
        else:
            yield from (path for path in root.glob(pattern) if not path.is_dir())

    return sorted(found(), key=lambda path: path.relative_to(root).as_posix())
