"""What of a clause is said aside: of others' work, of the past, of a plan, in comparison, as a question.

It may take a grant back. What limits our own is taken back by little, and by nothing below a heading about terms.
"""

from __future__ import annotations

import re
from dataclasses import replace

from maxctl.licensing.claims import limits
from maxctl.licensing.claims.found import Found
from maxctl.licensing.claims.lexicon import Lexicon
from maxctl.licensing.claims.nouns import (
    CLASSES,
    DERIVES,
    DOUBTED,
    FOREIGN,
    FOREIGN_HEADING,
    FUTURE,
    HISTORY,
    HISTORY_HEADING,
    NEGATED,
    OF_OTHERS,
    OTHERS,
    TERMS_HEADING,
    Noun,
)
from maxctl.licensing.claims.prose import Sentence
from maxctl.licensing.claims.said import Kind
from maxctl.policy.spdx import CONDITIONAL

_NOW = re.compile(
    r"\b(?:now|since|currently|as of|starting|from now on|onwards?|from (?:this|that|the next|v?\d[\w.]*)(?: version| release)? on|(?<=\s)to|today)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\?\s*$|\b(?:TODO|TBD|FIXME)\b")
_MADE_FROM = re.compile(
    r"\b(?:fine-?\s?tuned|initiali[sz]ed|distilled|derived|converted|started?|quanti[sz]ed|merged)\s+(?:version\s+)?(?:from|of|with|on)\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\W*(?:unlike|like|as with|as in|compared (?:to|with)|in contrast to|similar(?:ly)? to|just like|as (?:the|our|this) \w+ (?:says|states|explains)|according to)\b[^,]{0,60},(?:\s*(?:which|whose|that)\b[^,]{1,60},)?",
    re.IGNORECASE,
)
_PARENTHETIC = re.compile(
    r",\s(?:built|based|adapted|derived|inspired|like|unlike|as|similar|trained|converted|originally|implemented|written|developed|made)\b[^,]{1,60},\s(?=(?:is|are|may|can|must|shall|should|have|has|come|comes)\b)",
    re.IGNORECASE,
)
_FOR_ITS = re.compile(
    r"\W*(?:this|our|the) (?:project|repo(?:sitory)?|package) uses? (?=[^;]{1,60}\bfor (?:the|our|its|all) (?:weights|checkpoints|models?|code|data)\b)",
    re.IGNORECASE,
)
_USES = re.compile(
    r"\b(?:we|it|project|repo(?:sitory)?|model|package) uses?\s+(?:the\s+|an?\s+)?", re.IGNORECASE
)
NARROW_NAME = re.compile(r"-NC\b|non-?commercial|research|academic|LicenseRef-maxctl", re.IGNORECASE)
_DEFINITE = re.compile(
    r"\b(?:our|this|these|the)\s+(?:[\w-]+\s+){0,2}(?:weights|checkpoints?|models?|network|repository|project)\b(?!\s+(?:of|from|by)\b)",
    re.IGNORECASE,
)
_WAS = re.compile(r"\b(?:was|were)(?: (?:also|once|then|still|at first))? (?:under |the )*$", re.IGNORECASE)
_WEAK_PAST = re.compile(
    r"(?:was|were) (?:first |earlier )?(?:released|licensed|distributed|under|published)", re.IGNORECASE
)
_OF_THE_PAST = re.compile(
    r"\b(?:originally|initially|earlier|first|old|older|previous|once|then|back then|at the time)\b|\b(?:version|release|v)\s?\d[\w.]* (?:was|were)\b",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:not|no longer|never|neither|without|isn't|aren't)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)


def split(
    text: str,
    span: tuple[int, int],
    found: list[Found],
    things: list[Noun],
    sentence: Sentence,
    lexicon: Lexicon,
) -> tuple[list[Found], list[Found], bool]:
    """Return what of a clause counts, what is said aside, and whether what counts is said of others' work."""
    start, end = span
    words, compared = _uncompared(text[start:end])
    heading = _heading_of_others(sentence)
    history = HISTORY.search(words)
    historical = heading is not None and HISTORY_HEADING.search(heading) is not None
    classes = heading is not None and CLASSES.search(heading) is not None
    asked = _ASKED.search(text[start : end + 2]) is not None
    planned = FUTURE.search(words) is not None or DOUBTED.search(words) is not None
    others = OTHERS.search(words)
    visits = limits.of_other_things(words, sentence.headings)
    theirs = OF_OTHERS.search(words) is not None
    things = without_compared(text[start:end], start, things)
    first = min((n.start for n in things), default=end)
    # `KITTI is for research only`: what is known of data sets stands in datasets.yaml
    data = None if things else lexicon.first_data(text[start:end])

    def is_aside(one: Found) -> bool:
        place = one.start - start
        of_all = (
            one.aside
            or _within(compared, place)
            or asked
            or text[one.end : one.end + 2].strip().startswith("?")
            or _of_base(text, start, one)
            or (theirs and not first < one.start)
            or (others is not None and others.start() < place)
            or (data is not None and data < place)
        )
        open_ = one.kind is Kind.GRANT and not narrow(one)
        # `the weights were released under CC BY-NC` is how people say what holds
        past = _past(words, history, place) and (open_ or not _still_holds(words, history))
        if one.kind is Kind.GRANT:
            return of_all or past or denied(text, start, one) or (open_ and (historical or planned))
        said_before = one.unlisted and _granted_before(found, start, history)  # `MIT until version 2`
        negated = not one.unlisted and DENIED.search(text, max(start, one.start - 60), one.start) is not None
        return of_all or visits or classes or negated or (past and not said_before)

    aside = [one for one in found if is_aside(one)]
    kept = [_asked_about(text, start, one) for one in found if one not in aside]
    foreign = FOREIGN.search(_without_own_use(words, start, kept)) is not None or (
        heading is not None and FOREIGN_HEADING.search(heading) is not None and not _limits_ours(words, kept)
    )
    if foreign:
        derived = [one for one in kept if not one.unlisted] if DERIVES.search(words) else []
        aside, kept = [*aside, *(one for one in kept if one not in derived)], derived
    return kept, aside, foreign


