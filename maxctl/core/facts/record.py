"""Facts of `record`: which golden suite stands, and what made it."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class RecordedCase(Facts):
    """One case: the SHA-256 of its input, and how many predictions are expected."""

    id: str
    input: str
    predictions: int


class RecordFacts(Facts):
    """The suite in `golden/`: the digest of its folder, what answered, and its cases."""

    suite: str
    task: str
    made_by: dict[str, str]
    cases: tuple[RecordedCase, ...]

    def tables(self) -> tuple[Table, ...]:
        """Return the cases, and what made them."""
        cases = tuple((case.id, str(case.predictions), case.input[:12]) for case in self.cases)
        made = tuple(sorted(self.made_by.items()))
        return (
            Table("golden suite", ("case", "predictions", "input sha256"), cases),
            Table("made by", ("what", "version"), made),
        )
