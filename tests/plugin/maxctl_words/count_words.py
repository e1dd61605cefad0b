"""Count the words of the project's notes."""

from __future__ import annotations

from pydantic import Field

from maxctl.core.facts import Facts, Table
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage, StageOptions


class WordFacts(Facts):
    words: int
    name: str

    def tables(self) -> tuple[Table, ...]:
        return (Table("words", ("model", "words"), ((self.name, str(self.words)),)),)


class WordOptions(StageOptions):
    least: int = Field(default=1, ge=0, description="Fewer words than this are an error.")
    report: str = Field(default="reports/words.txt", description="Where the number is written.")


class CountWords(Stage):
    """Count the words of the project's notes."""

    name = "count-words"
    phase = Phase.UPKEEP
    reads = Reads(spec=("name",), files=("notes/**",))
    codes = (Code("WRD001", "too few words", "A note without words tells nothing."),)
    Options = WordOptions
    Facts = WordFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        notes = model.files("notes/**")
        if not notes:
            return Outcome.skipped(Skip.NOT_APPLICABLE, "the project has no notes")
        words = sum(len(note.read_text().split()) for note in notes)
        model.write(self.options.report).write_text(f"{words}\n")
        findings = []
        if words < self.options.least:
            findings.append(
                Finding(
                    "WRD001",
                    Severity.ERROR,
                    "notes",
                    f"{words} words, {self.options.least} wanted",
                    "write more",
                    Place(notes[0].relative_to(model.root).as_posix(), 1),
                )
            )
        return Outcome.judge(findings, WordFacts(words=words, name=model.spec.name), [self.options.report])