def _asked_about(text: str, start: int, one: Found) -> Found:
    """Return a license of which only the past is told as a condition to ask about: `It was also CC BY-NC`."""
    if not (
        one.kind is Kind.GRANT and narrow(one) and _WAS.search(text, max(start, one.start - 30), one.start)
    ):
        return one
    return replace(one, kind=Kind.RESTRICTION, spelling=CONDITIONAL)


def _still_holds(words: str, history: re.Match[str] | None) -> bool:
    """Tell whether words of the past are no more than a past tense."""
    return (
        history is not None
        and _WEAK_PAST.fullmatch(history[0]) is not None
        and not _OF_THE_PAST.search(words)
    )


def denied(text: str, start: int, one: Found) -> bool:
    """Tell whether a license is named with a `not`."""
    return NEGATED.search(text, max(start, one.start - 60), one.start) is not None


def without_compared(words: str, start: int, things: list[Noun]) -> list[Noun]:
    """Return the nouns of a clause without those that ours are only compared with."""
    _, compared = _uncompared(words)
    return [n for n in things if not _within(compared, n.start - start)]


def _uncompared(words: str) -> tuple[str, list[tuple[int, int]]]:
    """Blank what is only compared, or stands between commas: `Unlike the code, the weights, built with X, are …`."""
    spans = [
        m.span() for m in (_COMPARED.match(words), _FOR_ITS.match(words), *_PARENTHETIC.finditer(words)) if m
    ]
    for begin, stop in spans:
        words = words[:begin] + " " * (stop - begin) + words[stop:]
    return words, spans


def _within(spans: list[tuple[int, int]], place: int) -> bool:
    return any(start <= place < end for start, end in spans)


def _limits_ours(words: str, found: list[Found]) -> bool:
    """Tell whether a limit is said of our own, wherever: `If you use our weights in a product, …` below `Citation`."""
    return any(f.kind is Kind.RESTRICTION for f in found) and _DEFINITE.search(words) is not None


def _heading_of_others(sentence: Sentence) -> str | None:
    """Return the last heading, unless it is one about terms, below which nothing is said aside."""
    last = sentence.headings[-1] if sentence.headings else None
    return None if last is None or TERMS_HEADING.search(last) else last


def _without_own_use(words: str, start: int, found: list[Found]) -> str:
    """Blank `we use` before a license: `We use CC BY-NC for the weights` speaks of one's own."""
    for used in _USES.finditer(words):
        if any(0 <= f.start - start - used.end() <= 4 for f in found if f.kind is Kind.GRANT):
            words = words[: used.start()] + " " * (used.end() - used.start()) + words[used.end() :]
    return words


def narrow(found: Found) -> bool:
    """Tell whether the name of a license says that it forbids uses."""
    return NARROW_NAME.search(found.spelling) is not None


def _of_base(text: str, start: int, found: Found) -> bool:
    """Tell whether a license is said of what this was made from: `fine-tuned from X (AGPL-3.0)`."""
    before = text[start : found.start]
    opened = before.rfind("(")
    made = _MADE_FROM.search(before)
    return made is not None and (opened > made.end() and ")" not in before[opened:])


def _past(words: str, history: re.Match[str] | None, place: int) -> bool:
    if history is None:
        return False
    if place < history.start():  # `is MIT; earlier versions …` in one clause
        return False
    return _NOW.search(words, history.end(), max(place, history.end())) is None


def _granted_before(found: list[Found], start: int, history: re.Match[str] | None) -> bool:
    """Tell whether a license stands before the words of the past: `MIT until version 2`."""
    return history is not None and any(
        f.kind is Kind.GRANT and f.start - start < history.start() for f in found
    )
