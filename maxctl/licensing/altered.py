"""What a license file says beside the license texts in it, or instead of some of their words.

A text counts as that license only where its words are the license's. What differs is passed over where it is one
of the few things that differ in any copy: titles, copyright lines, names filled in, numbers of clauses, a blank
appendix. Everything else has to be read by a person, in whatever words and language it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from maxctl.adapters.scancode import Match, ScannedFile
from maxctl.licensing import altered_plain as plain
from maxctl.licensing.altered_words import (
    ASIDE,
    ELSEWHERE,
    ENDS_IN_YEAR,
    HEADS,
    HOLDERS,
    HOST,
    IDENTIFIER,
    JOINING,
    KEYWORD,
    LIMITS,
    MARKS,
    MEMBERS,
    MILD,
    NAMES,
    NOTICE,
    NUMBER,
    OPEN_ENDED,
    QUOTED,
    REFERRING,
    RIGHTS,
    STEMS,
    TITLE,
    WEB,
    YEAR,
)
from maxctl.licensing.license_words import Change, Rules, Word, differences, words

MOST_WORDS = 100_000
MOST_MATCHES = 300
"""The longest ones; what only others explain is told."""
MOST_LINES = 40
LONGEST = 4000
MOST_ASKED = 400
"""So many sentences of a file, of so many lines and characters, are read for what they ask; more of them are told."""
MIN_SCORE = 50.0


@dataclass(frozen=True, slots=True)
class Special:
    """Words of a license file that are not those of a license, or words of the license that are not in the file."""

    line: int
    text: str
    left_out: str = ""


def special(
    text: str,
    scanned: ScannedFile,
    rules: Rules,
    named: Callable[[str], bool],
    limited: Callable[[str], bool] | None = None,
) -> list[Special]:
    """Return what a license file says beside the licenses that the scanner found in it, and what of them it leaves out.

    `named` tells whether an expression names a license; other findings explain no words. `limited` tells whether a
    sentence beside a license forbids or asks something; without it no sentence is passed over as one that does not.
    """
    said = words(text)
    if len(said) > MOST_WORDS:
        return [Special(1, f"{len(said)} words, which are too many to be compared with a license")]
    reading = _Reading(text, said, scanned, limited)
    for found in scanned.found:
        if named(found.expression) and not any(named(match.expression) for match in found.matches):
            reading.refers(found.start, found.end)
    return reading.told(
        [match for found in scanned.found for match in found.matches if named(match.expression)], rules
    )


def limits(one: Special) -> bool:
    """Tell whether words have one by which something is forbidden or asked."""
    return any(_is_limit(word) and word.text not in MILD for word in words(one.text))


class _Reading:
    """One file as it is compared."""

    def __init__(
        self, text: str, said: list[Word], scanned: ScannedFile, limited: Callable[[str], bool] | None
    ) -> None:
        self._limited = None if limited is None else cache(_for_some(limited))
        self._shipped: set[str] = set()
        """Texts that hold what is shipped with a license that was found."""
        self._lines = text.splitlines()
        self._said = said
        self._holders = {word.text for notice in scanned.copyrights for word in words(notice)}
        self._of_line: dict[int, list[int]] = {}
        for at, word in enumerate(said):
            self._of_line.setdefault(word.line, []).append(at)
        self._head = set(sorted(self._of_line)[:3])
        self._scratch = bytearray(b"\1") * len(said)
        self._referring: set[int] = set()
        self._bare = True
        """Whether no license is in it, so that nothing is the title of one."""
        self._notices: dict[int, bool] = {}
        self._inside: dict[tuple[re.Pattern[str], int], set[str]] = {}

    def refers(self, first: int, last: int) -> None:
        """Pass over lines that name another file, whose license the scanner found."""
        self._bare = False
        self._referring |= set(range(first, last + 1))

    def told(self, matches: Iterable[Match], rules: Rules) -> list[Special]:
        covered = bytearray(len(self._said))
        replaced: dict[int, tuple[Word, ...]] = {}
        found: list[Special] = []
        for match in sorted(matches, key=lambda one: -one.length)[:MOST_MATCHES]:
            self._shipped |= {_numberless(one) for one in rules.beside(match.rule)}
            changes, first, window = self._compared(match, rules, covered)
            if changes is None:
                continue
            for change in changes:
                self._note(change, first, len(window), replaced, found)
            self._bare = False
            uncovered = {at for change in changes for at in range(change.first, change.last)}
            for at in range(len(window)):
                if at not in uncovered:
                    covered[first + at] = 1
        found += self._beside(covered, replaced, 0, len(covered))
        return sorted(set(found), key=lambda one: (one.line, one.text))

    def _compared(
        self, match: Match, rules: Rules, covered: bytearray
    ) -> tuple[list[Change] | None, int, Sequence[Word]]:
        """Return the changes that make a file of a rule, or of its license, whichever are fewer to be looked at."""
        inside = [at for line in range(match.start, match.end + 1) for at in self._of_line.get(line, ())]
        if not inside or match.score < MIN_SCORE:
            return None, 0, ()
        first, last = inside[0], inside[-1] + 1
        texts = rules.texts(match.rule)
        if not texts and match.by == "1-spdx-id":
            texts = [words(f"SPDX-License-Identifier: {match.expression}")]
        told: list[tuple[int, int, int, int, list[Change]]] = []
        for known in texts:
            # the scanner may lose the end of a long text, where it tells how the license is put on a work
            further = min(len(self._said), max(last, first + len(known) + 10))
            earlier = max(0, min(first, last - len(known) - 10))
            for begin, end in dict.fromkeys(((first, last), (first, further), (earlier, last))):
                changes = differences(known, self._said[begin:end])
                if changes is not None:
                    told.append((self._weight(changes, begin, end - begin), len(told), begin, end, changes))
        if not told:
            return None, first, ()
        _, _, begin, end, changes = min(told, key=lambda one: one[:2])
        return changes, begin, self._said[begin:end]

    def _weight(self, changes: list[Change], first: int, size: int) -> int:
        found: list[Special] = []
        replaced: dict[int, tuple[Word, ...]] = {}
        uncovered = [first + at for change in changes for at in range(change.first, change.last)]
        for change in changes:
            self._note(change, first, size, replaced, found)
        for at in uncovered:
            self._scratch[at] = 0
        told = len(found) + len(self._beside(self._scratch, replaced, first, first + size))
        for at in uncovered:
            self._scratch[at] = 1
        return told

    def _note(
        self,
        change: Change,
        first: int,
        size: int,
        replaced: dict[int, tuple[Word, ...]],
        found: list[Special],
    ) -> None:
        """Keep what a change left out: it is weighed with the words in its place, or alone where there are none."""
        at = first + change.first
        if change.first < change.last:
            replaced.setdefault(at, change.left_out)
        elif change.left_out and not self._may_be_missing(change, size):
            place = min(at, len(self._said) - 1)
            shown = " ".join(word.shown for word in change.left_out)
            line = self._said[place].line
            found.append(Special(line, self._shown(line, line), shown))

    def _may_be_missing(self, change: Change, size: int) -> bool:
        left_out = change.left_out
        usual = RIGHTS | TITLE | HOLDERS | JOINING
        return all(
            _is_number(word)
            or word.is_address
            or word.text in usual
            or (_is_name(word) and not _is_loud(word))
            for word in left_out
        ) or (change.last == size and _is_appendix(left_out))

    def _beside(
        self, covered: bytearray, replaced: dict[int, tuple[Word, ...]], at: int, last: int
    ) -> list[Special]:
        """Return the runs of words that no license explains, and that are nothing that stands in any copy."""
        found: list[Special] = []
        while at < last:
            if covered[at]:
                at += 1
                continue
            end = at
            while end < last and not covered[end]:
                end += 1
            left_out = replaced.get(at, ())
            if not (left_out and self._filled_in(at, end, left_out)):
                found += self._of_run(at, end)
            at = end
        return found

    def _filled_in(self, at: int, end: int, left_out: tuple[Word, ...]) -> bool:
        """Tell whether words are a name in the place of another."""
        replaceable = all(
            word.text in HOLDERS or _is_number(word) or word.is_address or _is_name(word, in_text=True)
            for word in left_out
        )
        here = self._said[at:end]
        before = {word.text for word in self._said[max(0, at - 4) : at]}
        if {"name", "of"} <= before and replaceable and len(here) <= 8:  # `Neither the name of this nor …`
            return not any(word.text in LIMITS - NAMES for word in here)
        return (
            replaceable
            and len(here) <= 25
            and all(_is_name(word, in_text=True) or word.text in HOLDERS for word in here)
        )

    def _of_run(self, at: int, end: int) -> list[Special]:
        """Return the lines of a run that are no title, no copyright line and no mark, joined where they follow."""
        found: list[list[int]] = []
        place = at
        while place < end:
            line = self._said[place].line
            stop = place
            while stop < end and self._said[stop].line == line:
                stop += 1
            if not self._is_usual(place, stop, line):
                if found and line - self._said[found[-1][-1]].line <= 1:
                    found[-1] += range(place, stop)
                else:
                    found.append(list(range(place, stop)))
            place = stop
        return [self._special(one) for one in found if not self._asks_nothing(one)]

    def _special(self, run: list[int]) -> Special:
        first, last = self._said[run[0]].line, self._said[run[-1]].line
        return Special(first, self._shown(first, last))

    def _asks_nothing(self, run: list[int]) -> bool:
        """Tell whether words are shipped with the license, or only say what something is or where it is from."""
        if self._is_shipped(run):
            return True
        if self._limited is None or self._bare:
            return False
        first, last = self._said[run[0]].line, self._said[run[-1]].line
        if last - first > MOST_LINES:
            return self._is_list_of_names(run, first)
        sentence = plain.around(self._lines, first, last)
        if len(sentence) > LONGEST:
            return False
        harmless = (
            self._is_plain(run, sentence)
            or self._is_list_of_names(run, first)
            or self._is_description(run, first, last)
            or self._is_heading(run, first, last)
        )
        return harmless and not self._limited(plain.without_exceptions(sentence))

    def _is_shipped(self, run: list[int]) -> bool:
        if not self._shipped:
            return False
        lines: dict[int, list[Word]] = {}
        for at in run:
            lines.setdefault(self._said[at].line, []).append(self._said[at])
        pieces = [[self._said[at] for at in run]]
        if not any(_numberless(pieces[0]) in text for text in self._shipped):
            pieces = list(lines.values())
        return all(
            any(_numberless(piece) in text for text in self._shipped)
            and (len(pieces) == 1 or len(piece) > 2 or not any(_is_limit(word) for word in piece))
            for piece in pieces
        )

    def _is_plain(self, run: list[int], sentence: str) -> bool:
        """Tell whether each word is a name, or one of those that ask nothing."""
        lines = {self._said[at].line for at in run}
        spared = {word.text for one in plain.exceptions(sentence) for word in words(one)}
        spared |= {word.text for n in lines for word in words(plain.leading_name(self._lines[n - 1]))}
        marks = {line: self._words_in(IDENTIFIER, line) | self._words_in(QUOTED, line) for line in lines}
        known = TITLE | RIGHTS
        if not any(plain.is_harmless(self._said[at], LIMITS) for at in run):
            return False
        nicknames = 0
        if any(plain.points_elsewhere(one) for line in lines for one in self._marks_uncovered(line, run)):
            return False
        for at in run:
            word = self._said[at]
            if word.text in spared or _is_mark(word) or plain.is_harmless(word, LIMITS):
                continue
            if self._is_of_a_name(at):
                continue
            if _is_limit(word):
                return False
            if word.is_address:
                if not _is_known_address(word):
                    return False
                continue
            around = self._said[max(0, at - 8) : at + 4]
            if plain.names_a_license(around, min(at, 8), known):
                return False
            if word.text in known or word.text in marks[word.line] or _is_name(word):
                continue
            nicknames += 1
            if nicknames > 2 or not plain.is_nickname(
                self._said[max(0, at - 3) : at], word, self._said[at + 1 : at + 2]
            ):
                return False
        return True

    def _is_of_a_name(self, at: int) -> bool:
        """Tell whether a word is a part of a name that means something else elsewhere: `Foo Limited`, `3-Clause`."""
        word = self._said[at]
        before = self._said[at - 1] if at else None
        after = self._said[at + 1] if at + 1 < len(self._said) else None
        if before is None or not word.shown[0].isupper():
            return word.text == "clause" and before is not None and _is_number(before)
        if word.text == "limited":
            return before.line == word.line and _is_name(before) and not _is_loud(word)
        if word.text == "university":
            return (after is not None and after.text == "of") or _is_name(before)
        return word.text == "clause" and (_is_number(before) or before.text == "zero")

    def _marks_uncovered(self, line: int, run: list[int]) -> list[str]:
        """Return the names of files and folders on a line that no license explains."""
        here = {self._said[at].text for at in run if self._said[at].line == line}
        return [
            one
            for one in IDENTIFIER.findall(self._lines[line - 1])
            if {word.text for word in words(one)} <= here
        ]

    def _is_list_of_names(self, run: list[int], first: int) -> bool:
        """Tell whether lines of names stand below words that say whose they are."""
        for at in run:
            word = self._said[at]
            if not (_is_name(word, in_text=True) or _is_name(word, on_notice=True) or _is_mark(word)):
                return False
        for line in range(first - 1, max(first - 500, 0), -1):
            here = [self._said[at] for at in self._of_line.get(line, ())]
            if here and not all(_is_name(word, in_text=True) or _is_mark(word) for word in here):
                return plain.is_head_of_names(self._lines[line - 1])
        return False

    def _is_heading(self, run: list[int], first: int, last: int) -> bool:
        """Tell whether it is one word above a license or a copyright line."""
        behind = [self._said[at].line for at in range(run[-1] + 1, min(run[-1] + 2, len(self._said)))]
        return (
            first == last
            and not any(_is_limit(self._said[at]) for at in run)
            and plain.is_heading(self._lines, first)
            and any(line - last <= 4 for line in behind)
        )

    def _is_description(self, run: list[int], first: int, last: int) -> bool:
        if any(_is_limit(self._said[at]) and self._said[at].text not in plain.HARMLESS for at in run):
            return False
        lines = self._lines[first - 1 : last]
        if any(
            len(self._of_line.get(n, ())) > sum(self._said[at].line == n for at in run) for n in (first, last)
        ):
            return False
        if all(plain.is_field(line) or (n and line[:1].isspace()) for n, line in enumerate(lines)):
            return True
        following = next((n for n in range(last + 1, last + 4) if n in self._of_line), None)
        placed = first in self._head or (following is not None and self._is_notice(following, 0))
        return first == last and placed and plain.is_description(lines[0])

    def _is_usual(self, at: int, end: int, line: int) -> bool:
        piece = self._said[at:end]
        whole = len(piece) == len(self._of_line[line])
        if all(_is_mark(word) for word in piece) and (whole or at == self._of_line[line][0]):
            return True
        if all(word.text in RIGHTS for word in piece):
            return True
        if line in self._referring:
            return not any(_is_limit(word) for word in piece)
        if whole and all(word.text in HEADS or _is_mark(word) for word in piece):
            return True
        if self._is_notice(line, 3) and self._holds_notice(piece, at, end, line):
            return self._of_holders(piece, at)
        if any(_is_limit(self._said[n]) and not self._is_of_a_name(n) for n in range(at, end)):
            return False
        if KEYWORD.fullmatch(self._lines[line - 1][:400]):
            return True
        if all(word.text in TITLE or _is_known_address(word) or _is_mark(word) for word in piece):
            return True
        return self._only_names(piece, at, end, line, whole) and not self._says_limits(line)

    def _only_names(self, piece: Sequence[Word], at: int, end: int, line: int, whole: bool) -> bool:
        """Tell whether words only name the project, its license or who holds it."""
        if not self._bare and line == min(self._head) and plain.is_one_word(self._lines[line - 1]):
            return True  # the name of the project
        if not whole:
            return self._refers(piece, at, end, line)
        if self._bare:
            return False
        name = all(
            (_is_name(word) and not word.is_address)
            or _is_known_address(word)
            or word.text in TITLE
            or word.text in JOINING
            for word in piece
        )
        if not name or len(self._of_line[line]) > 10:
            return False
        about = [self._said[one].text for one in self._of_line[line]]
        if self._names_a_license(range(at, end)) and not self._is_title(line, end):
            return False
        return any(word in ("license", "copyright", "notice") for word in about) or (
            line in self._head and len(piece) <= 4
        )

    def _says_limits(self, line: int) -> bool:
        return self._limited is not None and self._limited(plain.without_exceptions(self._shown(line, line)))

    def _names_a_license(self, places: Iterable[int]) -> bool:
        """Tell whether one of some words is the name of a license that nobody knows."""
        return any(
            _is_name(self._said[at])
            and not _is_mark(self._said[at])
            and not self._said[at].is_address
            and plain.names_a_license(
                self._said[max(0, at - 8) : at + 4], min(at, 8), TITLE | RIGHTS | HOLDERS | REFERRING
            )
            for at in places
        )

    def _is_title(self, line: int, behind: int) -> bool:
        """Tell whether a line stands above a license, and names nothing behind a colon."""
        following = self._said[behind].line if behind < len(self._said) else None
        stated = ":" in self._lines[line - 1] or any(
            self._said[n].text == "under" for n in self._of_line[line]
        )
        return not stated and following is not None and following - line <= 4

    def _holds_notice(self, piece: Sequence[Word], at: int, end: int, line: int) -> bool:
        """Tell whether it is these words that make a line a copyright line, not a sentence around them."""
        if any(word.text in MARKS for word in piece):
            return True
        usual = RIGHTS | TITLE | HOLDERS | MARKS
        around = (self._said[n] for n in self._of_line[line] if not at <= n < end)
        return all(word.text in usual or _is_number(word) for word in around)

    def _words_in(self, pattern: re.Pattern[str], line: int) -> set[str]:
        """Return the words of what a pattern finds on a line."""
        key = pattern, line
        if key not in self._inside:
            self._inside[key] = {
                word.text for one in pattern.findall(self._lines[line - 1]) for word in words(one)
            }
        return self._inside[key]

    def _refers(self, piece: Sequence[Word], at: int, end: int, line: int) -> bool:
        """Tell whether words only say of what the license is that is named on their line."""
        around = (self._said[n].text for n in self._of_line[line] if not at <= n < end)
        if self._names_a_license(range(at, end)) or not any(word in TITLE for word in around):
            return False
        names = IDENTIFIER.findall(WEB.sub(" ", self._lines[line - 1]))
        if any("/" in name and plain.points_elsewhere(name) for name in names):
            return False  # `covered by ee/LICENSE`
        known = TITLE | JOINING | REFERRING | self._words_in(IDENTIFIER, line)
        return all(word.text in known or _is_name(word) or _is_known_address(word) for word in piece)

    def _is_notice(self, line: int, back: int) -> bool:
        """Tell whether a line is a copyright line, or goes on with one."""
        shown = self._lines[line - 1]
        if line not in self._notices:
            self._notices[line] = bool(NOTICE.search(shown))
        if self._notices[line]:
            return True
        begun = re.match(r"\s{2,}\S|\W{0,20}(?:\d{4}\b|and\b)|[^@]{0,200}@", shown[:400])
        before = next((n for n in range(line - 1, max(line - 2, 0), -1) if n in self._of_line), None)
        if back <= 0 or before is None:
            return False
        goes_on = begun is not None or ENDS_IN_YEAR.search(self._lines[before - 1]) is not None
        return goes_on and self._is_notice(before, back - 1)

    def _of_holders(self, piece: Sequence[Word], first: int) -> bool:
        """Tell whether words are names, years and what joins them; small letters only where found as such."""
        small = 0
        aside = self._words_in(ASIDE, piece[0].line)
        for at, word in enumerate(piece):
            if word.text in RIGHTS or _is_mark(word) or word.is_address or YEAR.fullmatch(word.text):
                continue
            if self._is_of_a_name(first + at) or (not at and word.text in plain.PARTS and len(piece) > 2):
                continue  # `Modifications Copyright …`
            if word.text in LIMITS - NAMES:
                return False
            if word.text in JOINING | HOLDERS or _is_name(word, on_notice=True):
                continue
            if STEMS.search(word.text):
                return False
            following = piece[at + 1 : at + 4]
            handle = word.text in self._holders or word.text in aside
            handle = handle or any(one.text in MEMBERS or one.is_address for one in following)
            handle = handle or (
                0 < at < len(piece) - 1 and _is_name(piece[at - 1]) and _is_name(piece[at + 1])
            )
            small += not (handle and word.text in aside)
            if not handle or small > 3:
                return False
        return True

    def _shown(self, first: int, last: int) -> str:
        return "\n".join(self._lines[first - 1 : last]).strip()[:1000]


def _for_some(limited: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return what asks of the first sentences, and takes each later one for a limit."""
    left = MOST_ASKED

    def asked(sentence: str) -> bool:
        nonlocal left
        left -= 1
        return left < 0 or limited(sentence)

    return asked


