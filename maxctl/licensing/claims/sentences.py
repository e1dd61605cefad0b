"""Statements in sentences: which license (or restriction) is said of which noun.

In a clause each license goes to the nouns before it (`the code and the weights are MIT`), or, where the license
comes first, to those behind it (`MIT for the code, CC BY-NC for the weights`). Where no noun stands, the heading's
counts. What is said of others' work, of the past, or with a `not` grants nothing here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from maxctl.core.slot import Slot
from maxctl.licensing.claims.lexicon import LICENSE_WORD, Lexicon, Mention
from maxctl.licensing.claims.nouns import (
    CLASSES,
    CONDITION,
    DERIVES,
    DOUBTED,
    EXCLUSION,
    FOREIGN,
    FOREIGN_HEADING,
    FUTURE,
    HISTORY,
    HISTORY_HEADING,
    HYPOTHETICAL,
    NEGATED,
    OF_OTHERS,
    OTHERS,
    PERMISSION,
    RESTRICTION,
    Noun,
    Thing,
    nouns,
)
from maxctl.licensing.claims.prose import Sentence, without_tags
from maxctl.licensing.claims.said import Kind, Statement
from maxctl.policy.spdx import CONDITIONAL, NON_COMMERCIAL, RESEARCH_ONLY

_RESEARCH = re.compile(
    r"research|academic|educat|scientific|stud|personal|evaluation|学术|科研|研究|wissenschaft|Forschung",
    re.IGNORECASE,
)
_NEEDS_CONTEXT = frozenset({"BSD", "GPL", "AGPL", "LGPL", "Apache", "CC", "public domain"})
FRAGMENT = 40
"""A shorter sentence without a noun speaks of what the one before it spoke of."""
_PRONOUN = re.compile(
    r"[\s,(]*(?:and |but )?(?:they|it|these|those|this|both|all|sie|es|er|beides)\b", re.IGNORECASE
)
_SAME = re.compile(
    r"\s*(?:That|This|It|The same|Same|Which)(?: licen[cs]e| terms?)? (?:also )?(?:goes|applies|holds|extends|is (?:also )?(?:valid|true)|covers)\b(?: also)?(?: for| to)?",
    re.IGNORECASE,
)
_NAMED_AS = re.compile(r"(?:[:=]|\bis|\bare)\s*(?:under\s+)?(?:the\s+)?$", re.IGNORECASE)
_LABEL = re.compile(r"^\W*(?:[\w \-/()]{1,40})\W{0,4}[:：|–—=→-]\s*\W*", re.UNICODE)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)[^)]*\)")
_LICENSE_ADDRESS = re.compile(
    r"licen[cs]e|creativecommons|opensource\.org|gnu\.org|spdx\.org|apache\.org", re.IGNORECASE
)
_HARD = re.compile(
    r";|；|。|\)\]\([^)]*\)\s*\n(?=\s*\[?!?\[)|\s(?:while|whereas|whilst|but|however|although|though|yet)\s|,\s*(?=(?:while|whereas|but|however|and (?:is|are|we|our|it|they|the)\b)\b)"
    r"|\s(?=and (?:is|are|we|it|they) (?:\w+ )?(?:licen|released|distributed|available|provided|under|made|publish|governed|subject))|\.\s+(?=[A-Z\"'(`*])|\n\s*\n",
    re.IGNORECASE,
)  # fmt: skip
_NOW = re.compile(
    r"\b(?:now|since|currently|as of|starting|from now on|onwards?|(?<=\s)to|today)\b", re.IGNORECASE
)
_DENIED = re.compile(
    r"\b(?:not|no longer|never|neither|without|isn't|aren't)\s+(?:\w+\s+){0,2}$", re.IGNORECASE
)
_ASKED = re.compile(r"\?\s*$|\b(?:TODO|TBD|FIXME)\b")
_MADE_FROM = re.compile(
    r"\b(?:fine-?\s?tuned|initiali[sz]ed|distilled|derived|converted|started?|quanti[sz]ed|merged)\s+(?:version\s+)?(?:from|of|with|on)\b",
    re.IGNORECASE,
)
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


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    stated: str
    spelling: str
    kind: Kind


def statements(sentence: Sentence, lexicon: Lexicon, how: str) -> list[Statement]:
    """Return what a sentence states about licenses."""
    text = readable(sentence.text)
    if not text.strip() or (
        "contribut" in text.lower()
        and re.search(r"\bby (?:contributing|submitting)|your contribution", text, re.IGNORECASE)
    ):
        return []
    found = list(_found(text, sentence, lexicon))
    same = _SAME.match(text)
    if same and sentence.before and not _DENIED.search(text[: same.end()]):
        return _the_same(text, sentence, lexicon, how)
    if not found and not EXCLUSION.search(text):
        return []
    told: list[Statement] = []
    carried: list[Noun] = []
    limits = any(one.kind is Kind.RESTRICTION for one in found)
    if sentence.before and (_PRONOUN.match(text) or sentence.item or limits or len(text) < FRAGMENT):
        carried = nouns(readable(sentence.before))  # `tiny.npz, 1.2 MB. CC0.`
    for start, end in _clauses(text):
        inside = [one for one in found if start <= one.start < end]
        things = [replace(n, start=n.start + start, end=n.end + start) for n in nouns(text[start:end])]
        if not things and carried and (start == 0 or _PRONOUN.match(text[start:end])):
            things = [replace(n, start=start - 1, end=start - 1) for n in carried]  # `…; they are CC0`
        carried = things or carried
        told += _clause(text, start, end, inside, things, sentence, lexicon, how)
    return told


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


def _found(text: str, sentence: Sentence, lexicon: Lexicon) -> Iterator[_Found]:
    mentions = lexicon.mentions(text)
    speaks = bool(LICENSE_WORD.search(text)) or any(LICENSE_WORD.search(h) for h in sentence.headings)
    label = _LABEL.match(text)
    for mention in mentions:
        needs = not mention.sure or mention.spelling in _NEEDS_CONTEXT
        labelled = label is not None and label.end() == mention.start and bool(nouns(text[: mention.start]))
        labelled = labelled or bool(_NAMED_AS.search(text[: mention.start]) and nouns(text[: mention.start]))
        if needs and not (speaks or labelled or _in_list(text, mentions)):
            continue
        yield _Found(
            mention.start,
            mention.end,
            text[mention.start : mention.end].strip(),
            mention.spelling,
            Kind.GRANT,
        )
    for found in CONDITION.finditer(text):
        if _quoted(sentence.text, found.start(), found.end()):
            continue
        if nouns(text) or speaks or sentence.before:
            yield _Found(found.start(), found.end(), found[0].strip(), CONDITIONAL, Kind.RESTRICTION)
    if PERMISSION.search(text):
        return
    for found in RESTRICTION.finditer(text):
        if _quoted(sentence.text, found.start(), found.end()):
            continue
        if any(m.start < found.end() and found.start() < m.end for m in mentions):
            continue
        expression = RESEARCH_ONLY if _RESEARCH.search(found[0]) else NON_COMMERCIAL
        yield _Found(found.start(), found.end(), found[0].strip(), expression, Kind.RESTRICTION)


def _quoted(text: str, start: int, end: int) -> bool:
    """Tell whether words stand in quotation marks: they are spoken of, not said."""
    return any(
        quote.start() <= start and end <= quote.end() and quote.end() - quote.start() < 80
        for quote in re.finditer(r"\"[^\"\n]+\"|“[^”]+”", text)
    )


def _in_list(text: str, mentions: list[Mention]) -> bool:
    """Tell whether an unsure name stands beside a sure one and a noun: `code is MIT, weights are CC BY-NC`."""
    return bool(nouns(text)) and bool(
        any(m.sure and m.spelling not in _NEEDS_CONTEXT for m in mentions)
        or re.search(
            r"(?:\bis|\bare|[:=])\s*(?:under\s+)?(?:the\s+)?(?:MIT|BSD|GPL|AGPL|LGPL|ISC|CC0)\b", text
        )
    )


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
    found: list[_Found],
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
    foreign = bool(FOREIGN.search(words)) or bool(
        sentence.headings and FOREIGN_HEADING.search(sentence.headings[-1])
    )
    history = HISTORY.search(words)
    historical = bool(sentence.headings and HISTORY_HEADING.search(sentence.headings[-1]))
    aside = [
        f
        for f in found
        if _past(words, history, f.start - start)
        or (historical and f.kind is Kind.GRANT)
        or (f.kind is Kind.GRANT and NEGATED.search(text[start : f.start]))
        or (f.kind is Kind.RESTRICTION and _DENIED.search(text[start : f.start]))
        or _of_base(text, start, f)
        or _ASKED.search(text[start : end + 2])
        or text[f.end : f.end + 2].strip().startswith("?")
        or (f.kind is Kind.GRANT and (FUTURE.search(words) or DOUBTED.search(words)))
        or (OF_OTHERS.search(words) and not any(n.start < f.start for n in things))
        or (f.kind is Kind.RESTRICTION and any(CLASSES.search(h) for h in sentence.headings[-1:]))
        or (OTHERS.search(words) and OTHERS.search(words).start() < f.start - start)  # type: ignore[union-attr]
    ]
    if not things:  # `KITTI is for research only`: what is known of data sets stands in datasets.yaml
        aside += [f for f in found if lexicon.names_data(text[start : f.start]) and f not in aside]
    found = [f for f in found if f not in aside]
    if foreign and not DERIVES.search(words):
        aside, found = [*aside, *found], []
    for one in aside:
        yield _aside(one, sentence, how)
    for group, subject in _attributed(text, start, found, things):
        first = group[0]
        kind = Kind.FOREIGN if foreign and first.kind in (Kind.GRANT, Kind.RESTRICTION) else first.kind
        yield from _told(group, kind, subject, text, start, end, sentence, how)


def _aside(one: _Found, sentence: Sentence, how: str) -> Statement:
    line = sentence.line_at(min(one.start, len(sentence.text)))
    return Statement(Kind.ASIDE, one.stated, line, _line_of(sentence, one.start), how, "low")


def _of_base(text: str, start: int, found: _Found) -> bool:
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


def _attributed(
    text: str, start: int, found: list[_Found], things: list[Noun]
) -> Iterator[tuple[list[_Found], list[Noun]]]:
    """Yield groups of licenses that are said together, each with its nouns."""
    groups: list[list[_Found]] = []
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
            yield from zip(groups, behind, strict=True)
            return
    place, pending = start - 1, list[Noun]()  # what is carried over stands before the clause
    for group in groups:
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


def _told(
    group: list[_Found],
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


def _joined(group: list[_Found], text: str, start: int, end: int) -> str:
    """Return the licenses of a group as one expression: OR where `or` joins two, AND elsewhere."""
    once = list({one.spelling: one for one in reversed(group)}.values())[::-1]
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
        for heading in reversed(sentence.headings):
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
