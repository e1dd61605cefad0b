"""Which lines may hold a copyright notice: `copyrights.collect_candidate_lines`, without preparing the others.

scancode cleans every line by eighty replacements and then looks whether a mark of a notice is in it. Here a line
is first looked at as it stands. No replacement makes a mark of ASCII text that holds none of the `TRACES` below
(docs/decisions/0010 goes through them); only lines that hold one, or that are not ASCII, are cleaned and judged
by scancode's own functions.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from maxctl.adapters.scancode.installed import module

Line = tuple[int, str]

TRACES = (
    # scancode's marks that are letters and digits: replacements only cut such runs, they join none
    "opyr", "opyl", "copr", "right", "reserv", "auth", "filecontributor", "devel", "169",
    # how a copyright sign is written: all that becomes ` (c) `, and `(c)`, into which a replacement may put a space
    "a9", "c)", "|copy|",
    # references to characters become characters
    "&", "@",
    # what is taken out without a trace, so that its neighbours meet: `<s>`, `</s>`, `<s/>`, `\\xc2`
    "s>", "s/>", "xc2",
    # what becomes a space, and may make `by` a word
    "year>", "mailto:",
)  # fmt: skip
PATTERNS = tuple(re.compile(pattern) for pattern in (r"by(?![a-z0-9])", r"19[6-9]\d", r"20\d\d"))
OTHERS = bytes(set(range(128)) - set(b"abcdefghijklmnopqrstuvwxyz0123456789"))
"""All of ASCII but small letters and digits."""


def suspicious(lines: Sequence[str]) -> bytearray:
    """Return 1 for each line that may hold a mark of a notice once it is cleaned, 0 for those that cannot."""
    flags = bytearray(len(lines))
    plain = []
    for at, line in enumerate(lines):
        if line.isascii():
            plain.append(line)
        else:
            flags[at] = 1
            plain.append("")
    text = "\n".join(plain).lower()
    ends = list(accumulate(len(line) + 1 for line in plain))
    for trace in TRACES:
        at = text.find(trace)
        while at >= 0:
            number = bisect_right(ends, at)
            flags[number] = 1
            at = text.find(trace, ends[number])  # one is enough for a line
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            flags[bisect_right(ends, match.start())] = 1
    return flags


def groups(numbered_lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield what `collect_candidate_lines` yields: groups of (line number, cleaned line)."""
    scancode: Any = module("cluecode.copyrights")
    lines = list(numbered_lines)
    flags = suspicious([line for _, line in lines])
    candidates: list[Line] = []
    inside, previous = 0, ""
    for (number, line), flag in zip(lines, flags, strict=True):
        if flag:
            chars = scancode.remove_non_chars("", line.lower()).strip()
        else:
            chars = line.lower().encode("ascii").translate(None, OTHERS).decode("ascii")
        if scancode.is_end_of_statement(chars):
            candidates.append((number, scancode.prepare_text_line(line)))
            yield candidates
            candidates, inside = [], 0
            continue
        marked = "http" in chars or "s>" in line
        prepared = scancode.prepare_text_line(line) if flag else None
        if marked or (prepared is not None and scancode.is_candidate(prepared)):
            inside, previous = 2, chars
        elif inside > 0:
            carries_on = previous.endswith(("copyright", "copyrights", "and", "by", ","))
            if not chars and not carries_on and not scancode.has_trailing_year(previous):
                yield candidates
                candidates, inside = [], 0
                continue
            inside -= 1
        else:
            if candidates:
                yield candidates
                candidates = []
            continue
        candidates.append((number, scancode.prepare_text_line(line) if prepared is None else prepared))
    if candidates:
        yield candidates