def _numberless(text: Sequence[Word]) -> str:
    """Return words as one string in which each number is the same."""
    plain_words = ("0" if word.text[0].isdigit() else word.text for word in text)
    return f" {' '.join(plain_words)} "


def _is_number(word: Word) -> bool:
    return bool(NUMBER.fullmatch(word.text) or YEAR.fullmatch(word.text))


def _is_mark(word: Word) -> bool:
    """Tell whether a word is the number of a clause, or a year."""
    return _is_number(word)


def _is_known_address(word: Word) -> bool:
    return word.is_address and bool(HOST.match(word.text) or not ELSEWHERE.search(word.text))


def _is_limit(word: Word) -> bool:
    return word.text in LIMITS or bool(STEMS.search(word.text))


def _is_loud(word: Word) -> bool:
    """Tell whether a word may be in capitals because all around it are."""
    return len(word.shown) > 4 and word.shown.isupper()


def _is_name(word: Word, *, in_text: bool = False, on_notice: bool = False) -> bool:
    """Tell whether a word is spelled as a name is, and is no word of terms."""
    if word.text in (LIMITS - NAMES if on_notice else LIMITS):
        return False
    if in_text and word.text in JOINING:
        return True
    first = word.shown[0]
    return (first.isupper() or first.isdigit() or word.is_address) and first < "\u2e80"


def _is_appendix(left_out: tuple[Word, ...]) -> bool:
    head = " ".join(word.text for word in left_out[:12])
    return any(words in head for words in OPEN_ENDED) or len(left_out) < 3
