"""The rules worth aligning with a stretch of text: `match_set.compute_candidates`, computed by arrays.

scancode compares the stretch's set of tokens with that of each of 30,000 rules, one after the other. Here an
inverted index over the words of legal language counts what they share with all rules at once; only the few rules
that reach their own minimum are looked at further. Ranks are exact: quotients are the same IEEE divisions,
roundings are Python's own, and ties fall as tuples do. See docs/decisions/0010.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from maxctl.adapters.scancode.ranking import Scored, round_up_bounds

if TYPE_CHECKING:
    import numpy as np

    from maxctl.adapters.scancode.sections import Sections

    Array = np.ndarray[Any, Any]


class Candidates:
    """The thresholds and token sets of all rules that may match approximately, as rows of arrays."""

    def __init__(self, index: Sections, len_legalese: int) -> None:
        import numpy as np

        self._high = len_legalese
        self._tids, self._counts = index.array("set_tids"), index.array("set_counts")
        self._start = index.array("set_start")
        self._sizes = np.diff(self._start)
        self._postings, self._postings_start = index.array("postings"), index.array("postings_start").tolist()
        self._rids = index.array("approximate")
        self._rank, self._expression = index.array("rank"), index.array("expression")
        self._min_containment = index.array("min_containment")
        self._length = {True: index.array("length_unique"), False: index.array("length")}
        self._min_matched = {True: index.array("min_matched_unique"), False: index.array("min_matched")}
        self._min_high = {True: index.array("min_high_unique"), False: index.array("min_high")}
        # `if not high_intersection` refuses a rule without any, whatever its minimum
        self._low = index.array("low_unique")
        self._need_high = np.maximum(self._min_high[True], 1)
        self._bounds = np.array(round_up_bounds())
        self._twentieths = np.array([round(n / 20, 1) for n in range(4096)])

    def compute(
        self, tokens: Sequence[int], top: int, high_resemblance: bool, threshold: float
    ) -> list[tuple[tuple[tuple[Any, ...], tuple[Any, ...]], int, list[int]]]:
        """Return ((rounded scores, scores), rid, shared legal words) of the best `top` rules, best first.

        `tokens` are the ids of a stretch, without those that were matched already.
        """
        import numpy as np

        query = np.bincount(np.fromiter(tokens, np.int64, len(tokens)), minlength=32768)
        present = query > 0
        unique = np.flatnonzero(present)
        legal = unique[: np.searchsorted(unique, self._high)].tolist()
        if not legal:
            return []
        start, postings = self._postings_start, self._postings
        rows = np.concatenate([postings[start[tid] : start[tid + 1]] for tid in legal])
        high = np.bincount(rows, minlength=len(self._rids))
        survivors = np.flatnonzero(high >= self._need_high)
        survivors = self._reachable(
            survivors, high[survivors], len(unique), len(legal), high_resemblance * threshold
        )
        if not len(survivors):
            return []
        at, ends = self._entries(survivors)
        shared = np.add.reduceat(present[self._tids[at]], ends[:-1], dtype=np.int64)
        found = self._score(survivors, shared, len(unique), True, high_resemblance, threshold)
        # scancode keeps ten times as many as it wants before it counts repetitions
        survivors = found.best(self._rids, 10 * top).rows
        if not len(survivors):
            return []
        at, ends = self._entries(survivors)
        tids = self._tids[at]
        both = np.minimum(query[tids], self._counts[at])
        high = np.add.reduceat(np.where(tids < self._high, both, 0), ends[:-1])
        kept = np.flatnonzero(high >= np.maximum(self._min_high[False][survivors], 1))
        if not len(kept):
            return []
        shared = np.add.reduceat(both, ends[:-1])[kept]
        survivors = survivors[kept]
        found = self._score(survivors, shared, len(tokens), False, high_resemblance, threshold)
        found = found.without_twins(self._expression, self._length[False], self._rank)
        return [
            (scores, rid, self._shared_words(row, present))
            for scores, rid, row in found.best(self._rids, top).listed(self._rids)
        ]

    def _reachable(self, rows: Array, high: Array, size: int, legal: int, resemblance: float) -> Array:
        """Return the rows that pass the thresholds if they share as many other words as they can.

        Quotients grow with what is shared, and so do their roundings.
        """
        import numpy as np

        most = high + np.minimum(self._low[rows], size - legal)
        length = self._length[True][rows]
        kept = (most >= self._min_matched[True][rows]) & (most / length >= self._min_containment[rows])
        if resemblance:
            kept &= most / (size + length - most) >= resemblance
        return rows[kept]

    def _entries(self, rows: Array) -> tuple[Array, Array]:
        """Return where the entries of the rows stand, and where each row begins in that list, with its end."""
        import numpy as np

        sizes = self._sizes[rows]
        ends = np.concatenate(([0], np.cumsum(sizes)))
        at = np.arange(ends[-1]) + np.repeat(self._start[rows] - ends[:-1], sizes)
        return at, ends

    def _score(
        self, rows: Array, shared: Array, size: int, unique: bool, high_resemblance: bool, threshold: float
    ) -> Scored:
        import numpy as np

        kept = shared >= self._min_matched[unique][rows]
        rows, shared = rows[kept], shared[kept]
        length = self._length[unique][rows]
        containment = shared / length
        kept = containment >= self._min_containment[rows]  # a minimum of 0 refuses nothing
        resemblance = shared / (size + length - shared)
        if high_resemblance:
            kept &= resemblance >= threshold
        rows, shared = rows[kept], shared[kept]
        containment, resemblance = containment[kept], resemblance[kept]
        while len(shared) and shared.max() >= len(self._twentieths):
            more = range(len(self._twentieths), 2 * len(self._twentieths))
            self._twentieths = np.append(self._twentieths, [round(n / 20, 1) for n in more])
        scored = Scored(rows, shared, containment, resemblance, threshold, self._bounds, self._twentieths)
        if high_resemblance:
            scored = scored.take(np.flatnonzero(scored.similar_rounded))
        return scored

    def _shared_words(self, row: int, present: Array) -> list[int]:
        tids = self._tids[self._start[row] : self._start[row + 1]]
        tids = tids[tids < self._high]
        words: list[int] = tids[present[tids]].tolist()
        return words
