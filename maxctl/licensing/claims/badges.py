"""Licenses in badges: pictures of a few words, whose words stand in an address.

A picture's words are what people see. Where the words that stand for it (for those who cannot see it) name another
license, that is told, and they are not read: the one is a slip in the copy of the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from maxctl.licensing.claims import sentences
from maxctl.licensing.claims.lexicon import Lexicon
from maxctl.licensing.claims.prose import Sentence
from maxctl.licensing.claims.said import Kind, Statement

_BADGE = re.compile(
    r"!\[(?P<alt>[^\[\]\n]{0,300})\]\(\s*(?P<address>https?://[^\s()]{1,600}(?:\([^\s()]{0,200}\)[^\s()]{0,300})?)"
    r"|<img\b(?P<tag>[^<>]{1,1500})>"
    r"|\.\.\s(?:\|[^|\n]{1,80}\|\s)?image::[ \t]*(?P<rst>https?://\S{1,600})"
)
_SRC = re.compile(r"\ssrc\s*=\s*[\"'](https?://[^\"'\s]{1,600})[\"']", re.IGNORECASE)
_ALT = re.compile(r"\salt\s*=\s*(?:\"([^\"]{0,300})\"|'([^']{0,300})')", re.IGNORECASE)
_STATIC = re.compile(r"/badge/(?P<words>[^?#\"'\s]+)")
_SLASHED = re.compile(r"badgen\.net/badge/(?P<label>[^/?#\s]+)/(?P<message>[^/?#\s]+)", re.IGNORECASE)
_SPEAKS = re.compile(
    r"licen[cs]|\bterms\b|commercial|research|academic|weights?|models?|checkpoints?|data", re.I
)
_LABELLED = re.compile(r"licen[cs]|\bterms\b", re.IGNORECASE)
_POINTS = re.compile(r"^\W*(?:see|view|link|here|file|details|click)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge: the words in its picture, and those that stand for it."""

    label: str
    message: str
    alt: str
    line: int
    text: str
    span: tuple[int, int]
    """Where its words stand in the text."""


@dataclass(frozen=True, slots=True)
class Read:
    """A text whose badges were read: without words that contradict a picture."""

    text: str
    statements: tuple[Statement, ...] = ()
    problems: tuple[tuple[int, str], ...] = ()


def read(text: str, first_line: int, lexicon: Lexicon, how: str) -> Read:
    """Return what the badges of a text state, as far as a reader of sentences does not see it."""
    told: list[Statement] = []
    problems: list[tuple[int, str]] = []
    dropped: list[tuple[int, int]] = []
    for badge in _badges(text, first_line):
        shown = f"{badge.label}: {badge.message}" if badge.label else badge.message
        seen = {m.spelling for m in lexicon.mentions(f"license {shown}")}
        named = {m.spelling for m in lexicon.mentions(f"license {badge.alt}")}
        if named and seen and not named <= seen and not seen <= named:
            dropped.append(badge.span)
            problems.append(
                (badge.line, f"a badge shows `{shown}`, and the words that stand for it are `{badge.alt}`")
            )
        if _SPEAKS.search(shown):
            told += _stated(badge, shown, bool(seen), lexicon, how)
    parts, place = list[str](), 0
    for start, end in dropped:
        parts += [text[place:start], " " * (end - start)]
        place = end
    return Read("".join((*parts, text[place:])), tuple(told), tuple(problems))


def _stated(badge: Badge, shown: str, named: bool, lexicon: Lexicon, how: str) -> list[Statement]:
    if re.match(r"\s*licen[cs]e\s*$", badge.label, re.IGNORECASE):
        return []  # such a badge is read where its sentence is
    heading = ("License",)
    for words in (shown, f"{badge.label} is {badge.message}"):
        found = sentences.statements(
            Sentence(words, badge.line, heading), lexicon, f"{how} badge", words_alone=True
        )
        found = [one for one in found if one.kind in (Kind.GRANT, Kind.RESTRICTION)]
        if found and not (named and all(one.kind is Kind.RESTRICTION for one in found) and words is shown):
            return [_placed(one, badge) for one in found]
    if _LABELLED.search(badge.label) and not _POINTS.match(badge.message):
        words = f"{badge.label} is MIT"
        slots = [
            s.slots for s in sentences.statements(Sentence(words, 1, heading), lexicon, how, words_alone=True)
        ]
        return [
            Statement(
                Kind.GRANT,
                badge.message,
                badge.line,
                badge.text,
                f"{how} badge",
                "high",
                slots[0] if slots else (),
            )
        ]
    return []


def _placed(statement: Statement, badge: Badge) -> Statement:
    return Statement(
        statement.kind, statement.stated, badge.line, badge.text, statement.how, "high", statement.slots,
        statement.about, statement.expression,
    )  # fmt: skip


def _badges(text: str, first_line: int) -> list[Badge]:
    if "://" not in text:
        return []
    told: list[Badge] = []
    line, counted = first_line, 0
    for found in _BADGE.finditer(text):
        address, alt, span = (
            found["address"] or found["rst"],
            found["alt"] or "",
            (found.start(), found.start()),
        )
        if found["alt"] is not None:
            span = found.span("alt")
        if found["tag"] is not None:
            source, words = _SRC.search(found["tag"]), _ALT.search(found["tag"])
            address = source[1] if source else ""
            if words:
                group, offset = 1 if words[1] is not None else 2, found.start("tag")
                alt, span = words[group], (offset + words.start(group), offset + words.end(group))
        written = _words(address)
        if written is None:
            continue
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        whole = text[text.rfind("\n", 0, found.start()) + 1 :][:400].split("\n", 1)[0].strip()
        told.append(Badge(*written, alt, line, whole[:300], span))
    return told


def _words(address: str) -> tuple[str, str] | None:
    """Return the label and the message of a badge whose words stand in its address; None for another picture."""
    slashed = _SLASHED.search(address)
    if slashed:
        return _plain(slashed["label"]), _plain(slashed["message"])
    if "/static/v1" in address:
        fields = parse_qs(address.partition("?")[2])
        message = " ".join(fields.get("message", ()))
        return (" ".join(fields.get("label", ())), message) if message else None
    found = _STATIC.search(address)
    if found is None:
        return None
    words = re.sub(r"\.(?:svg|png|json)$", "", found["words"]).replace("--", "\0")
    parts = words.split("-")
    if len(parts) < 2:
        return None
    label, message = ("", parts[0]) if len(parts) == 2 else (parts[0], "-".join(parts[1:-1]))
    return _plain(label), _plain(message)


def _plain(words: str) -> str:
    spaced = words.replace("__", "\1").replace("_", " ").replace("\1", "_").replace("\0", "-")
    return " ".join(unquote(spaced).split())
