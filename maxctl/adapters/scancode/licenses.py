"""The replaced parts of scancode's license detection: the same answers by shorter ways (docs/decisions/0010)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from maxctl.adapters.scancode import sequences, spans
from maxctl.adapters.scancode.candidates import Candidates
from maxctl.adapters.scancode.index import APPROXIMATE
from maxctl.adapters.scancode.installed import module
from maxctl.adapters.scancode.matched_text import MatchedText

if TYPE_CHECKING:
    from maxctl.adapters.scancode.sections import Sections

NEAR_DUPLICATES, CANDIDATES = 10, 70
"""How many rules scancode aligns with a whole file, and with a stretch of one."""


def install(sections: Sections) -> None:
    """Put the replacements in place, in this process; `index.load` has opened the index."""
    match_set, run = module("licensedcode.match_set"), module("licensedcode.query").QueryRun
    candidates = Candidates(sections, module("licensedcode.cache").get_index().len_legalese)
    match_set.compute_candidates = _compute_candidates(candidates)
    run.low_matchables = property(low_matchables)
    run.high_matchables = property(high_matchables)
    spans.install()
    sequences.install()
    match = module("licensedcode.match")
    match.get_full_matched_text = MatchedText()
    # names a detection by its text, for lists of detections; no such list is made here
    module("licensedcode.detection").LicenseDetection._identifier = ""
    module("licensedcode.index").LicenseIndex.get_approximate_matches = get_approximate_matches


def of(path: str) -> tuple[str | None, list[dict[str, Any]]]:
    """Return (SPDX expression, detections) of a file, as `scancode.api.get_licenses` does with the texts.

    Written out, since that imports scancode's hundred readers of package files to combine expressions.
    """
    cache, detection = module("licensedcode.cache"), module("licensedcode.detection")
    found = [one for one in detection.detect_licenses(location=path) if one.license_expression is not None]
    if not found:
        return None, []
    licensing = cache.get_licensing()
    whole = module("license_expression").combine_expressions(
        [one.license_expression for one in found], relation="AND", unique=True, licensing=licensing
    )
    expression = cache.build_spdx_license_expression(str(whole), licensing=licensing)
    return str(expression), [one.to_dict(include_text=True) for one in found]


def _compute_candidates(candidates: Candidates) -> Any:
    intbitset = module("intbitset").intbitset
    scores_vector = module("licensedcode.match_set").ScoresVector

    def compute_candidates(
        query_run: Any,
        idx: Any,
        matchable_rids: Any,
        top: int = 50,
        high_resemblance: bool = False,
        high_resemblance_threshold: float = 0.8,
        _use_bigrams: bool = False,
    ) -> list[Any]:
        assert matchable_rids is APPROXIMATE
        assert not _use_bigrams
        if not query_run.high_matchables:
            return []
        matchables = query_run.matchables
        tokens = [tid for at, tid in enumerate(query_run.tokens, query_run.start) if at in matchables]
        found = candidates.compute(tokens, top, high_resemblance, high_resemblance_threshold)
        rules = idx.rules_by_rid
        return [
            ((scores_vector(*rounded), scores_vector(*scores)), rid, rules[rid], intbitset(words))
            for (rounded, scores), rid, words in found
        ]

    return compute_candidates


def low_matchables(run: Any) -> Any:
    """`QueryRun.low_matchables`, by an intersection of sets instead of a loop over the file's positions."""
    if not run._low_matchables:
        run._low_matchables = _within(run, run.query.low_matchables)
    return run._low_matchables


def high_matchables(run: Any) -> Any:
    """`QueryRun.high_matchables`, by an intersection of sets."""
    if not run._high_matchables:
        run._high_matchables = _within(run, run.query.high_matchables)
    return run._high_matchables


def _within(run: Any, positions: Any) -> Any:
    return module("intbitset").intbitset(range(run.start, run.end + 1)) & positions


def get_approximate_matches(
    index: Any,
    query: Any,
    matched_qspans: list[Any],
    existing_matches: Any,
    deadline: float = sys.maxsize,
    **_: Any,
) -> list[Any]:
    """`LicenseIndex.get_approximate_matches`: candidates are computed only where they can be aligned.

    scancode asks `is_matchable` after it has computed them; it does not depend on them.
    """
    match_set = module("licensedcode.match_set")
    matches: list[Any] = []

    def aligned(run: Any, spans: list[Any], top: int, similar: bool) -> list[Any]:
        if not run.is_matchable(include_low=False, qspans=spans):
            return []
        candidates = match_set.compute_candidates(
            query_run=run,
            idx=index,
            matchable_rids=index.approx_matchable_rids,
            top=top,
            high_resemblance=similar,
        )
        if not candidates:
            return []
        found: list[Any] = index.get_query_run_approximate_matches(run, candidates, spans, deadline)
        return found

    near = aligned(query.whole_query_run(), matched_qspans[:], NEAR_DUPLICATES, similar=True)
    matches.extend(near)
    for match in near:
        query.subtract(match.qspan)
    for run in query.query_runs:
        matches.extend(aligned(run, matched_qspans, CANDIDATES, similar=False))
    return matches
