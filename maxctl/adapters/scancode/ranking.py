"""scancode's scores of rules, and its order of them: tuples of rounded scores, scores and rule number, as columns.

Sorting by columns gives the order of the tuples, since the last column differs from row to row.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

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


class Scored:
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

    def take(self, at: Array) -> Scored:
        """Return the chosen rows, in the chosen order."""
        taken = object.__new__(Scored)
        for name, column in vars(self).items():
            setattr(taken, name, column[at])
        return taken

    def _rounded(self) -> Array:
        """Return one integer for the rounded scores that rank first; the same order as of their tuples."""
        import numpy as np

        key = self.similar_rounded.astype(np.int64) * 11 + self.containment_rounded
        return key * 11 + self.amplified_rounded

    def best(self, rids: Array, count: int) -> Scored:
        """Return the first `count` rows in the falling order of (rounded scores, scores, rid)."""
        import numpy as np

        if len(self.rows) > 2 * count:  # sort only rows that may be among them
            rounded = self._rounded()
            least = np.partition(rounded, -count)[-count]
            return self.take(np.flatnonzero(rounded >= least))._sorted(rids, count)
        return self._sorted(rids, count)

    def _sorted(self, rids: Array, count: int) -> Scored:
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

    def without_twins(self, expression: Array, length: Array, rank: Array) -> Scored:
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
