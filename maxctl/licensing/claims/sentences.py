"""Statements in sentences: which license (or restriction) is said of which noun.

In a clause each license goes to the nouns before it (`the code and the weights are MIT`), or, where the license
comes first, to those behind it (`MIT for the code, CC BY-NC for the weights`). Where no noun stands, the heading's
counts. What is said of others' work, of the past, or with a `not` grants nothing here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from maxctl.core.slot import Slot
from maxctl.licensing.claims import asides
from maxctl.licensing.claims.found import Found, find, readable
from maxctl.licensing.claims.lexicon import LICENSE_WORD, Lexicon
from maxctl.licensing.claims.nouns import (
    EXCLUSION,
    HYPOTHETICAL,
    Noun,
    Thing,
    nouns,
)
from maxctl.licensing.claims.prose import Sentence
from maxctl.licensing.claims.said import Kind, Statement

FRAGMENT = 40
"""A shorter sentence without a noun speaks of what the one before it spoke of."""
_PRONOUN = re.compile(
    r"[\s,(]*(?:and |but )?(?:they|it|these|those|this|both|all|sie|es|er|beides)\b", re.IGNORECASE
)
_GOES_ON = re.compile(r"\s*(?:but|now|yet)\s+(?!it\b|this\b|the\b|our\b|we\b)", re.IGNORECASE)
_SAME = re.compile(
    r"\s*(?:That|This|It|The same|Same|Which)(?: licen[cs]e| terms?)? (?:also )?(?:goes|applies|holds|extends|is (?:also )?(?:valid|true)|covers|includes)\b(?: also)?(?: for| to)?",
    re.IGNORECASE,
)
_HARD = re.compile(
    r";|\s[·•∙|]\s|；|。|\)\]\([^)]*\)\s*\n(?=\s*\[?!?\[)|\s(?:while|whereas|whilst|but|however|although|though|yet)\s|,\s*(?=(?:while|whereas|but|however|and (?:is|are|we|our|it|they|the)\b)\b)"
    r"|\s(?=and (?:is|are|we|it|they) (?:\w+ )?(?:licen|released|distributed|available|provided|under|made|publish|governed|subject))|\.\s+(?=[A-Z\"'(`*])|\n\s*\n",
    re.IGNORECASE,
)  # fmt: skip
_ONLY_PICTURES = re.compile(
    r"(?:\W|<!--.*?-->|</?\w+[^>]*>|!\[[^\]]*\]\([^)]*\)|\[\s*(?:!\[[^\]]*\]\([^)]*\)\s*)*\]\([^)]*\))*"
)
"""A row of badges. One says what it speaks of in its own picture, which `badges` reads; the words beside it are others'."""
_SOMEBODYS = re.compile(
    r"[,/·|+&]\s*(?:and\s+)?(?:[a-z][\w-]*\s+){0,2}(?-i:[A-Z][\w.-]*[A-Z\d][\w.-]*|[A-Z]\w+ \d\S*|\w+ (?:License|Licence))\W"
)
"""A name behind a comma, as that of a license that nobody knows."""
_ALT = re.compile(r"!\[([^\]]*)\]|\balt=[\"']([^\"']*)")
_ITS_LICENSE = re.compile(r"\W*(?:model|code|data)?\W*licen[cs]e\W*", re.IGNORECASE)
_PICTURE = re.compile(r"!\[|<img\b")
_OURS_ALONE = re.compile(
    r"\W*(?:(?:the|our|model|pre-?trained|trained|released|available)\s+)*(?:weights|checkpoints|models?)\W*",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    r"[\w.+-]+[\s-]licen[cs]ed\s+(?P<what>(?!(?:under|by|for|to|and|or|as|in|with|from|at|on|so|but|if|when|where|which|that|is|are|was|it|you|we|all|see|here|per|via|through|since|except|unless|because|although|while|whereas|until|however|then|only|now|today|again|works?|software|open|free)\b)\[?\w[\w.-]*(?:\s+[\w-]+){0,2})",
    re.IGNORECASE,
)
_LICENSED = re.compile(r"[\w.+\s-]{1,40}licen[cs]ed(?:\s+\w+)?\s*")
_SOMETHING = re.compile(
    r"\b(?!(?:this|it|that|these|they|which|licen[cs]e|everything|all|work)\s)[\w./+-]+\s+(?:is|are|comes?|released|licen[cs]ed|falls?|distributed|shared|made available)\b[\w\s]{0,30}$",
    re.IGNORECASE,
)
_IS_NOT = re.compile(r"\b(?:is|are|was|were)(?: not|n't)(?: \w+){0,2}\s*(?:the\s+)?$", re.IGNORECASE)
_EITHER = re.compile(r"\bor\b|/|\beither\b|\bdual", re.IGNORECASE)
_DUAL = re.compile(
    r"\bdual(?:ly)?[\s-]*licen|\beither of\b|at your (?:option|choice)|choose (?:between|either)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"([`\w./+-]*[A-Z0-9][\w./+-]*)`?\s+$")
_PLAIN_WORDS = frozenset((
    "The", "Our", "All", "These", "This", "Each", "Both", "Some", "Pretrained", "Pre-trained", "Model", "Trained",
    "Released", "For", "And", "A", "An", "Any", "Fine-tuned", "Final", "Official", "No", "Your", "We", "Download",
    "PyTorch", "TensorFlow", "ONNX", "Keras", "AI", "ML", "3D", "2D",
))  # fmt: skip
_FILE = re.compile(r"`?([\w./-]+\.(?:pth?|onnx|gguf|safetensors|tflite|h5|pb|ckpt|npz|keras|bin))\b`?")


def statements(
    sentence: Sentence, lexicon: Lexicon, how: str, *, words_alone: bool = False
) -> list[Statement]:
    """Return what a sentence states about licenses; `words_alone`: it is a label, which limits in known words only."""
    text = readable(sentence.text)
    if not text.strip() or (
        "contribut" in text.lower()
        and re.search(r"\bby (?:contributing|submitting)|your contribution", text, re.IGNORECASE)
    ):
        return []
    found = [f for f in find(text, sentence, lexicon) if not (f.unlisted and words_alone)]
    same = _SAME.match(text)
    if same and sentence.before and not asides.DENIED.search(text[: same.end()]):
        return _the_same(text, sentence, lexicon, how)
    if not found and not EXCLUSION.search(text):
        return []
    told = _of_clauses(text, found, sentence, lexicon, how)
    if any(f.unlisted for f in found) and any(s.kind is Kind.EXCLUSION for s in told):
        listed = [f for f in found if not f.unlisted]
        return _of_clauses(text, listed, sentence, lexicon, how)  # what a license does not reach is said
    return told


def _of_clauses(
    text: str, found: list[Found], sentence: Sentence, lexicon: Lexicon, how: str
) -> list[Statement]:
    told: list[Statement] = []
    carried: list[Noun] = []
    if _only_badges(sentence):
        words = [alt for pair in _ALT.findall(sentence.text) for alt in pair if alt]
        own = nouns(words[0]) if len(words) == 1 else []
        own = [replace(n, start=-1, end=-1) for n in own]
        license_told = any(LICENSE_WORD.search(alt) and not _ITS_LICENSE.fullmatch(alt) for alt in words)
        named = [one for one in found if license_told or not one.unlisted]
        return list(_clause(text, 0, len(text), named, own, sentence, lexicon, how))
    limited = any(one.kind is Kind.RESTRICTION for one in found)
    if sentence.before and (_PRONOUN.match(text) or sentence.item or limited or len(text) < FRAGMENT):
        carried = nouns(readable(sentence.before))  # `tiny.npz, 1.2 MB. CC0.`
    if not carried and any(f.unlisted for f in found) and not sentence.item:
        carried = nouns(readable(sentence.topic))
    for start, end in _clauses(text):
        inside = [one for one in found if start <= one.start < end]
        things = [replace(n, start=n.start + start, end=n.end + start) for n in nouns(text[start:end])]
        if (
            not things
            and carried
            and (start == 0 or _PRONOUN.match(text[start:end]) or _GOES_ON.match(text[start:end]))
        ):
            things = [replace(n, start=start - 1, end=start - 1) for n in carried]  # `…; they are CC0`
        carried = things or carried
        told += _clause(text, start, end, inside, things, sentence, lexicon, how)
    return told


def _only_badges(sentence: Sentence) -> bool:
    return _PICTURE.search(sentence.text) is not None and _ONLY_PICTURES.fullmatch(sentence.text) is not None


def _the_same(text: str, sentence: Sentence, lexicon: Lexicon, how: str) -> list[Statement]:
    """Return the licenses of the sentence before, said of the nouns of this one: `That goes for the weights, too.`"""
    slots = tuple(dict.fromkeys(n.thing.slot for n in nouns(text) if n.thing.slot is not None))
    if not slots:
        return []
    before = replace(sentence, text=sentence.before, before="", line=sentence.line)
    granted = [s for s in statements(before, lexicon, how) if s.kind is Kind.GRANT]
    return [
        replace(
            s,
            slots=slots,
            line=sentence.line,
            text=f"{sentence.before.strip()} {sentence.text.strip()}",
            confidence="high",
        )
        for s in granted
    ]


def _clauses(text: str) -> list[tuple[int, int]]:
    cuts = [
        found.end() if found[0].strip() in (";", "；", "。") else found.start()
        for found in _HARD.finditer(text)
    ]
    places = [0, *cuts, len(text)]
    return [(a, b) for a, b in itertools.pairwise(places) if text[a:b].strip()]


def _clause(
    text: str,
    start: int,
    end: int,
    found: list[Found],
    things: list[Noun],
    sentence: Sentence,
    lexicon: Lexicon,
    how: str,
) -> Iterator[Statement]:
    words = text[start:end]
    things = [n for n in things if not any(f.start < n.end and n.start < f.end for f in found)]
    exclusion = EXCLUSION.search(words)
    if exclusion and not re.search(
        r"commercial", words[exclusion.start() : exclusion.end() + 20], re.IGNORECASE
    ):
        cue = exclusion.end() + start
        behind = [n for n in things if n.start >= cue and not any(cue <= f.start < n.start for f in found)]
        if behind:
            yield from _excluded(behind, text, cue, sentence, how)
            things = [n for n in things if n not in behind]
        elif any(f.kind is Kind.GRANT and f.start >= cue for f in found):
            before = [n for n in things if n.end <= cue]
            yield from _excluded(before, text, cue, sentence, how)
            found = [f for f in found if f.kind is not Kind.GRANT or f.start < cue]
    found = [one for one in found if not _of_another(one, text, end, things, lexicon)]
    kept, aside, foreign = asides.split(text, (start, end), found, things, sentence, lexicon)
    things = asides.without_compared(words, start, things)
    denied = [f for f in aside if f.kind is Kind.GRANT and asides.denied(text, start, f)]
    yield from _not_granted(denied, kept, things, text, start, sentence, how)
    for one in aside:
        yield _aside(one, sentence, how)
    for group, subject in _attributed(text, start, kept, things):
        first = group[0]
        kind = Kind.FOREIGN if foreign and first.kind in (Kind.GRANT, Kind.RESTRICTION) else first.kind
        yield from _told(group, kind, subject, text, start, end, sentence, how)


def _of_another(one: Found, text: str, end: int, things: list[Noun], lexicon: Lexicon) -> bool:
    """Tell whether a permissive license is that of a thing without a slot: `uses MIT-licensed phoneme converters`."""
    if one.kind is not Kind.GRANT or not lexicon.is_permissive(one.spelling):
        return False
    licensed = _ADJECTIVE.match(text, one.start, end)
    return licensed is not None and not any(
        licensed.start("what") <= n.end and n.start <= licensed.end() for n in things
    )


def _not_granted(
    denied: list[Found],
    found: list[Found],
    things: list[Noun],
    text: str,
    start: int,
    sentence: Sentence,
    how: str,
) -> Iterator[Statement]:
    """Yield that a license does not reach what it is denied of: `The weights are not MIT`."""
    if any(f.kind is Kind.GRANT for f in found):
        return  # `no longer MIT but CC BY`: what is granted instead is said
    for one in denied:
        subject = [n for n in things if start <= n.start < one.start]
        if subject and _IS_NOT.search(text, max(start, one.start - 40), one.start):
            slots = tuple(dict.fromkeys(n.thing.slot for n in subject if n.thing.slot is not None))
            if slots:
                line = sentence.line_at(min(one.start, len(sentence.text)))
                yield Statement(
                    Kind.EXCLUSION,
                    text.strip()[:200],
                    line,
                    _line_of(sentence, one.start),
                    how,
                    "high",
                    slots,
                )


def _aside(one: Found, sentence: Sentence, how: str) -> Statement:
    line = sentence.line_at(min(one.start, len(sentence.text)))
    return Statement(Kind.ASIDE, one.stated, line, _line_of(sentence, one.start), how, "low")


def _attributed(
    text: str, start: int, found: list[Found], things: list[Noun]
) -> Iterator[tuple[list[Found], list[Noun]]]:
    """Yield groups of licenses that are said together, each with its nouns."""
    groups: list[list[Found]] = []
    for one in found:
        last = groups[-1][-1] if groups else None
        between = [n for n in things if last and last.end <= n.start < one.start]
        if last and last.kind is one.kind and not between and one.start - last.end <= 40:
            groups[-1].append(one)
        else:
            groups.append([one])
    if not groups:
        return
    first = groups[0][0].start
    if things and all(n.start >= first for n in things):  # `MIT for the code, CC BY for the weights`
        edges = [group[0].start for group in groups[1:]] + [len(text) + 1]
        behind = [
            [n for n in things if group[-1].end <= n.start < edge]
            for group, edge in zip(groups, edges, strict=True)
        ]
        if all(behind) or len(groups) == 1:
            yield from ((group, _together(text, those)) for group, those in zip(groups, behind, strict=True))
            return
    place, pending = start - 1, list[Noun]()  # what is carried over stands before the clause
    for group in groups:
        named = [n for n in things if _LICENSED.fullmatch(text, group[-1].start, n.start)]
        if named:  # `the model preparation includes MIT-licensed code`
            yield group, named
            continue
        fresh = [n for n in things if place <= n.start < group[0].start]
        # `MIT (code)`: a bracket behind the name says what it is for
        tail = [
            n
            for n in things
            if n.start >= group[-1].end
            and re.fullmatch(
                r"\s*(?:license\s*)?[(\[]\s*(?:for |the )*", text[group[-1].end : n.start], re.IGNORECASE
            )
        ]
        if tail:
            pending = tail
        elif fresh:
            pending = fresh
        place = max([group[-1].end, *(n.end for n in tail)])
        yield group, pending


def _together(text: str, things: list[Noun]) -> list[Noun]:
    """Return the nouns up to one that something else is said of: `Apache-2.0 code / modified OpenRAIL weights`."""
    for place, (one, following) in enumerate(itertools.pairwise(things), 1):
        if _SOMEBODYS.search(text, one.end, following.start):
            return things[:place]
    return things


def _told(
    group: list[Found],
    kind: Kind,
    subject: list[Noun],
    text: str,
    start: int,
    end: int,
    sentence: Sentence,
    how: str,
) -> Iterator[Statement]:
    slots, named = _slots(subject, sentence)
    if slots is None:
        kind, slots = Kind.ASIDE, ()  # of a paper, or of a service that is offered somewhere
    if kind in (Kind.FOREIGN, Kind.ASIDE):
        slots = ()
    about = (
        _about(text, start, end, subject, sentence)
        if Slot.WEIGHTS in slots and kind is not Kind.FOREIGN
        else None
    )
    line = sentence.line_at(min(group[0].start, len(sentence.text)))
    shown = _line_of(sentence, group[0].start)
    confidence = "high" if named else "medium"
    if HYPOTHETICAL.search(text[start:end]):
        confidence = "low"
    grants = [one for one in group if one.kind is Kind.GRANT]
    if grants and not named and kind is Kind.GRANT and _of_something(text, start, group):
        # `The word vectors are CC BY-NC`: whatever they are, they are here
        for one in group:
            words = one.spelling
            yield Statement(Kind.RESTRICTION, words, line, shown, how, "medium", (), None, None)
        return
    if grants and len(grants) == len(group):
        spelled = list(dict.fromkeys(one.spelling for one in group))
        if "CC0-1.0" in spelled and "public domain" in spelled:
            spelled.remove("public domain")  # CC0 is how it is dedicated
        joined = _joined([one for one in group if one.spelling in spelled], text, start, end)
        yield Statement(kind, joined, line, shown, how, confidence, slots, about)
        return
    for one in group:
        expression = one.spelling if one.kind is Kind.RESTRICTION else None
        yield Statement(
            kind,
            one.stated if expression else one.spelling,
            line,
            shown,
            how,
            confidence,
            slots,
            about,
            expression,
        )


def _of_something(text: str, start: int, group: list[Found]) -> bool:
    """Tell whether a license that forbids uses is said of something that no noun of ours names."""
    return (
        all(asides.narrow(one) for one in group)
        and _SOMETHING.search(text[start : group[0].start]) is not None
    )


def _joined(group: list[Found], text: str, start: int, end: int) -> str:
    """Return the licenses of a group as one expression: OR where `or` joins two, AND elsewhere."""
    once = list({one.spelling: one for one in reversed(group)}.values())[::-1]
    # `the Apache License, Version 2.0 (the "Apache License")`
    once = [one for one in once if not any(other.spelling.startswith(f"{one.spelling}-") for other in once)]
    between = [text[a.end : b.start] for a, b in itertools.pairwise(once)]
    commas = all(re.fullmatch(r"[\s,]*", words) for words in between[:-1])
    if (between and _EITHER.search(between[-1]) and commas) or _DUAL.search(text[start:end]):
        return " OR ".join(one.spelling for one in once)
    parts: list[list[str]] = [[once[0].spelling]]
    for words, one in zip(between, once[1:], strict=True):
        if _EITHER.search(words) and len(words) <= 12:
            parts[-1].append(one.spelling)
        else:
            parts.append([one.spelling])
    told = [" OR ".join(part) for part in parts]
    return told[0] if len(told) == 1 else " AND ".join(f"({p})" if " OR " in p else p for p in told)


def _excluded(
    subject: Iterable[Noun], text: str, place: int, sentence: Sentence, how: str
) -> Iterator[Statement]:
    if not (LICENSE_WORD.search(text) or any(LICENSE_WORD.search(h) for h in sentence.headings)):
        return
    slots = tuple(dict.fromkeys(n.thing.slot for n in subject if n.thing.slot is not None))
    if slots:
        yield Statement(
            Kind.EXCLUSION,
            text.strip()[:200],
            sentence.line_at(min(place, len(sentence.text))),
            _line_of(sentence, place),
            how,
            "high",
            slots,
        )


def _slots(subject: list[Noun], sentence: Sentence) -> tuple[tuple[Slot, ...] | None, bool]:
    """Return the slots, and whether a noun named them; None: something that no slot is for, such as a paper."""
    things = [n.thing for n in subject]
    if not things:
        badges = _only_badges(sentence)
        for heading in reversed(sentence.headings):
            if badges and not _OURS_ALONE.fullmatch(heading):
                continue
            things = [n.thing for n in nouns(heading)]
            if things:
                break
            if re.search(r"licen[cs]", heading, re.IGNORECASE):
                break  # `License` itself: nothing above it says more
    real = [t for t in things if t is not Thing.DOCUMENTS]
    if things and not real:
        return None, True
    slots = [t.slot for t in real if t.slot is not None]
    if slots and Thing.WHOLE in real and Slot.CODE not in slots and len(set(real)) > 1:
        # `the weights in this repository`: the repository is where they are, not what is spoken of
        if not _coordinated(subject):
            return tuple(dict.fromkeys(slots)), True
        slots.insert(0, Slot.CODE)
    return tuple(dict.fromkeys(slots)), bool(slots)


def _coordinated(subject: list[Noun]) -> bool:
    return bool(subject) and subject[0].thing is Thing.WHOLE


def _about(text: str, start: int, end: int, subject: list[Noun], sentence: Sentence) -> str | None:
    carried = bool(subject) and all(n.start < start for n in subject) and start == 0
    file = _FILE.search(sentence.before if carried else text[start:end])
    if file:
        return file[1].rpartition("/")[2]
    weights = [n for n in subject if n.thing is Thing.WEIGHTS]
    if not weights:
        return None
    noun = text[weights[0].start : weights[0].end]
    named = _NAMED.search(text[start : weights[0].start]) or re.match(r"([A-Z][\w./+]*-[\w./+-]+)\s", noun)
    if named is None or named[1].strip("`") in _PLAIN_WORDS:
        return None
    return named[1].strip("`./")


def _line_of(sentence: Sentence, offset: int) -> str:
    """Return the line of the file on which a character of the sentence stands."""
    begin = sentence.text.rfind("\n", 0, offset) + 1
    end = sentence.text.find("\n", offset)
    return sentence.text[begin : end if end >= 0 else None].strip()
