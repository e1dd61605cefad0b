"""Markdown, reStructuredText and plain text as sentences and table rows, each with its line and its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_ATX = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^(=|-|~|\^|\*|\"|'|\+|#)\1{2,}\s*$")
_HTML_HEADING = re.compile(r"<h([1-6])[^>]*>(.*?)</h\1>", re.IGNORECASE)
_BOLD_HEADING = re.compile(r"^\s*(?:\*\*|__)([^*_]{3,60})(?:\*\*|__):?\s*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_BADGES = re.compile(r"^\s*(?:\[?!\[[^\]]*\]\([^)]*\)(?:\]\([^)]*\))?\s*)+$|^\s*\.\. image::")
_ROW = re.compile(r"^\s*\|.*\|\s*$|^[^|]+(\|[^|]+)+$")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
_END = re.compile(
    r"(?<=[.!?])[\"')\]*_`]*\s+(?=[\"'(\[*_`]*[A-Z0-9\U0001F300-\U0001FAFF])|(?<=[。！？；])|\n(?=\s*\n)"
)
_ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|etc|vs|cf|v|ver|no|fig|al|approx|resp|Inc|Ltd|Dr|Mr|St)\.\s*$", re.IGNORECASE
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^>]*>|<!--.*?-->", re.DOTALL)
_STRUCK = re.compile(r"<(s|del|strike)\b[^>]*>.*?</\1>|~~[^~\n]+~~", re.DOTALL | re.IGNORECASE)
"""What its author crossed out."""
MAX_LINE = 4000
"""What stands further right in a line is data, not prose."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or heading; `line` is where it begins."""

    text: str
    line: int
    headings: tuple[str, ...] = ()
    item: bool = False
    before: str = ""
    """The sentence before it in its paragraph or list item."""

    def line_at(self, offset: int) -> int:
        """Return the line of a character of the sentence."""
        return self.line + self.text.count("\n", 0, offset)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its head, and each row's cells with the row's line."""

    head: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    line: int
    headings: tuple[str, ...] = ()


@dataclass(slots=True)
class Document:
    """A text cut into what can be read on its own."""

    sentences: list[Sentence] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    code: list[tuple[int, str]] = field(default_factory=list)
    """Lines inside fences."""


def cut(text: str, first_line: int = 1) -> Document:
    """Return the document of a text whose first line has this number."""
    document = Document()
    lines = [line[:MAX_LINE] for line in text.split("\n")]
    headings: list[tuple[int, str]] = []
    block: list[str] = []
    begun = 0

    def flush() -> None:
        nonlocal block
        if any(line.strip() for line in block):
            _block(document, block, first_line + begun, tuple(name for _, name in headings))
        block = []

    fenced = False
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            flush()
            fenced = not fenced
            continue
        if fenced:
            document.code.append((first_line + number, line))
            continue
        following = lines[number + 1] if number + 1 < len(lines) else ""
        heading = _heading(line, following)
        if heading:
            flush()
            level, name = heading
            headings = [known for known in headings if known[0] < level]
            document.sentences.append(
                Sentence(name, first_line + number, tuple(known for _, known in headings))
            )
            headings.append((level, name))
            continue
        if _UNDERLINE.match(line) and not block:
            continue
        if not line.strip():
            flush()
            continue
        if (
            _ITEM.match(line)
            or _BADGES.match(line)
            or (block and _BADGES.match(block[-1]))
            or (block and bool(_ROW.match(line)) != bool(_ROW.match(block[-1])))
        ):
            flush()
        if not block:
            begun = number
        block.append(line)
    flush()
    for table in _html_tables(text, first_line):
        document.tables.append(table)
    return document


def _heading(line: str, following: str) -> tuple[int, str] | None:
    found = _ATX.match(line)
    if found:
        return len(found[1]), plain(found[2])
    if line.strip() and _UNDERLINE.match(following) and "|" not in line and len(line.strip()) <= 80:
        mark = following.strip()[0]
        # a list of three dashes below a sentence is a rule, not its underline
        if len(following.strip()) >= min(len(line.strip()), 3) and not _ITEM.match(line):
            return {"=": 1, "-": 2}.get(mark, 3), plain(line.strip())
    found = _HTML_HEADING.search(line)
    if found:
        return int(found[1]), plain(found[2])
    found = _BOLD_HEADING.match(line)
    if found:
        return 6, plain(found[1])
    return None


def _block(document: Document, lines: list[str], line: int, headings: tuple[str, ...]) -> None:
    if (
        len(lines) >= 2
        and all(_ROW.match(one) for one in lines)
        and any(_RULE.match(one) for one in lines[:3])
    ):
        rows = [(line + n, cells(one)) for n, one in enumerate(lines) if not _RULE.match(one)]
        document.tables.append(Table(rows[0][1] if rows else (), tuple(rows[1:]), line, headings))
        return
    text = "\n".join(lines)
    item = bool(_ITEM.match(lines[0]))
    before = ""
    for start, sentence in _sentences(text):
        at = line + text.count("\n", 0, start)
        document.sentences.append(Sentence(sentence, at, headings, item, before))
        before = sentence


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for found in _END.finditer(text):
        if _ABBREVIATED.search(text[start : found.start()]):
            continue
        if text[start : found.start()].strip():
            yield _trimmed(start, text[start : found.start()])
        start = found.end()
    if text[start:].strip():
        yield _trimmed(start, text[start:])


def _trimmed(start: int, text: str) -> tuple[int, str]:
    return start + len(text) - len(text.lstrip()), text.strip()


def cells(row: str) -> tuple[str, ...]:
    """Return the cells of a Markdown table's row."""
    bare = row.strip()
    bare = bare.removeprefix("|").removesuffix("|")
    return tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", bare))


