"""Aligning a stretch with a rule: `match_seq.match_sequence`, without asking again what cannot have changed.

An alignment begins with a word of legal language that may match and stands in the rule. Behind the last such word
of the stretch there is none, so the search that scancode makes there, to learn that it is done, is left out.
"""

from __future__ import annotations

import sys
from typing import Any

from maxctl.adapters.scancode.installed import module


def install() -> None:
    """Put it in place."""
    module("licensedcode.match_seq").match_sequence = _match_sequence()


class _LastWords:
    """Where each word of legal language stands last in a stretch; remembered for one stretch."""

    def __init__(self) -> None:
        self._run: Any = None
        self._matchables: Any = None
        self._last: dict[int, int] = {}

    def of(self, run: Any, matchables: Any, high: int, words: Any) -> int:
        """Return the last position of any of the words that may match; -1 if there is none."""
        if run is not self._run or matchables != self._matchables:
            self._run, self._matchables = run, matchables
            placed = enumerate(run.tokens, run.start)
            self._last = {word: at for at, word in placed if word < high and at in matchables}
        return max((self._last.get(word, -1) for word in words), default=-1)


def _match_sequence() -> Any:
    span = module("licensedcode.spans").Span
    seq = module("licensedcode.match_seq")
    license_match = module("licensedcode.match").LicenseMatch

    last = _LastWords()

    def match_sequence(
        idx: Any,
        rule: Any,
        query_run: Any,
        high_postings: Any,
        start_offset: int = 0,
        match_blocks: Any = None,
        deadline: float = sys.maxsize,
    ) -> list[Any]:
        # aligning subtracts nothing from the stretch, so what may match stays the same throughout
        matchables = query_run.matchables
        tokens = idx.tids_by_rid[rule.rid]
        high = idx.len_legalese
        query = query_run.query
        begin = start = query_run.start + start_offset
        matches: list[Any] = []
        end = min(query_run.end, last.of(query_run, matchables, high, high_postings))
        while start <= end:
            blocks = match_blocks(
                a=query.tokens,
                b=tokens,
                a_start=start,
                a_end=query_run.end + 1,
                b2j=high_postings,
                len_good=high,
                matchables=matchables,
            )
            if not blocks:
                break
            for at, rule_at, length in blocks:
                if length > 1 or query.tokens[at] < high:
                    matches.append(
                        license_match(
                            rule=rule,
                            qspan=span(range(at, at + length)),
                            ispan=span(range(rule_at, rule_at + length)),
                            hispan=span(p for p in range(rule_at, rule_at + length) if tokens[p] < high),
                            query_run_start=begin,
                            matcher=seq.MATCH_SEQ,
                            matcher_order=seq.MATCH_SEQ_ORDER,
                            query=query,
                        )
                    )
                start = max(start, at + length)
        return matches

    return match_sequence
