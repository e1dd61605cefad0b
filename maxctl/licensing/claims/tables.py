"""Statements in tables: `Component | License`, and lists of checkpoints with a license each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from maxctl.core.slot import Slot
from maxctl.licensing.claims import sentences
from maxctl.licensing.claims.found import readable
from maxctl.licensing.claims.lexicon import LICENSE_WORD, Lexicon
from maxctl.licensing.claims.nouns import CLASSES, FOREIGN_HEADING, RESTRICTION, Thing, nouns
from maxctl.licensing.claims.prose import Sentence, Table, plain
from maxctl.licensing.claims.said import Kind, Statement
from maxctl.policy.spdx import CONDITIONAL, NON_COMMERCIAL, RESEARCH_ONLY

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
_OURS = re.compile(r"\(ours?\)|\bours\b|this work", re.IGNORECASE)
_USE = re.compile(
    r"^\W*(?:(?:for|in|allows?|permits?|free for|can be used for|any)\s+)?"
    r"(?:commercial(?:ly)?|business|enterprise|for-profit)"
    r"(?P<said>[\s-]+(?:use[ds]?|usage|usable|applications?|purposes?|products?|rights?"
    r"|friendly|licen[cs]e|allowed|permitted|ok(?:ay)?)){0,2}"
    r"\W*$|^\W*(?:商用|商业(?:使用|用途)|kommerzielle? nutzung|usage commercial|uso comercial)\W*$",
    re.IGNORECASE,
)
"""A column or a row that says whether a use for trade is allowed."""
_NO = re.compile(
    r"^\W*(?:no|nope|none|never|not (?:allowed|permitted|ok|granted)"
    r"|prohibited|forbidden|excluded|denied|false|x|nein|non|nee|否|不可|不|禁止)\W*$"
    r"|^[\s*_]*(?:[✗✘❌✖✕×⛔🚫❎🅇☒]\ufe0f?|:(?:x|no_entry|no_entry_sign|heavy_multiplication_x|negative_squared_cross_mark):)",
    re.IGNORECASE,
)
_YES = re.compile(
    r"^\W*(?:yes|yep|allowed|permitted|ok(?:ay)?|true|free|granted|ja|oui|sí|si|是|可|可以)\W*$"
    r"|^[\s*_]*(?:[✓✔✅☑🆗👍]\ufe0f?|:(?:white_check_mark|heavy_check_mark|ballot_box_with_check|ok|\+1|thumbsup):)[\s*_]*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Around:
    """A table as its rows are read: what is asked of all of it is worked out once."""

    table: Table
    head: list[str]
    compares: bool
    """Whether a row is marked as ours, so that the other rows are rivals."""


def statements(table: Table, lexicon: Lexicon, how: str) -> Iterator[Statement]:
    """Yield what a table states about licenses."""
    head = [plain(cell) for cell in table.head]
    column = next((n for n, cell in enumerate(head) if _LICENSE_HEAD.match(cell)), None)
    compares = any(_OURS.search(cell) for _, row in table.rows for cell in row)
    around, bare = _Around(table, head, compares), _Around(table, [], compares)
    yield from _uses(around, how)
    if column is not None:
        for line, row in table.rows:
            if column < len(row):
                yield from _row(around, row, column, line, lexicon, how)
        return
    yield from _restricted(around, how)
    # a table without a head of that kind: `| Code | Apache 2.0 |`, its first row being data as well
    for line, row in ((table.line, table.head), *table.rows):
        if len(row) >= 2 and nouns(row[0]) and _speaks(table, row) and not _answers(row[1]):
            yield from _row(bare, row, 1, line, lexicon, how)


def _uses(around: _Around, how: str) -> Iterator[Statement]:
    """Yield what is said of uses for trade in a column or a row of their own: `commercial | ✗`."""
    table, head = around.table, around.head
    for column, name in enumerate(head):
        if not column or not (asked := _USE.match(name)):
            continue
        sure = bool(asked["said"]) or any(
            _answers(cell) for _, row in table.rows for cell in row[column : column + 1]
        )
        for line, row in table.rows if sure else ():
            if column < len(row):
                yield from _use(around, plain(row[0]), row[column], row, line, how, bool(asked["said"]))
    rows = ((table.line, table.head), *table.rows)
    for line, row in rows:
        if len(row) < 2 or not (asked := _USE.match(plain(row[0]))):
            continue
        for column, cell in enumerate(row[1:], 1):
            label = head[column] if len(row) > 2 and column < len(head) and row is not table.head else ""
            yield from _use(around, label, cell, row, line, how, said=False)


def _answers(cell: str) -> bool:
    """Tell whether a cell says yes or no, and no more."""
    return bool(_NO.match(cell.strip()) or _YES.match(cell.strip()))


def _use(
    around: _Around, label: str, cell: str, row: tuple[str, ...], line: int, how: str, said: bool
) -> Iterator[Statement]:
    told = cell.strip()
    if not told or _YES.match(told) or not (_NO.match(told) or said):
        return
    kind, slots, about = _subject(around, label) if label else (Kind.GRANT, (), None)
    expression = NON_COMMERCIAL if _NO.match(told) else CONDITIONAL
    yield Statement(
        Kind.ASIDE if kind is Kind.ASIDE else Kind.RESTRICTION,
        f"commercial use: {told}", line, " | ".join(row), how, "medium", slots, about, expression,
    )  # fmt: skip


def _restricted(around: _Around, how: str) -> Iterator[Statement]:
    """Yield what cells forbid in a table without a column for licenses: `non-commercial only` among the notes."""
    table, head = around.table, around.head
    aside = any(CLASSES.search(h) for h in (*table.headings[-1:], *head))
    for line, row in table.rows:
        found = next((m for cell in row if (m := RESTRICTION.search(readable(cell)))), None)
        if found is None:
            continue
        kind, slots, about = _subject(around, plain(row[0]))
        expression = RESEARCH_ONLY if _RESEARCH.search(found[0]) else NON_COMMERCIAL
        kind = Kind.ASIDE if aside or kind is Kind.ASIDE else Kind.RESTRICTION
        yield Statement(
            kind, found[0].strip(), line, " | ".join(row), how, "medium", slots, about, expression
        )


def _speaks(table: Table, row: tuple[str, ...]) -> bool:
    return bool(LICENSE_WORD.search(" ".join((*row, *table.headings, *table.head))))


def _row(
    around: _Around, row: tuple[str, ...], column: int, line: int, lexicon: Lexicon, how: str
) -> Iterator[Statement]:
    cell = readable(row[column])
    label = plain(row[0]) if column else ""
    kind, slots, about = _subject(around, label)
    text = " | ".join(row)
    found = lexicon.mentions(cell)
    restricted = RESTRICTION.search(cell)
    if restricted and not any(m.start < restricted.end() and restricted.start() < m.end for m in found):
        expression = RESEARCH_ONLY if _RESEARCH.search(restricted[0]) else NON_COMMERCIAL
        told = Kind.ASIDE if kind is Kind.ASIDE else Kind.RESTRICTION
        yield Statement(told, restricted[0].strip(), line, text, how, "high", slots, about, expression)
    spelled = list(dict.fromkeys(m.spelling for m in found))
    own = _of_cell(cell, lexicon, how) if spelled and len(nouns(cell)) > 1 else []
    if own:  # `OpenRAIL-M (weights), Apache-2.0 (code)`: the cell itself says what each is for
        for one in own:
            yield Statement(
                Kind.ASIDE if kind is Kind.ASIDE else one.kind,
                one.stated, line, text, how, "high", one.slots, about, one.expression,
            )  # fmt: skip
    elif spelled:
        between = cell[found[0].end : found[-1].start]
        word = "OR" if re.search(r"\bor\b|/", between, re.IGNORECASE) else "AND"
        yield Statement(kind, f" {word} ".join(spelled), line, text, how, "high", slots, about)
    elif not restricted:
        # an empty cell and a placeholder are told as what they are: nothing is stated
        bare = plain(cell).strip()
        if re.fullmatch(r"\[?(?:licen[cs]e|link|see [\w .]+|here)\]?(?:\s+\S+)?", bare, re.IGNORECASE):
            return
        yield Statement(kind, "" if _EMPTY.match(bare) else bare, line, text, how, "high", slots, about)


def _of_cell(cell: str, lexicon: Lexicon, how: str) -> list[Statement]:
    """Return what a cell states of parts that it names itself."""
    told = sentences.statements(Sentence(cell, 0, ("License",)), lexicon, how, words_alone=True)
    return [one for one in told if one.kind in (Kind.GRANT, Kind.RESTRICTION) and one.slots]


def _subject(around: _Around, label: str) -> tuple[Kind, tuple[Slot, ...], str | None]:
    """Return what a row speaks of: its kind, its slots, and the checkpoint that it names."""
    table, head = around.table, around.head
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
    beside = " ".join((*head, *table.headings[-1:]))
    if _FOREIGN.search(first) or any(FOREIGN_HEADING.search(h) for h in table.headings[-1:]):
        return Kind.ASIDE, (), None
    if re.search(r"\(ours?\)|\bours?\b|this (?:work|repo|model)", label, re.IGNORECASE):
        return Kind.GRANT, (Slot.WEIGHTS,), None
    if around.compares:
        return Kind.ASIDE, (), None  # a comparison: the other rows are rivals
    if _DATA.search(first):
        return Kind.GRANT, (Slot.DATA,), label
    if _SAMPLES.match(first) or re.search(r"\.(?:png|jpe?g|gif|wav|mp3|mp4|flac)$", label, re.IGNORECASE):
        return Kind.GRANT, (Slot.SAMPLES,), label
    if _MODELS.search(beside) or _MEASURED.search(beside):
        return Kind.GRANT, (Slot.WEIGHTS,), label or None
    return Kind.GRANT, (), None