def plain(text: str) -> str:
    """Return a short text without links, emphasis and tags."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*_`]|<[^>]+>", "", text).strip()


def without_tags(text: str) -> str:
    """Return a text of the same length in which tags and comments are blanks; addresses in them stay."""

    text = _STRUCK.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)

    def blank(found: re.Match[str]) -> str:
        tag = found[0]
        kept = re.search(r"(?:href|src)\s*=\s*[\"']([^\"']+)[\"']", tag)
        if kept is None:
            return re.sub(r"[^\n]", " ", tag)
        return (
            re.sub(r"[^\n]", " ", tag[: kept.start(1)]) + kept[1] + re.sub(r"[^\n]", " ", tag[kept.end(1) :])
        )

    return _TAG.sub(blank, text)


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[list[tuple[int, list[str]]]] = []
        self._open: list[list[tuple[int, list[str]]]] = []
        self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append([])
        elif tag == "tr" and self._open:
            self._open[-1].append((self.getpos()[0], []))
        elif tag in ("td", "th") and self._open and self._open[-1]:
            self._open[-1][-1][1].append("")
            self._cell = True
        elif tag == "a" and self._cell:
            self.handle_data(f" {dict(attrs).get('href') or ''} ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._open:
            self.found.append(self._open.pop())
        if tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._cell and self._open and self._open[-1] and self._open[-1][-1][1]:
            self._open[-1][-1][1][-1] += data


def _html_tables(text: str, first_line: int) -> Iterator[Table]:
    if "<table" not in text.lower():
        return
    parser = _Tables()
    parser.feed(text)
    parser.close()
    for rows in parser.found:
        told = [(first_line + line - 1, tuple(cell.strip() for cell in row)) for line, row in rows if row]
        if len(told) > 1:
            yield Table(
                told[0][1], tuple(told[1:]), told[0][0], _headings_before(text, told[0][0] - first_line)
            )


def _headings_before(text: str, lines: int) -> tuple[str, ...]:
    for line in reversed(text.split("\n")[:lines]):
        found = _ATX.match(line) or _HTML_HEADING.search(line)
        if found:
            return (plain(found[2]),)
    return ()
