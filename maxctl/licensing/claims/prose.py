"""Markdown, reStructuredText and plain text as sentences and table rows, each with its line and its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from maxctl.licensing.claims import tidy

_ATX = re.compile(r"^\s{0,3}(#{1,6})[ \t]+(.*)$")
_UNDERLINE = re.compile(r"^(=|-|~|\^|\*|\"|'|\+|#)\1{2,}\s*$")
_HTML_HEADING = re.compile(r"<h([1-6])\b[^<>]*>", re.IGNORECASE)
_BOLD_HEADING = re.compile(r"^\s*(?:\*\*|__)([^*_]{3,60})(?:\*\*|__):?\s*$")
_FENCE = re.compile(r"^(?P<indent>\s*)(?:[-*+]\s+|\d{1,9}[.)]\s+)?(?P<mark>`{3,}(?=[^`]*$)|~{3,})")
_QUOTE = re.compile(r"^\s{0,12}>(?:[ \t]{0,3}>){0,20}[ \t]?")
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
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>")
_SHOWN = re.compile(r"(?:\s|^)(?:href|src|alt)\s*=\s*(?:\"([^\"]+)\"|'([^']+)')", re.IGNORECASE)
"""What of a tag is read: addresses, and the words that stand for a picture."""
_PICTURE = re.compile(r"<img\b([^<>]{1,1500})>", re.IGNORECASE)
_NAMED = re.compile(r"\s(alt|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_STRIKES = re.compile(r"<(/?)(s|del|strike)\b[^<>]*>", re.IGNORECASE)
_TILDES = re.compile(r"~~[^~\n]+~~")
_INSIDE_WORD = re.compile(
    r"(?<=[^\W\d_])(?:\*{1,3}|</?(?:b|i|em|strong|span|u|font|small|big|mark|sub|sup|wbr)\b[^<>]{0,200}/?>){1,4}(?=[^\W\d_])"
    r"|(?<=[^\W\d_])(?:\*{1,3}|_{1,3}|`|</?(?:b|i|em|strong|span|u|font|small|big|mark)\b[^<>]{0,200}>){1,4}(?=-[*_`<]*[^\W\d_])"
    r"|(?<=-)(?:\*{1,3}|_{1,3}|`|</?(?:b|i|em|strong|span|u|font|small|big|mark)\b[^<>]{0,200}>){1,4}(?=[^\W\d_])",
    re.IGNORECASE,
)
"""Emphasis that begins or ends within a word: the word is one."""
_UNSHOWN = re.compile(r"^\s{0,3}\[(?://|#|[^\]\n]{1,80})\]:\s*(?:#|<>)\s*(?:\"[^\"]*\"|'[^']*'|\(.*\))\s*$")
"""A link that leads nowhere and has a title: how a comment is written in Markdown."""
_OPENS = re.compile(r"<!--(?!-?>)")
_BEGINS = re.compile(r"^\s*(?:[-*+]\s+|\d{1,9}[.)]\s+)?<!--")
_DATA = re.compile(r"[!-~]{300,}")
"""A picture as text, a checksum, a minified script: no prose."""
MAX_LINE = 4000
"""A longer line is read in parts."""
MAX_PARAGRAPH = 200
"""So many lines a comment within a paragraph reaches."""
MAX_PART = 2000
"""A longer paragraph is read in parts."""
MAX_TAGS = 50_000
"""Tables in HTML are not read among more tags."""
SHORT_PART = 800
"""The parts of a long line, of which few are prose."""
MAX_LONG = 32 * 1024
"""So much is read of the long lines of one document."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, list item or heading; `line` is where it begins."""

    text: str
    line: int
    headings: tuple[str, ...] = ()
    item: bool = False
    before: str = ""
    """The sentence before it in its paragraph or list item."""
    terms: bool = False
    """Whether it stands beside one that names a license."""
    lead: str = ""
    """Of a list item: the sentence with a colon that the list stands below."""
    topic: str = ""
    """Where terms are spoken of, the nearest sentence before it that names what is licensed."""

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
    unshown: frozenset[int] = frozenset()
    """The lines of code and of comments."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    """What was not read, or was written to deceive."""


def cut(text: str, first_line: int = 1) -> Document:
    """Return the document of a text whose first line has this number."""
    document = Document()
    document.problems += [(first_line + line - 1, told) for line, told in tidy.oddities(text)]
    lines = _Lines(tidy.characters(text), document, first_line)
    shown = lines.prose
    document.unshown = frozenset(first_line + n for n, line in enumerate(shown) if not line)
    headings: list[tuple[int, str]] = []
    block: list[str] = []
    begun = 0
    lead = ""

    def flush() -> None:
        nonlocal block, lead
        if any(line.strip() for line in block):
            lead = _block(document, block, first_line + begun, tuple(name for _, name in headings), lead)
        block = []

    for number, line in enumerate(shown):
        if line is None:  # code
            flush()
            continue
        if len(line) > MAX_LINE:
            flush()
            begun = number
            for part in lines.parts(number):
                block = [part]
                flush()
            continue
        following = (shown[number + 1] if number + 1 < len(shown) else "") or ""
        heading = None if lines.quoted[number] and not _ATX.match(line) else _heading(line, following)
        if heading:
            flush()
            level, name = heading
            headings = [known for known in headings if known[0] < level]
            document.sentences.append(
                Sentence(name, first_line + number, tuple(known for _, known in headings))
            )
            headings.append((level, name))
            lead = name if name.endswith((":", "：")) else ""
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
    whole = "\n".join(line or "" for line in shown)
    if whole.count("<") > MAX_TAGS and "<table" in whole.lower():
        document.problems.append((first_line, "it has more tables in HTML than are read"))
    else:
        document.tables += _html_tables(whole, first_line)
    return document


class _Lines:
    """The lines of a text: prose as it is shown, None for code; comments are empty, quotes without their marks."""

    def __init__(self, text: str, document: Document, first_line: int) -> None:
        self._document, self._first = document, first_line
        self._raw = text.split("\n")
        self._left = MAX_LONG
        self.prose: list[str | None] = []
        self.quoted = [False] * len(self._raw)
        self._read()

    def _read(self) -> None:
        number, items, open_end = 0, list[int](), False
        while number < len(self._raw):
            line = self._unquoted(number)
            items = _containers(line, items)
            fence = _FENCE.match(line[:MAX_LINE])
            if fence and not self._underlines(number, fence["mark"], line):
                end = None if open_end else self._end_of_fence(number, line, fence, items)
                if end is None:  # never closed: what follows is read, as people read it
                    open_end = True
                    self.prose.append("")
                    number += 1
                    continue
                for inside in range(number, end):
                    self.prose.append(None)
                    if inside > number and not (inside == end - 1 and self._closed):
                        self._document.code.append((self._first + inside, self._unquoted(inside)))
                number = end
                continue
            if "<!--" in line:
                number = self._without_comments(number, line)
                continue
            self.prose.append(_shown(line))
            number += 1

    def _unquoted(self, number: int) -> str:
        line = self._raw[number]
        found = _QUOTE.match(line) if ">" in line[:40] else None
        if found is None:
            return line
        rest = line[found.end() :]
        if not rest.strip():  # the end of a tag that was begun on a line above, unless quotes stand around
            around = self._raw[max(number - 1, 0) : number] + self._raw[number + 1 : number + 2]
            if not any(_QUOTE.match(one) for one in around):
                return line
        self.quoted[number] = True
        return rest

    def _end_of_fence(self, number: int, line: str, fence: re.Match[str], items: list[int]) -> int | None:
        """Return the line behind a fenced block: behind its closing mark, or where what it stands in ends."""
        mark, quoted = fence["mark"], self.quoted[number]
        closing = re.compile(rf"^\s*{re.escape(mark[0])}{{{len(mark)},}}\s*$")
        inner = max((offset for offset in items if offset <= len(line[: fence.start("mark")])), default=0)
        self._closed = False
        for place in range(number + 1, len(self._raw)):
            told = self._unquoted(place)
            if quoted and not self.quoted[place]:
                return place
            if closing.match(told):
                self._closed = True
                return place + 1
            if told.strip() and inner and _indent(told) < inner:
                return place
        return None

    def _underlines(self, number: int, mark: str, line: str) -> bool:
        """Tell whether tildes stand below a heading of reStructuredText."""
        above = self._raw[number - 1].strip() if number else ""
        return mark == line.strip() and mark[0] == "~" and 0 < len(above) <= len(mark)

    def _without_comments(self, number: int, line: str) -> int:
        """Add a line, and those that a comment in it reaches over, without the comment; return the line behind."""
        kept: list[str] = []
        place = ticks = counted = 0
        last = line.rfind("-->")
        while (found := _OPENS.search(line, place)) is not None:
            ticks, counted = ticks + line.count("`", counted, found.start()), found.start()
            if ticks % 2 and "`" in line[found.end() : found.end() + 80]:  # spoken of: `<!--`
                kept.append(line[place : found.end()])
                place = found.end()
                continue
            if last >= found.end():
                kept.append(line[place : found.start()])
                place = line.find("-->", found.end()) + 3
                continue
            begun = _BEGINS.match(line)
            begins = begun is not None and found.end() == begun.end()
            behind = self._end_of_comment(number, begins)
            if behind is None and not begins:
                break
            if behind is None:
                problem = (
                    "a comment is opened here and never closed: what follows is hidden, and was not read"
                )
                self._document.problems.append((self._first + number, problem))
                behind = len(self._raw)
            self.prose.append(_shown("".join((*kept, line[place : found.start()]))))
            self.prose += [""] * (behind - number - 1)
            if behind < len(self._raw):
                self._raw[behind] = self._raw[behind][self._raw[behind].find("-->") + 3 :]
            return behind
        self.prose.append(_shown("".join((*kept, line[place:]))))
        return number + 1

    def _end_of_comment(self, number: int, begins: bool) -> int | None:
        """Return the line that holds the end of a comment; one within a paragraph ends with that."""
        last = len(self._raw) if begins else min(number + MAX_PARAGRAPH, len(self._raw))
        for place in range(number + 1, last):
            if "-->" in self._raw[place]:
                return place
            if not begins and not self._raw[place].strip():
                return None
        return None

    def parts(self, number: int) -> Iterator[str]:
        """Yield a long line in parts; what is too much of it is told, where it speaks of licenses."""
        line = _DATA.sub(" ", self.prose[number] or "")
        place = 0
        while place < len(line):
            if self._left <= 0:
                if tidy.TELLING.search(line, place):
                    problem = f"its line is {len(line)} characters long, and was not wholly read"
                    self._document.problems.append((self._first + number, problem))
                return
            end = _part(line, place, SHORT_PART)
            yield line[place:end]
            self._left -= end - place
            place = end


def _part(text: str, place: int, longest: int = MAX_PART) -> int:
    """Return where a part of a long text ends: behind a line, a sentence or a word."""
    end = place + longest
    if end >= len(text):
        return len(text)
    for mark in (". ", ".\n", "。", "\n", " "):
        found = text.rfind(mark, place + longest // 2, end)
        if found >= 0:
            return found + len(mark)
    return end


def _indent(line: str) -> int:
    bare = line.expandtabs(4)
    return len(bare) - len(bare.lstrip())


def _containers(line: str, items: list[int]) -> list[int]:
    """Return how far the text of each list item is indented that a line stands in."""
    if not line.strip():
        return items
    indent = _indent(line)
    kept = [offset for offset in items if offset <= indent]
    item = re.match(r"\s*(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}(?=\S)", line)
    return [*kept, len(item[0].expandtabs(4))] if item and len(kept) < 20 else kept


def _shown(line: str) -> str:
    """Return a line as it is shown: entities are characters, a word is one whatever part of it is emphasized."""
    if _UNSHOWN.match(line):
        return ""
    line = tidy.entities(line)
    if "<img" in line:
        line = _PICTURE.sub(_picture, line)
    if "*" in line or "<" in line or "-" in line:
        line = _INSIDE_WORD.sub("", line)
    return line.rstrip()


def _picture(found: re.Match[str]) -> str:
    """Return a picture in HTML as Markdown has it, so that the words that stand for it are words."""
    told = {kept[1].lower(): kept[2] or kept[3] or "" for kept in _NAMED.finditer(found[1])}
    words = re.sub(r"[\[\]()|]", " ", told.get("alt", "")).strip()
    address = re.sub(r"[\s()]", "", told.get("src", "")) or "#"
    return f"![{words}]({address})" if words else found[0]


def _heading(line: str, following: str) -> tuple[int, str] | None:
    found = _ATX.match(line)
    if found:
        return len(found[1]), plain(_unclosed(found[2]))
    if line.strip() and _UNDERLINE.match(following) and "|" not in line and len(line.strip()) <= 80:
        mark = following.strip()[0]
        # a list of three dashes below a sentence is a rule, not its underline
        if len(following.strip()) >= min(len(line.strip()), 3) and not _ITEM.match(line):
            return {"=": 1, "-": 2}.get(mark, 3), plain(line.strip())
    told = _html_heading(line)
    if told:
        return told
    found = _BOLD_HEADING.match(line)
    if found:
        return 6, plain(found[1])
    return None


def _unclosed(words: str) -> str:
    """Return the words of a heading without the marks behind them."""
    bare = words.rstrip()
    marked = bare.rstrip("#")
    return marked.rstrip() if marked != bare and (not marked or marked[-1].isspace()) else bare


def _html_heading(line: str) -> tuple[int, str] | None:
    found = _HTML_HEADING.search(line) if "<" in line else None
    end = line.lower().find(f"</h{found[1]}>", found.end()) if found else -1
    return (int(found[1]), plain(line[found.end() : end])) if found and end >= 0 else None


def _block(document: Document, lines: list[str], line: int, headings: tuple[str, ...], lead: str) -> str:
    """Add the sentences of a block, and return what a list below it stands below: the last one with a colon, if any."""
    if (
        len(lines) >= 2
        and all(_ROW.match(one) for one in lines)
        and any(_RULE.match(one) for one in lines[:3])
    ):
        rows = [(line + n, cells(one)) for n, one in enumerate(lines) if not _RULE.match(one)]
        document.tables.append(Table(rows[0][1] if rows else (), tuple(rows[1:]), line, headings))
        return ""
    text = "\n".join(lines)
    item = bool(_ITEM.match(lines[0]))
    before = ""
    place = 0
    while place < len(text):
        end = _part(text, place)
        begun = line + text.count("\n", 0, place)
        part = text[place:end]
        for start, sentence in _sentences(part):
            at = begun + part.count("\n", 0, start)
            document.sentences.append(
                Sentence(sentence, at, headings, item, before, lead=lead if item else "")
            )
            before = sentence
        place = end
    if before.rstrip(" *_").endswith((":", "：")):
        return before
    return lead if item else ""


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for found in _END.finditer(text):
        if _ABBREVIATED.search(text[max(start, found.start() - 12) : found.start()]):
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


_LINKED = re.compile(r"!?\[([^\[\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)?\)")


def plain(text: str) -> str:
    """Return a short text without links, emphasis and tags."""
    text = _LINKED.sub(r"\1", _LINKED.sub(r"\1", text))
    return re.sub(r"[*_`]|<[^<>]+>", "", text).strip()


def without_tags(text: str) -> str:
    """Return a text of the same length in which tags and comments are blanks; what a tag shows or links to stays."""
    if "<" not in text and "~~" not in text:
        return text

    def blank(found: re.Match[str]) -> str:
        tag, told, place = found[0], "", 0
        for kept in _SHOWN.finditer(tag) if "=" in tag else ():
            group = 1 if kept[1] is not None else 2
            told += _blanks(tag[place : kept.start(group)]) + kept[group]
            place = kept.end(group)
        return told + _blanks(tag[place:])

    text = _TILDES.sub(lambda found: _blanks(found[0]), text)
    return _TAG.sub(blank, _without_struck(_without_hidden(text)))


def _blanks(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _without_hidden(text: str) -> str:
    place = text.find("<!--")
    while place >= 0:
        end = text.find("-->", place + 4)
        if end < 0:
            break
        text = text[:place] + _blanks(text[place : end + 3]) + text[end + 3 :]
        place = text.find("<!--", end)
    return text


def _without_struck(text: str) -> str:
    """Blank what its author crossed out."""
    opened: re.Match[str] | None = None
    for found in list(_STRIKES.finditer(text)):
        if not found[1]:
            opened = opened or found
        elif opened is not None and found[2].lower() == opened[2].lower():
            text = text[: opened.start()] + _blanks(text[opened.start() : found.end()]) + text[found.end() :]
            opened = None
    return text


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
    lower = text.lower()
    begin, end = lower.find("<table"), lower.rfind("</table")
    if begin < 0 or end < begin:
        return
    before = text.count("\n", 0, begin)
    parser = _Tables()
    parser.feed(text[begin : end + len("</table>")])
    parser.close()
    named = [(n, plain(found)) for n, line in enumerate(text.split("\n")) if (found := _named(line))]
    for rows in parser.found:
        told = [
            (first_line + before + line - 1, tuple(cell.strip() for cell in row)) for line, row in rows if row
        ]
        if len(told) > 1:
            above = [name for n, name in named if n < told[0][0] - first_line][-1:]
            yield Table(told[0][1], tuple(told[1:]), told[0][0], tuple(above))


def _named(line: str) -> str:
    """Return the words of a line that is a heading."""
    found = _ATX.match(line)
    if found:
        return _unclosed(found[2])
    told = _html_heading(line)
    return told[1] if told else ""
