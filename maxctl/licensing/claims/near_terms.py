"""Which sentences stand where terms are spoken of, though no heading says so: near one that names a license."""

from __future__ import annotations

import re
from dataclasses import replace

from maxctl.licensing.claims import limits
from maxctl.licensing.claims.found import names_ours, readable
from maxctl.licensing.claims.lexicon import LICENSE_WORD, Lexicon
from maxctl.licensing.claims.nouns import FOREIGN_HEADING, TERMS_HEADING
from maxctl.licensing.claims.prose import Sentence

_BADGE = re.compile(r"\s*(?:\[?!\[|\.\.\s|\[[^\]\n]+\]:)")
NEAR = 2
"""So many sentences from one that names a license terms are still spoken of."""
_EXCLUDES = re.compile(r"\bno licen[cs]e (?:for|on|to|of)\b", re.IGNORECASE)


def mark(sentences: list[Sentence], lexicon: Lexicon) -> list[Sentence]:
    """Return the sentences, those marked that stand near one that names a license, below the same headings."""
    places = [n for n, one in enumerate(sentences) if _names_a_license(one, lexicon)]
    near = {
        other
        for place in places
        for other in range(max(0, place - NEAR), min(len(sentences), place + NEAR + 1))
        if sentences[other].headings == sentences[place].headings
    }
    told: list[Sentence] = []
    for n, one in enumerate(sentences):
        topic = _topic(sentences, n) if n in near or limits.among_terms(one.headings) else ""
        told.append(replace(one, terms=n in near, topic=topic))
    return told


def _topic(sentences: list[Sentence], place: int) -> str:
    """Return the nearest sentence before this one, below the same headings, that names something of ours."""
    following = sentences[place + 1] if place + 1 < len(sentences) else None
    if following and following.before == sentences[place].text and _EXCLUDES.search(following.text):
        return following.text  # `We took it back. There is no license for the weights.`
    for other in sentences[max(0, place - 3) : place][::-1]:
        if other.headings != sentences[place].headings:
            break
        if names_ours(other.text):
            return other.text
    return ""


def _names_a_license(sentence: Sentence, lexicon: Lexicon) -> bool:
    speaks = LICENSE_WORD.search(sentence.text) is not None
    if _BADGE.match(sentence.text):
        return False
    if any(FOREIGN_HEADING.search(h) and not TERMS_HEADING.search(h) for h in sentence.headings[-1:]):
        return False
    if not speaks and not any(TERMS_HEADING.search(h) for h in sentence.headings[-1:]):
        return False
    return bool(lexicon.mentions(readable(sentence.text)))
