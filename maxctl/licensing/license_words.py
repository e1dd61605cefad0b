"""License texts as words, and where two of them differ: case, punctuation, wrapping and markup aside."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TAG = re.compile(
    r"</?(?:a|b|body|br|center|code|dd|div|dl|dt|em|font|h[1-6]|head|hr|html|i|li|link|meta|ol|p|pre|small|span|strong"
    r"|style|table|tbody|td|th|title|tr|tt|u|ul)(?:\s[^<>\n]{0,400})?/?>",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'`)\]}]{1,2000}|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,6}|[^\W_]+"
)
_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_RULE = re.compile(r"[\w.+-]+\.(?:RULE|LICENSE)")
_FENCE = re.compile(r"^---\s*$", re.MULTILINE)
_KEY = re.compile(r"^license_expression:\s*([\w.+-]+)\s*$", re.MULTILINE)
_SAME = {
    "licence": "license",
    "licenced": "licensed",
    "sublicence": "sublicense",
    "organisation": "organization",
    "noninfringement": "non infringement",
    "sublicense": "sub license",
    "merchantibility": "merchantability",
    "acknowledgement": "acknowledgment",
    "authorised": "authorized",
    "favour": "favor",
    "percent": "per cent",
}
"""Spellings of one word."""
MOST_CHANGES = 500
"""Words by which two texts may differ; beyond that they are two texts."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word: as it is compared, as it stands there, and its line."""

    text: str
    shown: str
    line: int

    @property
    def is_address(self) -> bool:
        """Whether it is an address of the web or of mail."""
        return "/" in self.text or "@" in self.text or "." in self.text


@dataclass(frozen=True, slots=True)
class Change:
    """Words `first` to `last` of a text, that another has not, in the place of the words `left_out`."""

    first: int
    last: int
    left_out: tuple[Word, ...] = ()
    at: int = 0
    """Where in the other text the words are that were left out."""


def words(text: str) -> list[Word]:
    """Return the words of a text."""
    found: list[Word] = []
    for number, line in enumerate(text.splitlines(), 1):
        plain = unicodedata.normalize("NFKC", html.unescape(_TAG.sub(" ", line))).replace("&", " and ")
        for one in _WORD.finditer(plain):
            shown = one[0]
            if "://" in shown or shown[:4] == "www." or "@" in shown:
                found.append(Word(_ADDRESS.sub("", shown.lower()).rstrip("/.,;:"), shown, number))
                continue
            folded = shown.casefold()
            for part in _SAME.get(folded, folded).split():
                found.append(Word(singular(part), shown, number))
    return found


def singular(word: str) -> str:
    """Return a word as it is compared: without the `s` at its end."""
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


_BESIDE = {
    "python": ("python_2002.RULE", "python_2014.RULE", "python_2018.RULE", "python_43.RULE", "python_70.RULE")
}
"""What always stands beside a license and is no part of it, such as the history of CPython."""


