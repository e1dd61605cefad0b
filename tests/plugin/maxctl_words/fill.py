"""Write a file of a wanted size."""

from __future__ import annotations

from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Stage, StageOptions, Verdict


class FillOptions(StageOptions):
    mebibytes: int = 1


class Fill(Stage):
    """Write a file of a wanted size."""

    name = "fill"
    phase = Phase.UPKEEP
    needs = ("count-words",)
    Options = FillOptions

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        with model.write(".maxctl/out/fill.bin").open("wb") as file:
            for _ in range(self.options.mebibytes):
                file.write(bytes(1 << 20))
        return Outcome(Verdict.PASSED, outputs=(".maxctl/out/fill.bin",))
