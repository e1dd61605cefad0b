"""Samples that a document credits to somebody without a license: `a.png is (c) Getty Images`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from maxctl.core.slot import Slot
from maxctl.licensing.claims.found import readable
from maxctl.licensing.claims.lexicon import Lexicon
from maxctl.licensing.claims.prose import Sentence
from maxctl.licensing.claims.said import Kind, Statement
from maxctl.policy.spdx import CONDITIONAL

_FILE = re.compile(
    r"(?<![\w/.-])(?:[\w-]+/)*([\w-]+\.(?:png|jpe?g|gif|webp|bmp|tiff?|mp3|wav|flac|ogg|m4a|mp4|mov|avi|webm))\b",
    re.IGNORECASE,
)
_HOLDER = re.compile(
    r"©|\(c\)|\bcopyright(?:ed)?\b|\bcourtesy of\b|\ball rights reserved\b|(?-i:\bby (?:[A-Z]\w+))|\bproperty of\b|\bstill from\b|\bfrom (?:a|the) (?:film|movie|series|song|album|game)\b"
    r"|\b(?:Getty|Shutterstock|iStock|Adobe Stock|Alamy|Reuters|Associated Press|AFP|DPA|Disney|Warner|Netflix)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\W*(?:(?:is|are|was|were|a|an|the|still|frame|photo\w*|pictures?|images?|song|recording|video|taken|made|drawn|painted|shot|and|its?|used)\W+){0,6}",
    re.IGNORECASE,
)
REACH = 60
"""So many characters behind the file the one stands who made it."""


def statements(sentences: Iterable[Sentence], lexicon: Lexicon, how: str) -> Iterator[Statement]:
    """Yield, for each sample that is credited and given no license there, that somebody has to be asked."""
    for sentence in sentences:
        text = readable(sentence.text)
        for file in _FILE.finditer(text):
            end = min(len(text), file.end() + REACH)
            following = _FILE.search(text, file.end(), end)
            behind = text[file.end() : following.start() if following else end]
            holder = _HOLDER.search(behind)
            if holder and _BETWEEN.fullmatch(behind, 0, holder.start()) and not lexicon.mentions(behind):
                words = " ".join((file[0] + behind).split())
                yield Statement(
                    Kind.RESTRICTION,
                    words,
                    sentence.line_at(min(file.start(), len(sentence.text))),
                    " ".join(sentence.text.split()),
                    f"{how} credit",
                    "medium",
                    (Slot.SAMPLES,),
                    file[1],
                    CONDITIONAL,
                )
