"""The rules worth aligning with a stretch of text: `match_set.compute_candidates`, computed by arrays.

scancode compares the stretch's set of tokens with that of each of 30,000 rules, one after the other. Here an
inverted index over the words of legal language counts what they share with all rules at once; only the few rules
that reach their own minimum are looked at further. Ranks are exact: quotients are the same IEEE divisions,
roundings are Python's own, and ties fall as tuples do. See docs/decisions/0010.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from maxctl.adapters.scancode.sections import Sections

    Array = np.ndarray[Any, Any]

TENTHS = tuple(round(k / 10, 1) for k in range(11))


def round_up_bounds() -> list[float]:
    """Return, for k = 1..10, the smallest float of 0..1 that Python's `round(x, 1)` makes k/10 or more."""
    bounds = []
    for k in range(1, 11):
        low, high = (k - 1) / 10, k / 10  # rounded below k/10; rounded to it
        while math.nextafter(low, high) < high:
            middle = (low + high) / 2
            low, high = (middle, high) if round(middle, 1) < TENTHS[k] else (low, middle)
        bounds.append(high)
    return bounds


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
    ) -> _Scored:
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
        scored = _Scored(rows, shared, containment, resemblance, threshold, self._bounds, self._twentieths)
        if high_resemblance:
            scored = scored.take(np.flatnonzero(scored.similar_rounded))
        return scored

    def _shared_words(self, row: int, present: Array) -> list[int]:
        tids = self._tids[self._start[row] : self._start[row + 1]]
        tids = tids[tids < self._high]
        words: list[int] = tids[present[tids]].tolist()
        return words


class _Scored:
    """Rows with their scores: the columns of scancode's two score vectors."""

    def __init__(
        self,
        rows: Array,
        shared: Array,
        containment: Array,
        resemblance: Array,
        threshold: float,
        bounds: Array,
        twentieths: Array,
    ) -> None:
        import numpy as np

        self.rows, self.shared, self.containment = rows, shared, containment
        # Python's own power: numpy's square may differ in the last bit
        self.amplified = np.array([value**2 for value in resemblance.tolist()], np.float64)
        self.similar = resemblance >= threshold
        tenths = np.array(TENTHS)
        self.similar_rounded = tenths[np.searchsorted(bounds, resemblance, "right")] >= threshold
        self.containment_rounded = np.searchsorted(bounds, containment, "right")
        self.amplified_rounded = np.searchsorted(bounds, self.amplified, "right")
        self.shared_rounded = twentieths[shared]

    def take(self, at: Array) -> _Scored:
        """Return the chosen rows, in the chosen order."""
        taken = object.__new__(_Scored)
        for name, column in vars(self).items():
            setattr(taken, name, column[at])
        return taken

    def _rounded(self) -> Array:
        """Return one integer for the rounded scores that rank first; the same order as of their tuples."""
        import numpy as np

        key = self.similar_rounded.astype(np.int64) * 11 + self.containment_rounded
        return key * 11 + self.amplified_rounded

    def best(self, rids: Array, count: int) -> _Scored:
        """Return the first `count` rows in the falling order of (rounded scores, scores, rid)."""
        import numpy as np

        if len(self.rows) > 2 * count:  # sort only rows that may be among them
            rounded = self._rounded()
            least = np.partition(rounded, -count)[-count]
            return self.take(np.flatnonzero(rounded >= least))._sorted(rids, count)
        return self._sorted(rids, count)

    def _sorted(self, rids: Array, count: int) -> _Scored:
        import numpy as np

        order = np.lexsort(
            (
                rids[self.rows],
                self.shared,
                self.amplified,
                self.containment,
                self.similar,
                self.shared_rounded,
                self._rounded(),
            )
        )
        return self.take(order[::-1][:count])

    def without_twins(self, expression: Array, length: Array, rank: Array) -> _Scored:
        """Return one row of those with equal expression, rounded scores and length: the best by (scores, name)."""
        import numpy as np

        group = (
            self._rounded(),
            self.shared_rounded,
            expression[self.rows],
            length[self.rows],
        )
        order = np.lexsort(
            (rank[self.rows], self.shared, self.amplified, self.containment, self.similar, *group)
        )
        last = np.zeros(len(order), np.bool_)
        last[-1:] = True
        for column in group:
            last[:-1] |= column[order][1:] != column[order][:-1]
        return self.take(order[last])

    def listed(self, rids: Array) -> list[tuple[tuple[tuple[Any, ...], tuple[Any, ...]], int, int]]:
        """Return ((rounded scores, scores), rid, row) as Python values."""
        rounded = zip(
            self.similar_rounded.tolist(),
            [TENTHS[k] for k in self.containment_rounded.tolist()],
            [TENTHS[k] for k in self.amplified_rounded.tolist()],
            self.shared_rounded.tolist(),
            strict=True,
        )
        scores = zip(
            self.similar.tolist(),
            self.containment.tolist(),
            self.amplified.tolist(),
            self.shared.tolist(),
            strict=True,
        )
        return list(
            zip(
                zip(rounded, scores, strict=True),
                rids[self.rows].tolist(),
                self.rows.tolist(),
                strict=True,
            )
        )
