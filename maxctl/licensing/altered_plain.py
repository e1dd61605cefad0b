"""Words beside a license that ask nothing: where something comes from, which files a license is of, what it is.

A sentence is passed over only where each of its words is known to be harmless or is a name, so that a new way to
forbid something is told: what nobody has read asks for a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from maxctl.licensing.license_words import Word, singular


def _set(words: str) -> frozenset[str]:
    return frozenset(singular(word) for word in words.split())


_JOINTS = _set(
    "a an the this that these those it its itself is are was were be been being has have had of in on at"
    " by to from for with within into as and or also both all each every any some many much most other"
    " same similar various several respective individual one two three four first second last below above"
    " following follow here there which who whose when then than so such their our we i he his her him"
    " primarily mainly mostly partly largely heavily directly entirely originally generally currently"
    " previously historically together along separated either end start top bottom behalf like more s thru"
)
_ORIGIN = _set(
    "derived derive taken copied adapted ported based borrowed extracted imported obtained converted"
    " translated modified modify incorporate incorporated incorporating contain include included including"
    " bundle bundled bundling embed distributed provide wrote embedded vendor vendored forked fork"
    " inspired written rewritten developed created maintained contributed adopted released licensed"
    " relicensed licensing dual covered cover dedicated reproduced listed found located described"
    " summarized kept ship shipped come came originate originated made noted started began begun become"
    " moved joined continued formed updated applied applies apply carried carry merged generated"
    " automatically downloaded known called named held hold holding record recorded mentioned resulted"
    " packaged split implemented redesigned enhanced accompanying"
)
_THINGS = _set(
    "directories recipes externally often designer friendly collaborative excerpt filter statement fall falling"
    " alteration applicable even look copyrighted beginning libraries utilities dependencies copies"
    " parties party repositories packaging primary optional specific core current recent member reference"
    " see available normally subproject software code source codebase library module package program"
    " project product repository repo tree directory folder subdirectory file header script function"
    " routine method class algorithm implementation version release port translation copy part portion"
    " piece snippet component dependency submodule extension binding wrapper plugin parser lexer tool"
    " toolkit framework engine driver interface utility application client server kernel generator font"
    " icon set glyph image binary platform tarball wheel crate gem text author contributor maintainer"
    " developer creator owner holder programmer team group community work original upstream downstream"
    " third name description summary notice license copyright documentation doc docs manual readme example"
    " benchmark fixture homepage website site url mail email list table content section detail info"
    " information date year month commit pull request pr issue bug branch tag log history credit"
    " acknowledgment institute laboratory department contribution patch addition change fix idea design"
    " style guide standard specification format language compiler runtime build line number rest whole"
    " entry item distribution collection archive mirror open c cpp python java javascript js py rust go"
    " web svg png json yaml xml html css api cli gui http ssl utf ascii unicode"
)
"""What licenses and notices speak of; nobody who may, must or pays is among them."""
KNOWN = _JOINTS | _ORIGIN | _THINGS
PARTS = _set("modification portion part addition change contribution")
"""What a copyright is on: `Portions Copyright …`."""
HARMLESS = _set("apply applies distribution copy")
"""Words of terms that ask nothing among words that do not."""
_UNLESS = re.compile(
    r"\b(?:unless|except|where)\s+(?:(?:when|where|as)\s+)?(?:otherwise\s+)?(?:stated|noted|specified|indicated|mentioned|listed)"
    r"(?:\s+(?:otherwise|below|above))?\b",
    re.IGNORECASE,
)
"""Other files say what they are under, and are asked."""
_SPARED = re.compile(
    r"\bunder the (?:same |following )?(?P<a>terms)\b"
    r"|\b(?P<b>subject)\s+to\s+the\s+(?:same|following|above)\s+(?:licen[cs]e|copyright)\b"
    r"|\bdata(?= files?\b)|\badditional copyrights may follow\b"
    r"|\bdual(?=[ -]licen[cs]ed\b[^.]{1,120}\b(?:either|or|and)\b)",
    re.IGNORECASE,
)
"""Words of terms that ask nothing where they stand so."""
_LEADING = re.compile(
    r"^\W*([a-z][a-z0-9]*(?:-[a-z0-9]+){1,3})(?=\s+(?:is|are|contains|includes|incorporates)\b)"
)
_PARTS = re.compile(
    r"\b(?:portions?|parts?|some (?:files|code|software)|the following files|(?:third[- ]party )?components)\b"
    r"[^.]{0,120}?\b(?:under|have|has)\s+"
    r"(?:several |various )?(?P<of>(?:different|separate|other|their own|its own)\s+)(?:licen[cs]es?|terms)\b",
    re.IGNORECASE,
)
"""A part has a license of its own, which stands in the file, or nobody finds it."""
_PLACED = re.compile(
    r"\b(?:(?:reproduced|included|copied|listed|shown|given|found|described|as)\s+(?:above|below)|following)\b",
    re.IGNORECASE,
)
"""Where words stand, which the reader of sentences takes for how many: `below 10 users`."""
_SENTENCE = re.compile(r"(?<=[.!?;])[\"')\]]*\s+(?=[\"'(\[*-]*[A-Z0-9])|\n\s*\n")
_FIELD = re.compile(
    r"^\W*(?:name|files?|description|availability|source|homepage|home-?page|upstream(?:-name|-contact)?|project|package"
    r"|version|author|url|repository|component|library|original-author|original-url|location|path)\s*:\s*",
    re.IGNORECASE,
)
_DESCRIBED = re.compile(
    r"^\W{0,4}[\w.+-]{2,40}(?:\s[\w.+-]{1,30}){0,2}\s*(?:--?|[–—:,])\s+(?P<what>\S.{2,100})$"
)
_KIND = re.compile(
    r"\b(?:librar(?:y|ies)|parser|module|package|program|tool|toolkit|framework|extensions?|bindings?|wrapper|port"
    r"|implementation|converter"
    r"|client|server|engine|driver|interface|detector|utilit(?:y|ies)|application|generator|plugin|compiler|decoder|encoder"
    r"|loader|reader|solver|toolbox|sdk|api|backend|frontend|network|fonts?|icons?|icon set|kernels?|runtime)\b",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(r"[ \t]*(?:#{1,6} )?[*_]{0,2}[A-Za-z][\w.+-]{1,30}[*_]{0,2}:?[ \t]*", re.ASCII)
_NICKNAME = re.compile(r"(?!every|any|some|no(?:body|one)|who|us$|me$)[a-z][a-z0-9]*[a-rt-z0-9]")
"""One word of ASCII, not in the plural, as `students` and `firms` are."""
_BEFORE_NAMES = _set("in from named called includes contains incorporates bundles")
_PART_OF = _set("copy portion part version file fork port code source some")
_SAID_OF = _set("is are contains includes incorporates bundles uses licensed derived")
_NAMED_THINGS = _set(
    "developers team contributors authors library project package module program code file repository"
    " fork source extension plugin tool"
)
_NAMES_FOLLOW = re.compile(
    r"\b(?:authors?|contributors?|maintainers?|developers?|credits?"
    r"|(?:developed|written|maintained|contributed) by)\b[^.;]{0,30}:?\W*$",
    re.IGNORECASE,
)
_POINTS = re.compile(r"licen|terms|eula|agreement|polic|commercial|pricing|copying|contract", re.IGNORECASE)
_BETWEEN = _set("the a an of term and same following version original either")


def exceptions(sentence: str) -> list[str]:
    """Return the words of a sentence that only make room for what other files say of themselves."""
    spared = [m["a"] or m["b"] or m[0] for m in _SPARED.finditer(sentence)]
    return spared + [m[0] for m in _UNLESS.finditer(sentence)] + [m["of"] for m in _PARTS.finditer(sentence)]


def leading_name(line: str) -> str:
    """Return the name with hyphens that a line begins with, of which something is said; empty without one."""
    found = _LEADING.match(line)
    return found[1] if found else ""


def without_exceptions(sentence: str) -> str:
    """Return a sentence without those words."""
    told = _PLACED.sub(" ", _UNLESS.sub(" ", sentence))
    return _PARTS.sub(lambda m: m[0][: m.start("of") - m.start()] + m[0][m.end("of") - m.start() :], told)


def around(lines: Sequence[str], first: int, last: int) -> str:
    """Return the sentences that some lines (from 1) are a part of."""
    begin, end = first, last
    while begin > 1 and first - begin < 6 and lines[begin - 2].strip():
        begin -= 1
    while end < len(lines) and end - last < 6 and lines[end].strip():
        end += 1
    text = "\n".join(lines[begin - 1 : end])
    start = sum(len(line) + 1 for line in lines[begin - 1 : first - 1])
    stop = start + sum(len(line) + 1 for line in lines[first - 1 : last])
    cuts = [0, *(found.end() for found in _SENTENCE.finditer(text)), len(text)]
    left = max((cut for cut in cuts if cut <= start), default=0)
    right = min((cut for cut in cuts if cut >= stop - 1), default=len(text))
    return text[left:right].strip()


def is_harmless(word: Word, limits: frozenset[str]) -> bool:
    """Tell whether a word is one of those that ask nothing."""
    return word.text in KNOWN and (word.text not in limits or word.text in HARMLESS)


def is_field(line: str) -> bool:
    """Tell whether a line is a field of a list of parts, such as `Files: src/*.c`."""
    return _FIELD.match(line) is not None


def is_description(line: str) -> bool:
    """Tell whether a line only says what something is: `pycparser -- A C parser in Python`."""
    found = _DESCRIBED.match(line.strip())
    return found is not None and line.isascii() and _KIND.search(found["what"]) is not None


def points_elsewhere(name: str) -> bool:
    """Tell whether a word is the name of a file of terms."""
    return _POINTS.search(name) is not None


def is_head_of_names(line: str) -> bool:
    """Tell whether a line says that names follow: `Authors/contributors include:`."""
    return _NAMES_FOLLOW.search(line) is not None


def is_nickname(before: Sequence[Word], word: Word, after: Sequence[Word]) -> bool:
    """Tell whether a word in small letters stands where the name of a package does, and cannot be people.

    `before` and `after` are the words around it.
    """
    if not _NICKNAME.fullmatch(word.shown):
        return False
    here = [one.text for one in before if one.line == word.line]
    if here and (here[-1] in _BEFORE_NAMES or (here[-1] == "of" and here[-2:-1] and here[-2] in _PART_OF)):
        return True
    if len(here) > 2 and here[-1] == "and" and here[-3] in ("of", "from", "in"):
        return True  # `portions of mypy and mypyc`
    if not after:
        return False
    if here and here[-1] == "and" and after[0].text in _SAID_OF:
        return True
    return after[0].text in _NAMED_THINGS or (not here and after[0].text in _SAID_OF)


def names_a_license(words: Sequence[Word], at: int, known: frozenset[str]) -> bool:
    """Tell whether a name stands where the name of a license does: `under the Foo license`, `the Foo license`."""
    word = words[at]
    if word.text in known or word.text in KNOWN:
        return False
    if any(one.text == "license" for one in words[at + 1 : at + 3]):
        return True
    if at and words[at - 1].text == "license" and words[at - 1].line == word.line:
        return True  # `License: Foo`
    for one in reversed(words[max(0, at - 4) : at]):
        if one.text == "under":
            return True
        if one.text not in _BETWEEN and one.text not in known:
            return False
    return False


def is_one_word(line: str) -> bool:
    """Tell whether a line is one word of ASCII."""
    return _ONE_WORD.fullmatch(line) is not None


def is_heading(lines: Sequence[str], number: int) -> bool:
    """Tell whether a line (from 1) holds one word and stands alone: `FREETYPE2` above the license of that."""
    alone = all(
        not 0 < n <= len(lines) or not lines[n - 1].strip(" \t=-*#~_") for n in (number - 1, number + 1)
    )
    return alone and is_one_word(lines[number - 1])
