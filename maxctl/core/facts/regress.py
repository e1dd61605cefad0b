"""Facts of `regress`: how each case of the golden suite went on one target."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class CaseFacts(Facts):
    """One case: its verdict, and how many predictions were expected, the same, missing, extra and changed."""

    id: str
    verdict: str
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
            (c.id, c.verdict, *(str(n) for n in (c.expected, c.same, c.missing, c.extra, c.changed)))
            for c in self.cases
        )
        columns = ("case", "verdict", "expected", "same", "missing", "extra", "changed")
        return (Table(f"golden suite on {self.target}", columns, rows),)
