"""What a license file says beside the license texts in it, or instead of some of their words.

A text counts as that license only where its words are the license's. What differs is passed over where it is one
of the few things that differ in any copy: titles, copyright lines, names filled in, numbers of clauses, a blank
appendix. Everything else has to be read by a person, in whatever words and language it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from maxctl.adapters.scancode import Match, ScannedFile
from maxctl.licensing.license_words import Change, Rules, Word, differences, words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MOST_WORDS = 100_000
MOST_MATCHES = 300
"""The longest ones; what only others explain is told."""
MIN_SCORE = 50.0
_KEYWORD = re.compile(
    r"[#*/ ]{0,9}\$(?:File|Id|Date|Revision|Author|Header|Source|URL|Rev): [\w.,:/ -]{1,200}\$\s*"
)
"""What an old version control fills in: `$File: COPYING,v 1.2 2018/09/09 $`."""
_YEAR = re.compile(r"(?:19|20)\d\d(?:(?:19|20)\d\d)*")
_NUMBER = re.compile(r"\d{1,2}|[a-z]|i{1,3}|iv|vi{0,3}|ix|xi{0,3}")
_NOTICE = re.compile(
    r"copyright|copr\.|©|\(c\)|^\W*(?:authors?|(?:written|developed) by|contributors?|maintainers?)\b",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"^(?:[\w-]+\.)*(?:opensource\.org|apache\.org|creativecommons\.org|gnu\.org|fsf\.org|spdx\.org|mit-license\.org"
    r"|unlicense\.org|mozilla\.org|boost\.org|choosealicense\.com|python\.org|sil\.org)(?:/|$)"
)
"""Where licenses themselves are kept."""
_ELSEWHERE = re.compile(r"licen|terms|eula|agreement|policy|commercial|pricing", re.IGNORECASE)
_ASIDE = re.compile(r"\([\w.-]{1,40}(?: \d{1,4})?\)|<[\w .@-]{1,60}>")
"""A nick or the name of a project behind the name of a person."""
_RIGHTS = _set("all right reserved copyright c copyrighted")
_JOINING = _set(
    "a an and at by de del der di et al for from in inc la llc ltd co corp gmbh ag bv of or its the to van von"
    " den y und on other team project et present now date portion part contributor author author' developer"
    " maintainer written various see file list listed individual community js io py ai org net dev txt md detail"
)
"""What joins names on a copyright line."""
_HOLDERS = _set(
    "copyright holder owner author contributor organization name company university regent the of and or its"
    " institute foundation year yyyy fullname full project corporation inc ltd llc developer licensor they he she"
    " it his her their to a an by copyrightholder nor any"
)
"""Whose place a name takes in a license that is filled in."""
_TITLE = _set(
    "license licensed licensing mit bsd apache isc gnu gpl lgpl agpl general public lesser version v clause"
    " simplified revised new modified software the copyright notice legal code creative common attribution expat"
    " zlib boost unlicense python for of information file full text open source initiative osi approved opensource"
    " begin end spdx identifier january x11 mpl mozilla epl eclipse universal cc cc0 by psf foundation is under"
    " and a an this project library following follow below tldr style type name"
)
"""What the titles of licenses are made of."""
_HEADS = _TITLE | _set("permission term condition use distribution agreement redistribution")
"""What headings are made of that stand alone on their line."""
_REFERRING = _set(
    "are which reproduced below above also made available released distributed published provided with software"
    " code package some full contained included found more root directory repository covered cover these it that"
    " here our accompanying detail both used"
)
"""What stands beside the name of a license in a sentence that says of something that it is under it."""
_IDENTIFIER = re.compile(r"\b[\w-]{1,80}(?:[_/][\w./-]{0,200}|\.(?:[A-Za-z]{1,4}|\d+)\b)")
_LIMITS = _set(
    "only not no non nor neither never without unless except exception excluding exclude must may might shall"
    " should can cannot could will would need require required permission permit permitted allow allowed prohibit"
    " prohibited forbid forbidden restrict restricted restriction limit limited consent contact pay paid payment"
    " fee cost price sell sold sale buy purchase commercial commercially noncommercial nonprofit profit academic"
    " academically student pupil teaching educational scientific use used using usage user purpose evaluation"
    " trial internal internally personal personally private proprietary confidential expire expired until"
    " terminate terminated revoke revoked evil good military weapon surveillance condition conditional agreement"
    " eula term weight model data dataset checkpoint output dual commons clause government employee revenue"
    " distribute redistribute distribution redistribution copy modify modification derivative train training grant"
    " granted hereby subject reserve apply"
)
"""Words of terms: what has one of them is no name and no title, however it is spelled."""
_MARKS = _set("copyright copyrighted c author contributor maintainer written developed")
_NAMES = _set(
    "will may good price sell cost data model output training train academic educational scientific government"
    " copy grant personal private evaluation surveillance military dual clause user common term reserve apply"
    " weight sale"
)
"""Those of them that also stand in names of people and firms: on a copyright line they say nothing."""
_MEMBERS = _set("contributor author developer maintainer team project community foundation organization")
_STEMS = re.compile(
    r"commerc|kommerz|comerci|commerci|gewerb|nichtk|schul|lehr|forsch|akadem|academ|universi|educa|recherch|investig"
    r"|interdit|prohib|verbot|untersag|vietat|noncom|nonprof|evaluat|research|student|коммерч|некоммерч"
)
"""What words of limits begin with or hold, in the languages in which they are met."""
_MILD = _NAMES | _set(
    "used using use distribution distribute redistribute redistribution modify modification derivative apply"
    " subject term condition granted permission permit permitted can could will would should may shall purpose"
    " clause"
)
"""Those that any notice of what something contains may have."""
_OPEN_ENDED = ("end of term and condition", "how to apply")
"""After these words a license only tells how it is to be put on a work."""


@dataclass(frozen=True, slots=True)
class Special:
    """Words of a license file that are not those of a license, or words of the license that are not in the file."""

    line: int
    text: str
    left_out: str = ""


def special(text: str, scanned: ScannedFile, rules: Rules, named: Callable[[str], bool]) -> list[Special]:
    """Return what a license file says beside the licenses that the scanner found in it, and what of them it leaves out.

    `named` tells whether an expression names a license; other findings explain no words.
    """
    said = words(text)
    if len(said) > MOST_WORDS:
        return [Special(1, f"{len(said)} words, which are too many to be compared with a license")]
    reading = _Reading(text, said, scanned)
    for found in scanned.found:
        if named(found.expression) and not any(named(match.expression) for match in found.matches):
            reading.refers(found.start, found.end)
    return reading.told(
        [match for found in scanned.found for match in found.matches if named(match.expression)], rules
    )


def limits(one: Special) -> bool:
    """Tell whether words have one by which something is forbidden or asked."""
    return any(_is_limit(word) and word.text not in _MILD for word in words(one.text))


class _Reading:
    """One file as it is compared."""

    def __init__(self, text: str, said: list[Word], scanned: ScannedFile) -> None:
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
        usual = _RIGHTS | _TITLE | _HOLDERS | _JOINING
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
            word.text in _HOLDERS or _is_number(word) or word.is_address or _is_name(word, in_text=True)
            for word in left_out
        )
        here = self._said[at:end]
        before = {word.text for word in self._said[max(0, at - 4) : at]}
        if {"name", "of"} <= before and replaceable and len(here) <= 8:  # `Neither the name of this nor …`
            return not any(word.text in _LIMITS - _NAMES for word in here)
        return (
            replaceable
            and len(here) <= 25
            and all(_is_name(word, in_text=True) or word.text in _HOLDERS for word in here)
        )

    def _of_run(self, at: int, end: int) -> list[Special]:
        """Return the lines of a run that are no title, no copyright line and no mark, joined where they follow."""
        found: list[tuple[int, int]] = []
        place = at
        while place < end:
            line = self._said[place].line
            stop = place
            while stop < end and self._said[stop].line == line:
                stop += 1
            if not self._is_usual(place, stop, line):
                if found and line - found[-1][1] <= 1:
                    found[-1] = (found[-1][0], line)
                else:
                    found.append((line, line))
            place = stop
        return [Special(first, self._shown(first, last)) for first, last in found]

    def _is_usual(self, at: int, end: int, line: int) -> bool:
        piece = self._said[at:end]
        whole = len(piece) == len(self._of_line[line])
        if all(_is_mark(word) for word in piece) and (whole or at == self._of_line[line][0]):
            return True
        if all(word.text in _RIGHTS for word in piece):
            return True
        if line in self._referring:
            return not any(_is_limit(word) for word in piece)
        if whole and all(word.text in _HEADS or _is_mark(word) for word in piece):
            return True
        if self._is_notice(line, 3) and self._holds_notice(piece, at, end, line):
            return self._of_holders(piece)
        if any(_is_limit(word) for word in piece):
            return False
        if _KEYWORD.fullmatch(self._lines[line - 1][:400]):
            return True
        if all(word.text in _TITLE or _is_known_address(word) or _is_mark(word) for word in piece):
            return True
        if not self._bare and line == min(self._head) and len(self._lines[line - 1].split()) == 1:
            return True  # the name of the project
        if not whole:
            return self._refers(piece, line)
        if self._bare:
            return False
        name = all(
            (_is_name(word) and not word.is_address)
            or _is_known_address(word)
            or word.text in _TITLE
            or word.text in _JOINING
            for word in piece
        )
        if not name or len(self._of_line[line]) > 10:
            return False
        about = [self._said[one].text for one in self._of_line[line]]
        return any(word in ("license", "copyright", "notice") for word in about) or (
            line in self._head and len(piece) <= 4
        )

    def _holds_notice(self, piece: Sequence[Word], at: int, end: int, line: int) -> bool:
        """Tell whether it is these words that make a line a copyright line, not a sentence around them."""
        if any(word.text in _MARKS for word in piece):
            return True
        usual = _RIGHTS | _TITLE | _HOLDERS | _MARKS
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

    def _refers(self, piece: Sequence[Word], line: int) -> bool:
        """Tell whether words only say of what the license is that is named on their line."""
        known = _TITLE | _JOINING | _REFERRING | self._words_in(_IDENTIFIER, line)
        return all(word.text in known or _is_name(word) or _is_known_address(word) for word in piece)

    def _is_notice(self, line: int, back: int) -> bool:
        """Tell whether a line is a copyright line, or goes on with one."""
        shown = self._lines[line - 1]
        if line not in self._notices:
            self._notices[line] = bool(_NOTICE.search(shown))
        if self._notices[line]:
            return True
        begun = re.match(r"\s{2,}\S|\W{0,20}(?:\d{4}\b|and\b)|[^@]{0,200}@", shown[:400])
        before = next((n for n in range(line - 1, max(line - 2, 0), -1) if n in self._of_line), None)
        return back > 0 and before is not None and bool(begun) and self._is_notice(before, back - 1)

    def _of_holders(self, piece: Sequence[Word]) -> bool:
        """Tell whether words are names, years and what joins them; small letters only where found as such."""
        small = 0
        aside = self._words_in(_ASIDE, piece[0].line)
        for at, word in enumerate(piece):
            if word.text in _RIGHTS or _is_mark(word) or word.is_address or _YEAR.fullmatch(word.text):
                continue
            if word.text in _LIMITS - _NAMES:
                return False
            if word.text in _JOINING | _HOLDERS or _is_name(word, on_notice=True):
                continue
            if _STEMS.search(word.text):
                return False
            following = piece[at + 1 : at + 4]
            handle = word.text in self._holders or word.text in aside
            handle = handle or any(one.text in _MEMBERS or one.is_address for one in following)
            handle = handle or (
                0 < at < len(piece) - 1 and _is_name(piece[at - 1]) and _is_name(piece[at + 1])
            )
            small += not (handle and word.text in aside)
            if not handle or small > 3:
                return False
        return True

    def _shown(self, first: int, last: int) -> str:
        return "\n".join(self._lines[first - 1 : last]).strip()[:1000]


def _is_number(word: Word) -> bool:
    return bool(_NUMBER.fullmatch(word.text) or _YEAR.fullmatch(word.text))


def _is_mark(word: Word) -> bool:
    """Tell whether a word is the number of a clause, or a year."""
    return _is_number(word)


def _is_known_address(word: Word) -> bool:
    return word.is_address and bool(_HOST.match(word.text) or not _ELSEWHERE.search(word.text))


def _is_limit(word: Word) -> bool:
    return word.text in _LIMITS or bool(_STEMS.search(word.text))


def _is_loud(word: Word) -> bool:
    """Tell whether a word may be in capitals because all around it are."""
    return len(word.shown) > 4 and word.shown.isupper()


def _is_name(word: Word, *, in_text: bool = False, on_notice: bool = False) -> bool:
    """Tell whether a word is spelled as a name is, and is no word of terms."""
    if word.text in (_LIMITS - _NAMES if on_notice else _LIMITS):
        return False
    if in_text and word.text in _JOINING:
        return True
    first = word.shown[0]
    return (first.isupper() or first.isdigit() or word.is_address) and first < "\u2e80"


def _is_appendix(left_out: tuple[Word, ...]) -> bool:
    head = " ".join(word.text for word in left_out[:12])
    return any(words in head for words in _OPEN_ENDED) or len(left_out) < 3
