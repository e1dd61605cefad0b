"""From scancode's own pickled index to one that opens at once: arrays to compute with, pickles to look up.

Nothing is decided here: every number is the one that scancode's index holds.
"""

from __future__ import annotations

import gc
import marshal
import pickle
from array import array
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxctl.adapters.scancode import exact_matches, notice_tables, sections

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def build(source: Path, target: Path) -> None:
    """Write to `target` what the index pickled at `source` holds; needs 1.5 GB of memory and some seconds."""
    import numpy as np

    gc.disable()  # the pickle is a million objects, none of them garbage: 2 × as fast
    try:
        with source.open("rb") as file:
            cache = pickle.load(file)
        index = cache.index
        rules = index.rules_by_rid
        arrays: dict[str, Array] = {
            "tids": np.frombuffer(b"".join(tids.tobytes() for tids in index.tids_by_rid), np.int16),
            "tids_start": _starts(len(tids) for tids in index.tids_by_rid),
        }
        arrays |= _approximate(index)
        arrays |= exact_matches.tables(arrays["tids"], arrays["tids_start"])
        blobs: dict[str, bytes] = {}
        hashes = sorted(index.rid_by_hash.items())
        blobs["hashes"] = b"".join(digest for digest, _ in hashes)
        arrays["hash_rids"] = np.array([rid for _, rid in hashes], np.int32)
        arrays["approximate"] = np.array(sorted(index.approx_matchable_rids), np.int32)
        arrays["regular"] = np.array(sorted(index.regular_rids), np.int32)
        arrays["false_positive"] = np.array(sorted(index.false_positive_rids), np.int32)
        arrays["digits"] = np.array(list(index.digit_only_tids), np.int32)
        _pickles(arrays, blobs, "rules", rules)
        blobs["license_keys"] = marshal.dumps({key: at for at, key in enumerate(cache.db)})
        _pickles(arrays, blobs, "licenses", list(cache.db.values()))
        blobs["symbols"] = marshal.dumps(_wrapped(cache.licensing.known_symbols))
        blobs["lower_symbols"] = marshal.dumps(_wrapped(cache.licensing.known_symbols_lowercase))
        blobs["spdx_symbols"] = marshal.dumps(_wrapped(cache.spdx_symbols))
        blobs["dictionary"] = marshal.dumps(index.dictionary)
        blobs["identifiers"] = marshal.dumps({rule.identifier: rid for rid, rule in enumerate(rules)})
        blobs["unknown"] = pickle.dumps(cache.unknown_spdx_symbol, 4)
        blobs["about"] = marshal.dumps(
            {"len_legalese": index.len_legalese, "all_languages": index.all_languages, "rules": len(rules)}
        )
        blobs |= notice_tables.tables()
        sections.write(target, arrays, blobs)
    finally:
        gc.enable()


def _wrapped(symbols: dict[str, Any]) -> dict[str, str]:
    """Return the key of the license that each symbol wraps."""
    return {key: symbol.wrapped.key for key, symbol in symbols.items()}


def _starts(lengths: Any) -> Array:
    import numpy as np

    return np.array([0, *accumulate(lengths)], np.int64)


def _pickles(arrays: dict[str, Array], blobs: dict[str, bytes], name: str, values: list[Any]) -> None:
    """Pickle each value by itself, so that each can be had without the others."""
    parts = [pickle.dumps(value, 4) for value in values]
    arrays[f"{name}_start"] = _starts(map(len, parts))
    blobs[name] = b"".join(parts)


def _approximate(index: Any) -> dict[str, Array]:
    """Return the arrays behind `candidates`: a row for each rule that may match approximately, by rising rid."""
    import numpy as np

    rids = sorted(index.approx_matchable_rids)
    rules = [index.rules_by_rid[rid] for rid in rids]
    high = index.len_legalese
    tids, counts = array("h"), array("h")
    postings: list[list[int]] = [[] for _ in range(high)]
    for row, rid in enumerate(rids):
        multiset = index.msets_by_rid[rid]
        for tid in sorted(index.sets_by_rid[rid]):
            tids.append(tid)
            counts.append(multiset[tid])
            if tid < high:
                postings[tid].append(row)
    expressions: dict[str, int] = {}
    order = sorted(range(len(rules)), key=lambda row: rules[row].identifier)
    rank = np.empty(len(rules), np.int32)
    rank[order] = np.arange(len(rules))
    numbers = {
        "low_unique": [rule.length_unique - rule.high_length_unique for rule in rules],
        "length": [rule.length for rule in rules],
        "length_unique": [rule.length_unique for rule in rules],
        "min_matched": [rule.min_matched_length for rule in rules],
        "min_matched_unique": [rule.min_matched_length_unique for rule in rules],
        "min_high": [rule.min_high_matched_length for rule in rules],
        "min_high_unique": [rule.min_high_matched_length_unique for rule in rules],
        "expression": [expressions.setdefault(rule.license_expression, len(expressions)) for rule in rules],
    }
    return {
        "set_tids": np.frombuffer(tids, np.int16),
        "set_counts": np.frombuffer(counts, np.int16),
        "set_start": _starts(len(index.sets_by_rid[rid]) for rid in rids),
        "postings": np.array([row for rows in postings for row in rows], np.int64),
        "postings_start": _starts(map(len, postings)),
        "rank": rank,
        "min_containment": np.array([rule._minimum_containment for rule in rules], np.float64),
    } | {name: np.array(values, np.int32) for name, values in numbers.items()}