class Rules:
    """The texts with which the scanner compares, in its folder `data`."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._known: dict[str, tuple[str, list[Word]] | None] = {}

    def texts(self, rule: str) -> list[list[Word]]:
        """Return the words of a rule, and of the license that it stands for where that is another text."""
        found = self._read(rule)
        if found is None:
            return []
        key, own = found
        whole = self._read(f"{key}.LICENSE") if key and rule != f"{key}.LICENSE" else None
        # a rule that is a notice stands for no text
        return [own, whole[1]] if whole and 2 * len(own) > len(whole[1]) else [own]

    def beside(self, rule: str) -> list[list[Word]]:
        """Return longer texts that hold what is shipped with the license of a rule."""
        found = self._read(rule)
        every = [self._read(name) for name in _BESIDE.get(found[0], ())] if found else []
        return [one[1] for one in every if one]

    def _read(self, rule: str) -> tuple[str, list[Word]] | None:
        if rule not in self._known:
            folder = "rules" if rule.endswith(".RULE") else "licenses"
            path = self._data / folder / rule
            self._known[rule] = None
            if _RULE.fullmatch(rule) and path.is_file():
                parts = _FENCE.split(path.read_text(encoding="utf-8"), 2)
                head, text = (parts[1], parts[2]) if len(parts) == 3 else ("", parts[-1])
                key = _KEY.search(head)
                plain = text.replace("{{", "").replace("}}", "")
                self._known[rule] = (key[1] if key else "", words(plain))
        return self._known[rule]


def differences(known: Sequence[Word], text: Sequence[Word]) -> list[Change] | None:
    """Return where a text differs from a known one, in order; None where they have too little in common.

    The first and the last change hold what stands before and after it, if anything does.
    """
    ours, theirs = [word.text for word in known], [word.text for word in text]
    blocks = _within(ours, theirs) or _common(ours, theirs)
    if not blocks:
        return None
    changes: list[Change] = []
    at_known = at_text = 0
    for mine, other, length in [*blocks, (len(ours), len(theirs), 0)]:
        if mine > at_known or other > at_text:
            changes.append(Change(at_text, other, tuple(known[at_known:mine]), at_known))
        at_known, at_text = mine + length, other + length
    return changes


def _within(known: list[str], text: list[str]) -> list[tuple[int, int, int]]:
    """Return the place of a known text that stands in another word for word."""
    size = len(known)
    for at in range(len(text) - size + 1) if known else ():
        if text[at] == known[0] and text[at + size - 1] == known[-1] and text[at : at + size] == known:
            return [(0, at, size)]
    return []


def _common(known: list[str], text: list[str]) -> list[tuple[int, int, int]]:
    """Return the longest common words as (place in one, place in the other, count), by Myers' greedy search."""
    first, size, other = 0, len(known), len(text)
    if abs(size - other) > MOST_CHANGES:
        return []
    while first < min(size, other) and known[first] == text[first]:
        first += 1
    ends = 0
    while ends < min(size, other) - first and known[size - 1 - ends] == text[other - 1 - ends]:
        ends += 1
    inner_known, inner_text = known[first : size - ends], text[first : other - ends]
    pairs = _pairs(inner_known, inner_text)
    if pairs is None:
        return []
    every = [(n, n) for n in range(first)] + [(first + a, first + b) for a, b in pairs]
    every += [(size - n, other - n) for n in range(ends, 0, -1)]
    blocks: list[tuple[int, int, int]] = []
    for a, b in every:
        if blocks and blocks[-1][0] + blocks[-1][2] == a and blocks[-1][1] + blocks[-1][2] == b:
            blocks[-1] = (blocks[-1][0], blocks[-1][1], blocks[-1][2] + 1)
        else:
            blocks.append((a, b, 1))
    return blocks


def _pairs(known: list[str], text: list[str]) -> list[tuple[int, int]] | None:
    """Return the places that the shortest edit keeps; None where it has more than `MOST_CHANGES` steps."""
    size, other = len(known), len(text)
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for steps in range(min(MOST_CHANGES, size + other) + 1):
        trace.append(
            dict(reach) if steps < 2 else {k: reach[k] for k in range(-steps, steps + 1) if k in reach}
        )
        for k in range(-steps, steps + 1, 2):
            down = k == -steps or (k != steps and reach.get(k - 1, -1) < reach.get(k + 1, -1))
            x = reach.get(k + 1, 0) if down else reach.get(k - 1, 0) + 1
            while x < size and x - k < other and known[x] == text[x - k]:
                x += 1
            reach[k] = x
            if x >= size and x - k >= other:
                return _walked(trace, size, other)
    return None


def _walked(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for steps in range(len(trace) - 1, -1, -1):
        reach, k = trace[steps], x - y
        down = k == -steps or (k != steps and reach.get(k - 1, -1) < reach.get(k + 1, -1))
        before = k + 1 if down else k - 1
        old_x = reach.get(before, 0) if steps else 0
        old_y = old_x - before if steps else 0
        while x > old_x and y > old_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = old_x, old_y
    return pairs[::-1]
