"""Every rule whose whole text stands in a query, in the order in which scancode's Aho-Corasick automaton tells them.

A rule of L tokens, p the largest power of two not above L, stands at a position exactly if its first p tokens
and its last p tokens do. The hash of p tokens at every position follows from that of p/2 tokens by one
multiplication. Hashes only shortlist: each match is compared token by token, so that none is false, and equal
tokens have equal hashes, so that none is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from maxctl.adapters.scancode.sections import Sections

    Array = np.ndarray[Any, Any]

BASE = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by it loses nothing modulo 2**64."""
MASK = (1 << 64) - 1
FILTER_BITS = 16


def _first(tokens: Array) -> Array:
    import numpy as np

    mixed = (tokens.astype(np.uint64) + np.uint64(1)) * np.uint64(BASE)
    return mixed ^ (mixed >> np.uint64(29))


def _factor(width: int) -> int:
    """Return the multiplier that joins two hashes of `width` tokens."""
    return pow(BASE | 1, width, 1 << 64)


def _join(left: Array, right: Array, width: int) -> Array:
    import numpy as np

    joined = left * np.uint64(_factor(width)) + right
    return joined ^ (joined >> np.uint64(31))


def _slot(hashes: Array) -> Array:
    import numpy as np

    return hashes >> np.uint64(64 - FILTER_BITS)


def tables(tids: Array, start: Array) -> dict[str, Array]:
    """Return what `ExactMatches` needs of rules, given all their tokens and where each rule begins."""
    import numpy as np

    lengths = np.diff(start)
    rows: list[tuple[Array, Array, Array, Array]] = []
    level_start, width, hashes = [0], 1, _first(tids)
    while width <= lengths.max():
        rids = np.flatnonzero((lengths >= width) & (lengths < 2 * width))
        heads = hashes[start[rids]]
        tails = hashes[start[rids] + lengths[rids] - width]
        order = np.argsort(heads, kind="stable")
        rows.append((heads[order], tails[order], lengths[rids][order].astype(np.int32), rids[order]))
        level_start.append(level_start[-1] + len(rids))
        # a hash that reaches over the end of a rule is never looked up: width <= length
        hashes = _join(hashes[:-width], hashes[width:], width)
        width *= 2
    filters = np.zeros((len(rows), 1 << FILTER_BITS), np.bool_)
    for level, (heads, *_) in enumerate(rows):
        filters[level, _slot(heads)] = True
    joined = [np.concatenate(parts) for parts in zip(*rows, strict=True)]
    return {
        "exact_heads": joined[0],
        "exact_tails": joined[1],
        "exact_lengths": joined[2],
        "exact_rids": joined[3].astype(np.int32),
        "exact_levels": np.array(level_start, np.int64),
        "exact_filters": filters.reshape(-1),
    }


class ExactMatches:
    """Stands where scancode has its automaton: `iter` gives the same matches in the same order."""

    def __init__(self, index: Sections) -> None:
        self._tids, self._start = index.array("tids"), index.array("tids_start")
        self._heads, self._tails = index.array("exact_heads"), index.array("exact_tails")
        self._lengths, self._rids = index.array("exact_lengths"), index.array("exact_rids")
        self._levels = index.array("exact_levels").tolist()
        self._filters = index.array("exact_filters").reshape(len(self._levels) - 1, -1)

    def iter(self, tokens: Sequence[int]) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """Yield (position of the last token, [(rid, 0, length - 1)]): by rising position, longest rule first."""
        import numpy as np

        query = np.fromiter(tokens, np.int16, len(tokens))
        ends, lengths, rids = [], [], []
        hashes, width = _first(query), 1
        for level in range(len(self._levels) - 1):
            if not len(hashes):
                break
            at = np.flatnonzero(self._filters[level][_slot(hashes)])
            if len(at):
                found = self._level(level, width, hashes, at)
                kept = [
                    (position + length, length, rid)
                    for position, length, rid in found
                    if self._equal(query, position, length, rid)
                ]
                ends += [end for end, _, _ in kept]
                lengths += [length for _, length, _ in kept]
                rids += [rid for _, _, rid in kept]
            hashes = _join(hashes[:-width], hashes[width:], width)
            width *= 2
        for end, length, rid in sorted(
            zip(ends, lengths, rids, strict=True), key=lambda match: (match[0], -match[1])
        ):
            yield end - 1, [(rid, 0, length - 1)]

    def _level(self, level: int, width: int, hashes: Array, at: Array) -> list[tuple[int, int, int]]:
        """Return the (position, length, rid) whose first and last `width` tokens have the right hashes."""
        import numpy as np

        low, high = self._levels[level], self._levels[level + 1]
        heads = self._heads[low:high]
        wanted = hashes[at]
        left, right = np.searchsorted(heads, wanted), np.searchsorted(heads, wanted, "right")
        counts = right - left
        total = int(counts.sum())
        if not total:
            return []
        # every position with every rule that begins as it does
        rule = np.arange(total) + np.repeat(left - np.cumsum(counts) + counts, counts) + low
        position = np.repeat(at, counts)
        tail_at = position + self._lengths[rule] - width
        inside = tail_at < len(hashes)
        rule, position, tail_at = rule[inside], position[inside], tail_at[inside]
        same = hashes[tail_at] == self._tails[rule]
        rule, position = rule[same], position[same]
        return list(
            zip(position.tolist(), self._lengths[rule].tolist(), self._rids[rule].tolist(), strict=True)
        )

    def _equal(self, query: Array, position: int, length: int, rid: int) -> bool:
        begin = int(self._start[rid])
        return bool((query[position : position + length] == self._tids[begin : begin + length]).all())
