"""The text of a match: `match.get_full_matched_text`, which tokenizes the lines of the match instead of the file.

Only tokens on those lines are reported. The others serve to count how many known words stand before. scancode
has counted them when it made the query: for ASCII text both of its tokenizers see the same words, so the count
is how many positions of the query lie on earlier lines. Where an earlier line is not ASCII, and the two may
differ, the file is tokenized as scancode does it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from maxctl.adapters.scancode.installed import module


class MatchedText:
    """Stands for `get_full_matched_text`; remembers the lines of one file and the tokens of its last match."""

    def __init__(self) -> None:
        self._match: Any = module("licensedcode.match")
        self._query_lines = module("licensedcode.query").query_lines
        self._original = self._match.get_full_matched_text
        self._file: Any = None
        self._numbers: list[int] = []
        self._lines: list[str] = []
        self._ascii_until = 0
        self._range: tuple[int, int] | None = None
        self._tokens: list[Any] = []

    def __call__(self, match: Any, **settings: Any) -> Iterator[str]:
        """Yield the pieces of a match's text."""
        query = match.query
        if settings.get("only_matched") or not settings.get("_usecache", True) or not query.line_by_pos:
            yield from self._original(match=match, **settings)
            return
        if self._file is not query:
            self._read(query)
        first = bisect_left(self._numbers, match.start_line)
        if first > self._ascii_until:
            yield from self._original(match=match, **settings)
            return
        lines = match.start_line, match.end_line
        if self._range != lines:
            self._tokens = self._tokenize(query, first, *lines)
            self._range = lines
        tokens = self._match.reportable_tokens(
            tokens=self._tokens,
            match_qspan=match.qspan,
            start_line=match.start_line,
            end_line=match.end_line,
            whole_lines=settings.get("whole_lines", False),
        )
        stopwords = self._match.STOPWORDS
        highlight = settings.get("highlight", True)
        for token in tokens:
            value = token.value
            if highlight and token.is_text and value.lower() not in stopwords:
                which = "highlight_matched" if token.is_matched else "highlight_not_matched"
                default = "{}" if token.is_matched else "[{}]"
                yield settings.get(which, default).format(value)
            else:
                yield value

    def _read(self, query: Any) -> None:
        numbered = list(
            self._query_lines(
                location=query.location,
                query_string=query.query_string,
                strip=False,
                start_line=query.start_line,
            )
        )
        self._numbers = [number for number, _ in numbered]
        self._lines = [line for _, line in numbered]
        plain = (at for at, line in enumerate(self._lines) if not line.isascii())
        self._ascii_until = next(plain, len(self._lines))
        self._file, self._range = query, None

    def _tokenize(self, query: Any, first: int, start: int, end: int) -> list[Any]:
        """Return the tokens of the lines, as they would stand in the list of all tokens of the file."""
        position = bisect_left(query.line_by_pos, start)
        # scancode takes index 0 for none, so what is not the first token of the file must not be the first here
        tokens = [self._match.Token(value="", line_num=start - 1)] if first else []
        known = query.idx.dictionary
        split, words = self._match.matched_query_text_tokenizer, self._match.index_tokenizer
        for at in range(first, len(self._lines)):
            number = self._numbers[at]
            if number > end:
                break
            for is_text, text in split(self._lines[at]):
                if not (is_text and text and text.strip()):
                    tokens.append(self._match.Token(value=text, line_num=number))
                    continue
                found = list(words(text))
                whole = len(found) <= 1
                for word in found or [""]:
                    is_known = bool(found) and word in known
                    tokens.append(
                        self._match.Token(
                            value=text if whole else word,
                            line_num=number,
                            is_text=is_text,
                            is_known=is_known,
                            pos=position if is_known else -1,
                        )
                    )
                    position += is_known
        return tokens
