"""A project whose steps are recorded by stages that cost nothing, and people with real keys."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest

from maxctl.core import pipeline, registry, runner
from maxctl.core.facts.review import ReviewFacts
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.findings import Code, Finding, Severity
from maxctl.core.manifest import StepRecord
from maxctl.core.progress import Progress, Silent
from maxctl.core.project import Project
from maxctl.core.registry import StageEntry
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage
from maxctl.release.review import Review
from tests.projects import project

OUTPUTS = {
    "fetch": (".maxctl/out/fetch/sources/code", ".maxctl/out/fetch/artifacts"),
    "check": (),
    "prepare": (".maxctl/out/prepare/saved_model",),
    "record": ("golden",),
    "convert": (".maxctl/out/convert",),
    "package": (".maxctl/out/package",),
    "scaffold": ("service",),
    "regress": ("reports/regress-service.html",),
    "regress-http": ("reports/regress-http.html",),
    "document": ("service/README.md.d",),
}


class _Written(Stage):
    """Writes `inputs/<its name>.txt` as its product."""

    phase = Phase.HEALTH
    paths: ClassVar[tuple[str, ...]] = ()

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        text = model.file(f"inputs/{self.name}.txt")
        content = text.read_text() if text.exists() else self.name
        if content.startswith("skip: "):
            return Outcome.skipped(Skip.NOT_APPLICABLE, content.removeprefix("skip: "))
        for path in self.paths:
            model.write(f"{path}/file.txt" if "." not in Path(path).name else path)
            target = model.staging / path
            if "." in Path(path).name:
                target.write_text(content)
            else:
                (target / "file.txt").write_text(content)
        return Outcome.judge((), outputs=self.paths)


def _stage(step: str, paths: tuple[str, ...]) -> type[Stage]:
    name = step.title().replace("-", "")
    reads = Reads(files=(f"inputs/{step}.txt",))
    return type(name, (_Written,), {"name": step, "paths": paths, "reads": reads, "__module__": __name__})


class ScanLicense(Stage):
    """Asks for a legal approval where `inputs/legal.txt` is."""

    name = "scan-license"
    phase = Phase.LICENSING
    reads = Reads(files=("inputs/legal.txt",))
    codes = (Code("LIC001", "a license", "because"),)
    Facts = ScanLicenseFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        legal = model.file("inputs/legal.txt").exists()
        verdict = "review" if legal else "allow"
        slot = {"verdict": verdict, "concluded": "Apache-2.0", "confidence": "high"}
        facts = ScanLicenseFacts.model_validate(
            {
                "use_case": "commercial",
                "verdict": verdict,
                "legal_approval_required": legal,
                "policy": "sha256:0",
                "slots": {"code": slot},
            }
        )
        found = Finding("LIC001", Severity.WARNING, "code", "look", "look") if legal else None
        return Outcome.judge([found] if found else [], facts)


STAGES = {step: _stage(step, paths) for step, paths in OUTPUTS.items() if step != "document"}
STAGES["document"] = _stage("document", ("reports/README.md",))
STAGES |= {"scan-license": ScanLicense, "review": Review}


def _entries() -> dict[str, StageEntry]:
    return {
        name: StageEntry(name, f"{kind.__module__}:{kind.__name__}", "tests") for name, kind in STAGES.items()
    }


LIFECYCLE = "schema_version: 1\nname: lifecycle\ndescription: the steps\nsteps:\n" + "".join(
    f"  - uses: {step}\n" for step in Review.needs
)


def use_cheap_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these stages stand in for the real ones, whose work is not what is tested."""
    monkeypatch.setattr(registry, "entries", _entries)
    monkeypatch.setattr(StageEntry, "load", lambda entry: STAGES[entry.name])


