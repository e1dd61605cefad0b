"""Facts of `regress`: how each case of the golden suite went on one target."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class CaseFacts(Facts):
    """One case: its verdict, and how many parts of its answer were expected, the same, missing, extra and changed."""

    id: str
    verdict: str
    parts: str = "answers"
    """What was counted: detections, classes of pixels, single values, or nothing but an answer that never came."""
    expected: int
    same: int
    missing: int
    extra: int
    changed: int


class RegressFacts(Facts):
    """The digest of the suite, the kind of target that was asked, and the cases. No latencies."""

    target: str
    suite: str
    cases: tuple[CaseFacts, ...]

    def tables(self) -> tuple[Table, ...]:
        """Return the cases."""
        rows = tuple(
            (c.id, c.verdict, c.parts, *(str(n) for n in (c.expected, c.same, c.missing, c.extra, c.changed)))
            for c in self.cases
        )
        columns = ("case", "verdict", "of", "expected", "same", "missing", "extra", "changed")
        return (Table(f"golden suite on {self.target}", columns, rows),)
