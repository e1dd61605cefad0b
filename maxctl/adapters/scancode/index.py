"""scancode's license index and database, opened from the mapped file: what a scan touches is loaded, nothing else."""

from __future__ import annotations

import marshal
import pickle
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from maxctl.adapters.scancode.exact_matches import ExactMatches
from maxctl.adapters.scancode.installed import module
from maxctl.adapters.scancode.sections import Sections


class Pickled:
    """A list whose items are unpickled when they are asked for, and then kept."""

    def __init__(self, index: Sections, name: str) -> None:
        self._blob, self._start = index.blob(name), index.array(f"{name}_start")
        self._known: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._start) - 1

    def __getitem__(self, at: int) -> Any:
        known = self._known.get(at)
        if known is None:
            part = self._blob[int(self._start[at]) : int(self._start[at + 1])]
            known = self._known[at] = pickle.loads(part)
        return known

    def __iter__(self) -> Iterator[Any]:
        return (self[at] for at in range(len(self)))


class Lazy(dict[str, Any]):
    """A mapping of keys to what `make` makes of what `known` has for them, made when it is asked for."""

    def __init__(self, known: dict[str, Any], make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._sources, self._make = known, make

    def __missing__(self, key: str) -> Any:
        value = self[key] = self._make(self._sources[key])
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of the key, or the default."""
        return self[key] if key in self._sources else default

    def __contains__(self, key: object) -> bool:
        return key in self._sources

    def __len__(self) -> int:
        return len(self._sources)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def keys(self) -> Any:
        """Return the keys."""
        return self._sources.keys()

    def values(self) -> Any:
        """Return all values."""
        return [self[key] for key in self._sources]

    def items(self) -> Any:
        """Return all pairs."""
        return [(key, self[key]) for key in self._sources]


class TokensOfRules:
    """The token ids of each rule, as scancode's arrays of short integers."""

    def __init__(self, index: Sections) -> None:
        self._tids, self._start = index.array("tids"), index.array("tids_start")

    def __getitem__(self, rid: int) -> Any:
        return array("h", self._tids[int(self._start[rid]) : int(self._start[rid + 1])].tobytes())

    def __len__(self) -> int:
        return len(self._start) - 1


class PostingsOfRules:
    """Where each word of legal language stands in a rule, as scancode's dict of arrays."""

    def __init__(self, tids: TokensOfRules, len_legalese: int) -> None:
        self._tids, self._high = tids, len_legalese

    def __getitem__(self, rid: int) -> dict[int, Any]:
        postings: dict[int, Any] = {}
        for position, tid in enumerate(self._tids[rid]):
            if tid < self._high:
                postings.setdefault(tid, array("h")).append(position)
        return postings


class RulesByHash:
    """Which rule has a digest of tokens: a sorted list of 20-byte digests instead of a dict of them."""

    def __init__(self, index: Sections) -> None:
        self._hashes, self._rids = index.blob("hashes"), index.array("hash_rids")

    def get(self, digest: bytes) -> int | None:
        """Return the rule's number, or None."""
        low, high = 0, len(self._rids)
        while low < high:
            middle = (low + high) // 2
            if bytes(self._hashes[20 * middle : 20 * middle + 20]) < digest:
                low = middle + 1
            else:
                high = middle
        found = low < len(self._rids) and self._hashes[20 * low : 20 * low + 20] == digest
        return int(self._rids[low]) if found else None


class _Tokenizer:
    """Splits an expression as `Licensing`'s Aho-Corasick tokenizer does, where that is certain to be the same.

    No key holds a space or a parenthesis, so no match of that automaton reaches over one; a word that is a key
    is its own longest match. So where every word is a key or an operator, the simple tokenizer, which looks up
    words, gives the same tokens. Otherwise the real automaton is built, and asked.
    """

    def __init__(self, licensing: Any) -> None:
        self._licensing, self._known = licensing, licensing.known_symbols

    def tokenize(self, expression: str) -> list[Any]:
        """Return the tokens of an expression, without those of spaces."""
        words = expression.replace("(", " ").replace(")", " ").split()
        if all(word in self._known or word in ("AND", "OR", "WITH") for word in words):
            return [token for token in self._licensing.simple_tokenizer(expression) if token.string.strip()]
        self._licensing.advanced_tokenizer = None
        tokens: list[Any] = self._licensing.get_advanced_tokenizer().tokenize(expression)
        return tokens


def load(path: Path) -> Sections:
    """Open the index and put it where scancode keeps its own; raises `ValueError` where it is no index."""
    cache = module("licensedcode.cache")
    expressions = module("license_expression")
    sections = Sections(path)

    def table(name: str) -> Any:
        return marshal.loads(sections.blob(name))

    about = table("about")
    index = object.__new__(module("licensedcode.index").LicenseIndex)
    index.len_legalese = about["len_legalese"]
    index.all_languages, index.optimized = about["all_languages"], True
    index.dictionary = table("dictionary")
    index.digit_only_tids = module("intbitset").intbitset(sections.array("digits").tolist())
    index.rules_by_rid = rules = Pickled(sections, "rules")
    index.rules_by_id = Lazy(table("identifiers"), rules.__getitem__)
    index.tids_by_rid = TokensOfRules(sections)
    index.high_postings_by_rid = PostingsOfRules(index.tids_by_rid, index.len_legalese)
    index.rid_by_hash = RulesByHash(sections)
    index.rules_automaton = ExactMatches(sections)
    index.approx_matchable_rids = APPROXIMATE
    licenses = Lazy(table("license_keys"), Pickled(sections, "licenses").__getitem__)

    def symbols(name: str) -> Lazy:
        return Lazy(table(name), lambda key: expressions.LicenseSymbolLike(licenses[key]))

    licensing = expressions.Licensing()
    licensing.known_symbols = symbols("symbols")
    licensing.known_symbols_lowercase = symbols("lower_symbols")
    licensing.advanced_tokenizer = _Tokenizer(licensing)
    cache._LICENSE_CACHE = cache.LicenseCache(
        db=licenses,
        index=index,
        licensing=licensing,
        spdx_symbols=symbols("spdx_symbols"),
        unknown_spdx_symbol=pickle.loads(sections.blob("unknown")),
    )
    return sections


APPROXIMATE = "all rules that may match approximately"
"""Stands for scancode's set of their numbers; only the replaced `compute_candidates` is given it."""