def make_key(
    folder: Path, name: str, kind: str = "ed25519", bits: int | None = None, passphrase: str = ""
) -> Path:
    """Return a new private key; its public half stands beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    size = ["-b", str(bits)] if bits else []
    subprocess.run(
        [
            "ssh-keygen",
            "-q",
            "-t",
            kind,
            *size,
            "-N",
            passphrase,
            "-C",
            f"{name}@test",
            "-f",
            str(folder / name),
        ],
        check=True,
    )
    return folder / name


def public(key: Path) -> str:
    return Path(f"{key}.pub").read_text().strip()


@dataclass
class Reviewed:
    """The project, its people's keys, and what a test does with them."""

    root: Path
    keys: dict[str, Path] = field(default_factory=dict)

    @property
    def project(self) -> Project:
        return Project(self.root)

    def run(self) -> None:
        """Record every step before the review."""
        place = self.project
        plan = pipeline.load("lifecycle", self.root, place.manifest().steps)
        reports = list(runner.run(place, plan, runner.Selection(), Silent()))
        assert all(report.ok for report in reports), reports

    def review(self) -> Outcome:
        """Return what the stage says now, without recording it."""
        place = self.project
        plan = pipeline.load("lifecycle", self.root, place.manifest().steps)
        return runner.rehearse(place, plan, pipeline.Step("review", Review()), Silent())

    def recorded_review(self) -> StepRecord:
        """Run the stage as a step, and return its record."""
        place = self.project
        steps = (*pipeline.load("lifecycle", self.root).steps, pipeline.Step("review", Review()))
        plan = pipeline.Pipeline("lifecycle", "", steps)
        (report,) = runner.run(place, plan, runner.Selection(only=("review",)), Silent())
        assert report.record is not None, report
        return report.record

    def sign(
        self,
        who: str,
        role: str = "engineering",
        *,
        key: Path | None = None,
        subject: Any = None,
        **changes: Any,
    ) -> Path:
        """Put an approval there, signed by the reviewer's key, with parts of the decision replaced."""
        from maxctl.release import approval

        path = self.root / approval.path_of(role, who)
        path.parent.mkdir(exist_ok=True)
        decision = approval.Decision.model_validate(
            {
                "model": "tiny-detector",
                "version": "1.0.0",
                "role": role,
                "reviewer": who,
                "decision": "approve",
                "comment": "",
                "signed_on": "2026-01-02",
                "expires": None,
                **changes,
            }
        )
        path.write_bytes(approval.render(decision, subject or self.subject()))
        self.seal(path, key or self.keys[who])
        return path

    def seal(self, path: Path, key: Path, namespace: str = "maxctl-approval@maxctl") -> None:
        """Sign whatever bytes stand there, as somebody with ssh-keygen alone would."""
        Path(f"{path}.sig").unlink(missing_ok=True)
        argv = ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(key), str(path)]
        subprocess.run(argv, check=True, capture_output=True)

    def subject(self) -> dict[str, str]:
        facts = self.review().facts
        assert isinstance(facts, ReviewFacts)
        return facts.subject


def reviewed(
    folder: Path,
    people: dict[str, dict[str, Any]] | None = None,
    required: dict[str, Any] | None = None,
    files: dict[str, str | bytes] | None = None,
    **changes: Any,
) -> Reviewed:
    """Return a recorded project; `people` are reviewers by id, each with a new key unless `key` is given."""
    asked = people or {"ada": {"roles": ["engineering"]}}
    keys = {who: make_key(folder / "keys", who) for who in asked if "key" not in asked[who]}
    reviewers = [
        {
            "id": who,
            "name": f"{who.title()} <{who}@example.org>",
            "key": public(keys[who]) if who in keys else "",
            **part,
        }
        for who, part in asked.items()
    ]
    section: dict[str, Any] = {"reviewers": reviewers}
    if required is not None:
        section["required"] = required
    root = project(
        folder / "p",
        {"pipelines/lifecycle.yaml": LIFECYCLE, **(files or {})},
        **{"review": section, **changes},
    )
    made = Reviewed(root, keys)
    made.run()
    return made


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    use_cheap_stages(monkeypatch)
    yield
