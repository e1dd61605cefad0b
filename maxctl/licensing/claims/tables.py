"""Statements in tables: `Component | License`, and lists of checkpoints with a license each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from maxctl.core.slot import Slot
from maxctl.licensing.claims.lexicon import LICENSE_WORD, Lexicon
from maxctl.licensing.claims.nouns import CLASSES, FOREIGN_HEADING, RESTRICTION, Thing, nouns
from maxctl.licensing.claims.prose import Table, plain
from maxctl.licensing.claims.said import Kind, Statement
from maxctl.licensing.claims.sentences import readable
from maxctl.policy.spdx import NON_COMMERCIAL, RESEARCH_ONLY

_LICENSE_HEAD = re.compile(
    r"^\W*(?:\w+\s+){0,2}licen[cs]e(?:s|\s+\w+)?\W*$|许可|^\W*terms\W*$", re.IGNORECASE
)
_MODELS = re.compile(r"model|checkpoint|weight|variant|backbone|architecture|权重|模型", re.IGNORECASE)
_MEASURED = re.compile(r"download|params|flops|m?ap\b|top-?[15]|acc(?:uracy)?|size|url|config", re.IGNORECASE)
_DATA = re.compile(r"data[\s-]?set|corpus|数据", re.IGNORECASE)
_FOREIGN = re.compile(r"package|dependenc|librar|third|upstream", re.IGNORECASE)
_SAMPLES = re.compile(
    r"^\W*(?:image|picture|photo|sample|file|clip|video|audio|asset|recording)s?\W*$", re.IGNORECASE
)
_RESEARCH = re.compile(r"research|academic|educat|scientific", re.IGNORECASE)
_EMPTY = re.compile(r"^[\s\-–—?*]*$")


def statements(table: Table, lexicon: Lexicon, how: str) -> Iterator[Statement]:
    """Yield what a table states about licenses."""
    head = [plain(cell) for cell in table.head]
    column = next((n for n, cell in enumerate(head) if _LICENSE_HEAD.match(cell)), None)
    if column is not None:
        for line, row in table.rows:
            if column < len(row):
                yield from _row(table, head, row, column, line, lexicon, how)
        return
    yield from _restricted(table, head, how)
    # a table without a head of that kind: `| Code | Apache 2.0 |`, its first row being data as well
    for line, row in ((table.line, table.head), *table.rows):
        if len(row) >= 2 and nouns(row[0]) and _speaks(table, row):
            yield from _row(table, [], row, 1, line, lexicon, how)


def _restricted(table: Table, head: list[str], how: str) -> Iterator[Statement]:
    """Yield what cells forbid in a table without a column for licenses: `non-commercial only` among the notes."""
    aside = any(CLASSES.search(h) for h in (*table.headings[-1:], *head))
    for line, row in table.rows:
        found = next((m for cell in row if (m := RESTRICTION.search(readable(cell)))), None)
        if found is None:
            continue
        kind, slots, about = _subject(table, head, plain(row[0]))
        expression = RESEARCH_ONLY if _RESEARCH.search(found[0]) else NON_COMMERCIAL
        kind = Kind.ASIDE if aside or kind is Kind.ASIDE else Kind.RESTRICTION
        yield Statement(
            kind, found[0].strip(), line, " | ".join(row), how, "medium", slots, about, expression
        )


def _speaks(table: Table, row: tuple[str, ...]) -> bool:
    return bool(LICENSE_WORD.search(" ".join((*row, *table.headings, *table.head))))


def _row(
    table: Table, head: list[str], row: tuple[str, ...], column: int, line: int, lexicon: Lexicon, how: str
) -> Iterator[Statement]:
    cell = readable(row[column])
    label = plain(row[0]) if column else ""
    kind, slots, about = _subject(table, head, label)
    text = " | ".join(row)
    found = lexicon.mentions(cell)
    restricted = RESTRICTION.search(cell)
    if restricted and not any(m.start < restricted.end() and restricted.start() < m.end for m in found):
        expression = RESEARCH_ONLY if _RESEARCH.search(restricted[0]) else NON_COMMERCIAL
        told = Kind.ASIDE if kind is Kind.ASIDE else Kind.RESTRICTION
        yield Statement(told, restricted[0].strip(), line, text, how, "high", slots, about, expression)
    spelled = list(dict.fromkeys(m.spelling for m in found))
    if spelled:
        between = cell[found[0].end : found[-1].start]
        word = "OR" if re.search(r"\bor\b|/", between, re.IGNORECASE) else "AND"
        yield Statement(kind, f" {word} ".join(spelled), line, text, how, "high", slots, about)
    elif not restricted:
        # an empty cell and a placeholder are told as what they are: nothing is stated
        bare = plain(cell).strip()
        if re.fullmatch(r"\[?(?:licen[cs]e|link|see [\w .]+|here)\]?(?:\s+\S+)?", bare, re.IGNORECASE):
            return
        yield Statement(kind, "" if _EMPTY.match(bare) else bare, line, text, how, "high", slots, about)


def _subject(table: Table, head: list[str], label: str) -> tuple[Kind, tuple[Slot, ...], str | None]:
    """Return what a row speaks of: its kind, its slots, and the checkpoint that it names."""
    things = [noun.thing for noun in nouns(label)]
    slots = tuple(dict.fromkeys(thing.slot for thing in things if thing.slot is not None))
    if slots:
        third = Slot.CODE in slots and re.search(r"framework|librar", label, re.IGNORECASE)
        # several rows may speak of parts of the code, each with a license of its own
        return (Kind.ASIDE if third else Kind.GRANT), slots, label if Slot.CODE in slots else None
    if Thing.WHOLE in things:
        return Kind.GRANT, (Slot.CODE,), label
    if Thing.DOCUMENTS in things:
        return Kind.ASIDE, (), None
    first = head[0] if head else ""
    around = " ".join((*head, *table.headings[-1:]))
    if _FOREIGN.search(first) or any(FOREIGN_HEADING.search(h) for h in table.headings[-1:]):
        return Kind.ASIDE, (), None
    if re.search(r"\(ours?\)|\bours?\b|this (?:work|repo|model)", label, re.IGNORECASE):
        return Kind.GRANT, (Slot.WEIGHTS,), None
    if any(re.search(r"\(ours?\)|\bours\b|this work", " ".join(row), re.IGNORECASE) for _, row in table.rows):
        return Kind.ASIDE, (), None  # a comparison: the other rows are rivals
    if _DATA.search(first):
        return Kind.GRANT, (Slot.DATA,), label
    if _SAMPLES.match(first) or re.search(r"\.(?:png|jpe?g|gif|wav|mp3|mp4|flac)$", label, re.IGNORECASE):
        return Kind.GRANT, (Slot.SAMPLES,), label
    if _MODELS.search(around) or _MEASURED.search(around):
        return Kind.GRANT, (Slot.WEIGHTS,), label or None
    return Kind.GRANT, (), None
