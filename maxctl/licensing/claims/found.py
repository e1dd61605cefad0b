"""What of a sentence names a license or limits uses, before it is known what it is said of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from maxctl.licensing.claims import limits
from maxctl.licensing.claims.lexicon import LICENSE_WORD, Lexicon, Mention
from maxctl.licensing.claims.nouns import CONDITION, PERMISSION, RESTRICTION, Thing, nouns
from maxctl.licensing.claims.prose import Sentence, without_tags
from maxctl.licensing.claims.said import Kind
from maxctl.policy.spdx import CONDITIONAL, NON_COMMERCIAL, RESEARCH_ONLY

_RESEARCH = re.compile(
    r"research|academic|educat|scientific|stud|personal|evaluation|学术|科研|研究|wissenschaft|Forschung",
    re.IGNORECASE,
)
_NEEDS_CONTEXT = frozenset({"BSD", "GPL", "AGPL", "LGPL", "Apache", "CC", "public domain"})
_NAMED_AS = re.compile(r"(?:[:=]|\bis|\bare)\s*(?:under\s+)?(?:the\s+)?$", re.IGNORECASE)
_LABEL = re.compile(r"^\W*(?:[\w \-/()]{1,40})\W{0,4}[:：|–—=→-]\s*\W*", re.UNICODE)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]{1,600})[^)]{0,200}\)")
_LICENSE_ADDRESS = re.compile(
    r"licen[cs]e|creativecommons|opensource\.org|gnu\.org|spdx\.org|apache\.org", re.IGNORECASE
)
_REFUSED = re.compile(
    r"(?:\b(?:not|no(?: ?one| ?body| longer)?|never|neither|nor|without|cannot)|n't)\s+(?:\w+\s+){0,3}$",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"(?<!\w)\"(?=\S)[^\"\n]+(?<=\S)\"(?!\w)|“[^”]+”")
_SAYS = re.compile(r"\b(?:for|under|as|only|licen[cs]ed?|released|is|are|terms|use)[\s:,]*$", re.IGNORECASE)
_BARE = re.compile(r"\bnon-?\s?commercial(?:ly)?(?: (?:use|usage))?", re.IGNORECASE)
"""`Non-commercial` without another word that limits."""
_OF_USE = re.compile(
    r"\W*$|[\s,]*(?:and|or|use|usage|purposes?|only|licen|terms|basis|research|work|ends|tasks|projects?|applications?)\b",
    re.IGNORECASE,
)
_UNBOUND = re.compile(
    r"\b(?:no|without(?: any)?|not (?:limited|restricted) to|not have any|isn't (?:limited|restricted) to)\s+$",
    re.IGNORECASE,
)
_FOR_ONE_USE = re.compile(r"for (?:personal|private|academic|hobby) use\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """Words of a sentence, from and to: a license that is granted, or a limit."""

    start: int
    end: int
    stated: str
    spelling: str
    kind: Kind
    unlisted: bool = False
    """Whether it limits in words that are in no list, which were searched as a whole."""
    aside: bool = False
    """Whether it only sounds like a limit."""


def readable(text: str) -> str:
    """Return a text of the same length: emphasis, tags and addresses that name no license are blanks."""
    text = without_tags(text)

    def link(found: re.Match[str]) -> str:
        label, address = found[2], found[3]
        known = "://" in address and _LICENSE_ADDRESS.search(address)
        kept = address if known or "/badge/" in address else " " * len(address)
        label = re.sub(r"[\[\]()!]", " ", label)
        tail = " " * (len(found[0]) - len(found[1]) - len(label) - len(kept) - 4)
        return " " * len(found[1]) + f" {label}  {kept} {tail}"

    text = _LINK.sub(link, text)
    text = re.sub(
        r"https?://(?!\S*(?:licen[cs]e|creativecommons|opensource\.org|gnu\.org|spdx\.org))\S+",
        lambda m: " " * len(m[0]),
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"[*`#>\"“”]|(?<!\w)_|_(?!\w)", " ", text)


def find(text: str, sentence: Sentence, lexicon: Lexicon) -> Iterator[Found]:
    """Yield what is found in the readable text of a sentence, licenses first."""
    mentions = lexicon.mentions(text)
    speaks = bool(LICENSE_WORD.search(text)) or any(LICENSE_WORD.search(h) for h in sentence.headings)
    label = _LABEL.match(text)
    for mention in mentions:
        needs = not mention.sure or mention.spelling in _NEEDS_CONTEXT
        labelled = label is not None and label.end() == mention.start and bool(nouns(text[: mention.start]))
        labelled = labelled or bool(_NAMED_AS.search(text[: mention.start]) and nouns(text[: mention.start]))
        if needs and not (speaks or labelled or _in_list(text, mentions)):
            continue
        yield Found(
            mention.start,
            mention.end,
            text[mention.start : mention.end].strip(),
            mention.spelling,
            Kind.GRANT,
        )
    restricted = list(_restricted(text, sentence, mentions, speaks))
    yield from restricted
    if all(f.aside for f in restricted):
        yield from _limited(text, sentence, mentions)


def _restricted(text: str, sentence: Sentence, mentions: list[Mention], speaks: bool) -> Iterator[Found]:
    """Yield what restricts in the words that are known for it."""
    quotes = _quotes(without_tags(sentence.text))
    allowed = [
        m.span()
        for m in PERMISSION.finditer(text)
        if not _REFUSED.search(text, max(0, m.start() - 40), m.start())
    ]
    for found in CONDITION.finditer(text):
        widened = allowed and _FOR_ONE_USE.match(found[0])
        if not _inside(quotes, found) and not widened and (speaks or sentence.terms or names_ours(text)):
            yield Found(found.start(), found.end(), found[0].strip(), CONDITIONAL, Kind.RESTRICTION)
    for found in RESTRICTION.finditer(text):
        if _inside(quotes, found) or _allowed(text, found, allowed):
            continue
        if any(m.start < found.end() and found.start() < m.end for m in mentions):
            continue
        # `non-commercial buildings`; `there is no non-commercial restriction`
        bare = _BARE.fullmatch(found[0].strip()) and not (
            LICENSE_WORD.search(text) or _OF_USE.match(text, found.end())
        )
        aside = bool(bare) or _UNBOUND.search(text, max(0, found.start() - 40), found.start()) is not None
        expression = RESEARCH_ONLY if _RESEARCH.search(found[0]) else NON_COMMERCIAL
        yield Found(found.start(), found.end(), found[0].strip(), expression, Kind.RESTRICTION, aside=aside)


def names_ours(text: str) -> bool:
    """Tell whether a text names something that a slot is for."""
    return any(n.thing is not Thing.DOCUMENTS for n in nouns(text))


def _limited(text: str, sentence: Sentence, mentions: list[Mention]) -> Iterator[Found]:
    """Yield what limits in words that nobody listed."""
    bare = text
    for start, end in (*((one.start, one.end) for one in mentions), *_quotes(without_tags(sentence.text))):
        bare = bare[:start] + " " * (end - start) + bare[end:]
    found = limits.find(
        bare, sentence.headings, beside=sentence.terms, before=sentence.before, names_license=bool(mentions)
    )
    if found is not None:
        words = " ".join(text[found.start : found.end].split())
        yield Found(found.start, found.end, words, found.expression, Kind.RESTRICTION, unlisted=True)


def _allowed(text: str, found: re.Match[str], allowed: list[tuple[int, int]]) -> bool:
    """Tell whether words that sound like a limit are a part of a permission: `for non-commercial and commercial use`."""
    return any(
        (start < found.end() and found.start() < end)
        or (_BARE.fullmatch(found[0]) and not nouns(text[min(end, found.end()) : max(start, found.start())]))
        for start, end in allowed
    )


def _quotes(text: str) -> list[tuple[int, int]]:
    """Return where words stand in quotation marks, so that they are spoken of, not said."""
    return [
        quote.span()
        for quote in _QUOTE.finditer(text)
        if quote.end() - quote.start() < 80
        and not _SAYS.search(text, max(0, quote.start() - 30), quote.start())
    ]


def _inside(quotes: list[tuple[int, int]], found: re.Match[str]) -> bool:
    return any(start <= found.start() and found.end() <= end for start, end in quotes)


def _in_list(text: str, mentions: list[Mention]) -> bool:
    """Tell whether an unsure name stands beside a sure one and a noun: `code is MIT, weights are CC BY-NC`."""
    return bool(nouns(text)) and bool(
        any(m.sure and m.spelling not in _NEEDS_CONTEXT for m in mentions)
        or re.search(
            r"(?:\bis|\bare|[:=])\s*(?:under\s+)?(?:the\s+)?(?:MIT|BSD|GPL|AGPL|LGPL|ISC|CC0)\b", text
        )
    )
