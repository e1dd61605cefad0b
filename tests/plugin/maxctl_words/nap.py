"""Sleep in a child process that has a child of its own."""

from __future__ import annotations

from maxctl.adapters import process
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Stage, StageOptions, Verdict


class NapOptions(StageOptions):
    seconds: float = 0.3


class Nap(Stage):
    """Sleep in a child process that has a child of its own."""

    name = "nap"
    phase = Phase.UPKEEP
    needs = ("summarise",)
    Options = NapOptions

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        seconds = self.options.seconds
        process.run(["sh", "-c", f"setsid sleep {seconds} & sleep {seconds}; wait"])
        return Outcome(Verdict.PASSED)
