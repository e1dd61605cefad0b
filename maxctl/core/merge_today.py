"""What the project at hand says of records that are joined: which could hold, and how the joined ones stand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from pydantic import ValidationError

from maxctl.core import digest, registry
from maxctl.core.freshness import Standing, Standings, State, hangs_on, key_of, present, standing
from maxctl.core.manifest import Key, Manifest, StepRecord
from maxctl.core.pipeline import Pipeline, Step
from maxctl.core.project import Project
from maxctl.core.stage import Skip

ABSENT = frozenset(["missing", "none"])
"""What stages say in place of the version of a tool that is not on this machine."""


class Today:
    """The spec, files and stages of a project as they are now; a pipeline says with which options each step runs.

    Steps that it does not hold are judged by their stage, with whatever options they were recorded.
    """

    def __init__(self, project: Project, plan: Pipeline) -> None:
        self.spec, self.root, self.plan = project.spec, project.root, plan
        self.files = digest.StatCache(project.work / "stat-cache.json")
        self._steps = {step.id: step for step in plan.steps}
        self._left_out = {
            step.id: Standing(State.LEFT_OUT)
            for step in plan.steps
            if step.when is not None and not present(self.spec, step.when)
        }
        self._keys: dict[tuple[str, str], Key] = {}

    def hangs_on(self, name: str, record: StepRecord) -> Collection[str] | None:
        """Return the steps that a record hangs on, or None where it can hold no more, whatever they say."""
        step, result = self._step(name, record), record.result
        if step is None or step.stage.name != record.stage or result.skip is Skip.UNAVAILABLE:
            return None
        if result.valid_until is not None and date.today() > result.valid_until:
            return None
        if not self._same_but_needs(step, record.key):
            return None
        if result.facts:
            try:
                step.stage.Facts.model_validate(result.facts)
            except ValidationError:  # of another version of the stage
                return None
        return hangs_on(step, self._left_out)

    def standings(self, manifest: Manifest) -> dict[str, Standing]:
        """Return how each recorded step stands here, outputs and all, and which steps of the pipeline are missing."""
        asked = Standings(self.spec, self.root, self.files.of_file)
        for step in self.plan.steps:
            asked.of(step, manifest)
        for name, record in manifest.steps.items():
            if name not in asked.found:
                other = self._step(name, record)
                asked.found[name] = (
                    Standing(State.STALE, f"the stage {record.stage} is not installed")
                    if other is None
                    else standing(
                        other, manifest, self.spec, self.root, asked.found, self.files.of_file, date.today(),
                        any_options=True,
                    )
                )  # fmt: skip
        return asked.found

    def _step(self, name: str, record: StepRecord) -> Step | None:
        if name in self._steps:
            return self._steps[name]
        if record.stage not in registry.entries():
            return None
        return Step(name, registry.stage(record.stage)(), recorded_needs=tuple(record.key.needs))

    def _same_but_needs(self, step: Step, recorded: Key) -> bool:
        """Tell whether a key is today's, but for its needs; a tool that is missing here proves nothing."""
        at = (step.id, step.stage.name)
        if at not in self._keys:
            self._keys[at] = key_of(step.stage, self.spec, self.root, {}, self.files.of_file)
        today = self._keys[at]
        parts = ["spec", "files", "version", *(["options"] if step.id in self._steps else [])]
        if any(getattr(today, part) != getattr(recorded, part) for part in parts):
            return False
        if today.tools.keys() == {"missing"}:
            return True
        return today.tools.keys() == recorded.tools.keys() and all(
            version in ABSENT or version == recorded.tools[tool] for tool, version in today.tools.items()
        )
