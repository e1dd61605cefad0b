"""Say how many words there are, in a folder of many files."""

from __future__ import annotations

from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Stage, Verdict
from maxctl_words.count_words import WordFacts


class Summarise(Stage):
    """Say how many words there are, in a folder of many files."""

    name = "summarise"
    phase = Phase.UPKEEP
    needs = ("count-words",)

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        words = model.facts("count-words", WordFacts).words
        for number in range(40):
            model.write(f".maxctl/out/summarise/{number}.txt").write_text(f"{words} {number}\n" * 200)
        return Outcome(Verdict.PASSED, outputs=(".maxctl/out/summarise",))
