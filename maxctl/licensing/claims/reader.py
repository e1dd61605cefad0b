"""Which reader reads which file, and all that one file says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from maxctl.core.slot import Slot
from maxctl.licensing.claims import structured, tidy
from maxctl.licensing.claims.said import Kind, Said, Statement
from maxctl.licensing.claims.structured import UnreadError
from maxctl.licensing.trees import SOURCE

if TYPE_CHECKING:
    from maxctl.licensing.claims.knowledge import Known
    from maxctl.licensing.claims.prose import Document, Sentence

# Readers are imported where a file needs them: code does not wait for the patterns of prose.


PROSE = frozenset((".md", ".markdown", ".rst", ".txt", ".mdx", ".qmd", ".adoc", ".org"))
CODE = frozenset(
    (
        ".py",
        ".pyx",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".tsx",
        ".sh",
        ".json",
        ".yaml",
        ".yml",
        ".toml",
        ".cfg",
        ".ini",
    )
)
_TALKS = re.compile(
    r"readme|model[_-]?(?:card|zoo)|zoo|data[_-]?(?:card|sheet)|license|licensing|about|overview|models?$|weights?|checkpoint|datasets?$|training|credits?|sources?|attribution|index|notice|^notes?$|^info$|terms|usage|disclaimer|legal|policy|eula|agreement",
    re.IGNORECASE,
)
"""Names of prose that speaks of the repository itself; a change log, a guide or a word list does not."""
_QUIET = re.compile(
    r"requirements|vocab|merges|labels?|classes|names|words?|stop|change|history|contribut|code_of_conduct|security|authors",
    re.IGNORECASE,
)
# whose body is the README of the package
DESCRIBED = ("METADATA", "PKG-INFO")
CITED = frozenset(("citation.cff", "codemeta.json", ".zenodo.json", "croissant.json", "kitfile", "model.yml"))
_TERMS = re.compile(
    r"^(?:acceptable[_-]?)?us(?:e|age)[_-]?polic(?:y|ies)|^terms|^eula|^model[_-]agreement|^end[_-]user",
    re.IGNORECASE,
)
"""Names of terms of somebody's own; a text that many use has another name."""
_SPEAKS_FOR_ITSELF = re.compile(r"^(?:readme|model[_-]?card|licen[cs]|copying|terms)", re.IGNORECASE)
MAX_PROSE = 2 * 1024 * 1024
MAX_CODE = 1024 * 1024
MODELFILE = "modelfile"
"""Of Ollama: names the model that another is made from."""


def read(
    path: PurePosixPath, place: Path, known: Known, *, own_metadata: bool, weights: bool, license_file: bool
) -> Said:
    """Return what a file says.

    `own_metadata`: it is a package's metadata that speaks for the tree; `weights`: it holds weights;
    `license_file`: it is a license text, which the scanner reads.
    """
    try:
        return _read(path, place, known, own_metadata, weights, license_file)
    except RecursionError:
        return Said(problems=((1, "it is nested too deeply to be read"),))
    except UnreadError as fault:
        return Said(problems=fault.told)


def _read(
    path: PurePosixPath, place: Path, known: Known, own_metadata: bool, weights: bool, license_file: bool
) -> Said:
    if weights:
        from maxctl.licensing.claims import weights as weight_files

        return weight_files.read(place, known)
    suffix = path.suffix.lower()
    size = place.stat().st_size
    if own_metadata:
        said = _metadata(place, known)
        return said.joined(_told_in(path, _text(place)[0], known)) if suffix in SOURCE else said
    if path.name.lower() in CITED and size <= MAX_PROSE:
        from maxctl.licensing.claims import citation

        text, problems = _text(place)
        return Said(tuple(citation.statements(path.name, text)), problems=problems)
    if suffix == ".ipynb" and size <= 8 * MAX_PROSE:
        return _notebook(path, _text(place)[0], known)
    if license_file:
        return _terms(path, size)
    if suffix in PROSE or _TALKS.fullmatch(path.name):
        return _document_at(path, place, size, known)
    return _source(path, place, size, known)


def _source(path: PurePosixPath, place: Path, size: int, known: Known) -> Said:
    recipe = path.name.lower() == MODELFILE
    if (path.suffix.lower() not in CODE | SOURCE and not recipe) or size > MAX_CODE:
        return Said()
    from maxctl.licensing.claims import code

    text = _text(place)[0]
    said = code.read(path, text, known) if recipe or path.suffix.lower() in CODE else Said()
    if path.suffix.lower() in SOURCE:
        said = said.joined(_told_in(path, text, known))
    if path.name == "REUSE.toml":
        structured.of_toml(text)  # what it says, the samples are asked; that it cannot be read is told
    return said


def _told_in(path: PurePosixPath, text: str, known: Known) -> Said:
    from maxctl.licensing.claims import code

    return code.words(path, text, known)


def _document_at(path: PurePosixPath, place: Path, size: int, known: Known) -> Said:
    with place.open("rb") as file:
        text, problems = tidy.decoded(file.read(MAX_PROSE))
    told = prose(path, text, known).joined(_terms(path, size))
    if size > MAX_PROSE:
        # a list of words or data in a text file is no document
        if not (_SPEAKS_FOR_ITSELF.match(path.name) or told.statements):
            return told if _talks(path) else Said()
        line = text.count("\n") + 1
        problems = (*problems, (line, f"it is {size // 1024} KiB long, and was not read from here on"))
    return told.joined(Said(problems=problems)) if problems and (told.prose or _talks(path)) else told


def _terms(path: PurePosixPath, size: int) -> Said:
    """Return that somebody's own terms stand in a file: what the scanner does not know of them, nobody read."""
    if not size or not _TERMS.match(path.name):
        return Said()
    return Said(problems=((1, "it holds terms of its own, which only a person can read"),))


def _text(place: Path) -> tuple[str, tuple[tuple[int, str], ...]]:
    return tidy.decoded(place.read_bytes())


def _metadata(place: Path, known: Known) -> Said:
    from maxctl.licensing.claims import package_metadata

    if place.stat().st_size > MAX_PROSE:
        return Said(problems=((1, f"it is longer than {MAX_PROSE // 1024} KiB, and was not read"),))
    stated = [*package_metadata.statements(place), *package_metadata.pointing(place)]
    said = _fields(stated, known)
    if place.name not in DESCRIBED:
        return said
    # after the first empty line stands the package's README; older versions keep it in a field
    text, problems = _text(place)
    head, _, body = text.partition("\n\n")
    said = said.joined(Said(problems=problems))
    if body:
        said = said.joined(_prose(body, head.count("\n") + 3, known, "package description"))
    found = re.search(r"^Description:[ \t]*((?:.*)(?:\n[ \t|].*)*)", head, re.MULTILINE)
    if found:
        older = re.sub(r"(?m)^(?:        |[ \t]+\|)", "", found[1])
        first = head.count("\n", 0, found.start()) + 1
        said = said.joined(_prose(older, first, known, "package description"))
    return said


def _fields(stated: Iterable[tuple[str, int, str]], known: Known) -> Said:
    """Return what fields of metadata state; words that forbid uses are read as such."""
    told: list[Statement] = []
    for words, line, how in stated:
        limit = _limit(words, line, how, known)
        told.append(limit or Statement(Kind.GRANT, words, line, words, how, "high", (Slot.CODE,)))
    return Said(tuple(told))


def _limit(words: str, line: int, how: str, known: Known) -> Statement | None:
    if re.fullmatch(r"[\w.+-]+", words):
        return None
    from maxctl.licensing.claims import sentences
    from maxctl.licensing.claims.prose import Sentence

    found = sentences.statements(Sentence(words[:400], line, ("License",)), known.lexicon, how)
    limit = next((s for s in found if s.kind is Kind.RESTRICTION), None)
    if limit is None or any(s.kind is Kind.GRANT for s in found):
        return None
    return replace(limit, line=line, text=words, how=how, slots=(Slot.CODE,))


def prose(path: PurePosixPath, text: str, known: Known) -> Said:
    """Return what a document says: its front matter, its sentences and its tables."""
    from maxctl.licensing.claims import changelog, front_matter

    if changelog.is_one(path):
        return _change_log(path, text, known)
    card = front_matter.read(text, known)
    body, _ = front_matter.split(text)
    if not (_talks(path) or card):
        return Said()
    how = "README" if path.stem.lower().startswith("readme") else path.name
    said = _prose(body, 1, known, how)
    if card is not None and card.card == "dataset":
        said = said.joined(Said(statements=tuple(_of_the_data(body, how))))
    return card.joined(said) if card else said


def _of_the_data(text: str, how: str) -> Iterator[Statement]:
    """Yield what the card of a data set says in its own words of where the data are from, or what they forbid."""
    from maxctl.core.slot import Slot
    from maxctl.licensing.claims import remainders
    from maxctl.licensing.claims.found import readable
    from maxctl.licensing.claims.prose import cut
    from maxctl.policy.spdx import CONDITIONAL

    for sentence in cut(text, 1).sentences:
        words = remainders.said_of_data(readable(sentence.text))
        if words:
            shown = " ".join(sentence.text.split())
            yield Statement(
                Kind.RESTRICTION,
                words,
                sentence.line,
                shown,
                f"{how} sentence",
                "medium",
                (Slot.DATA,),
                None,
                CONDITIONAL,
            )


def _change_log(path: PurePosixPath, text: str, known: Known) -> Said:
    from maxctl.licensing.claims import changelog, near_terms, sentences
    from maxctl.licensing.claims.prose import cut

    document = cut(text, 1)
    every = near_terms.mark(document.sentences, known.lexicon)
    stated = [s for one in every for s in sentences.statements(one, known.lexicon, f"{path.name} sentence")]
    headings = list(dict.fromkeys(heading for one in every for heading in one.headings))
    told = tuple(_once(changelog.still_true(stated, headings)))
    return Said(statements=told, problems=tuple(document.problems), prose=bool(told))


def _talks(path: PurePosixPath) -> bool:
    return bool(_TALKS.search(path.stem)) and not _QUIET.search(path.stem)


def _prose(text: str, first_line: int, known: Known, how: str) -> Said:
    """Return what a text of prose says, its badges first: their words are no sentences."""
    from maxctl.licensing.claims import badges
    from maxctl.licensing.claims.prose import cut

    pictures = badges.read(text, first_line, known.lexicon, how)
    document = cut(pictures.text, first_line)
    said = _document(document, known, how)
    shown = tuple(one for one in pictures.statements if one.line not in document.unshown)
    problems = tuple(one for one in pictures.problems if one[0] not in document.unshown)
    return said.joined(Said(tuple(one for one in shown if one not in said.statements), problems=problems))


def _notebook(path: PurePosixPath, text: str, known: Known) -> Said:
    from maxctl.licensing.claims import code, notebooks

    said = Said()
    for cell in notebooks.cells(text):
        body = cell.text if cell.markdown else notebooks.comments(cell.text)
        part = _prose(body, cell.line, known, "notebook")
        if not cell.markdown:
            own = code.read(path, cell.text, known)
            part = part.joined(Said(weights=own.weights, bases=own.bases))
        said = said.joined(part)
    return said


def _document(document: Document, known: Known, how: str) -> Said:
    from maxctl.licensing.claims import asked, code, credited, mentions, near_terms, sentences, tables

    # the name of the document is no name of what its sentences speak of
    document.sentences = near_terms.mark(
        [_under_its_title(sentence) for sentence in document.sentences], known.lexicon
    )
    stated: list[Statement] = []
    for sentence in document.sentences:
        stated += sentences.statements(sentence, known.lexicon, f"{how} sentence")
    stated = _either(document, stated)
    stated += asked.statements(document.sentences, known.lexicon, how)
    stated += credited.statements(document.sentences, known.lexicon, how)
    for table in document.tables:
        stated += tables.statements(table, known.lexicon, f"{how} table")
    lines = [(sentence.line, sentence.text) for sentence in document.sentences]
    lines += document.code
    lines += [(line, " | ".join(row)) for table in document.tables for line, row in table.rows]
    return Said(
        statements=tuple(_once(stated)),
        data=tuple(mentions.data_mentions(document.sentences, document.tables, known.dataset_names, how)),
        bases=tuple(mentions.base_mentions(document.sentences, known, how, document.tables, document.code)),
        weights=tuple(code.weight_lines(iter(lines)))[:5],
        prose=True,
        problems=(*document.problems, *_said_in_code(document)),
        examples=_ranges([line for line, _ in document.code]),
    )


_TITLE = re.compile(r"\bmodel[\s_-]*cards?\b", re.IGNORECASE)
_SENTENCE = re.compile(r"^\W*[A-Z][^=(){}<>;$|\\]{15,300}$")
"""A line of words in a block of code."""


def _under_its_title(sentence: Sentence) -> Sentence:
    if not any("card" in heading.lower() for heading in sentence.headings):
        return sentence
    return replace(sentence, headings=tuple(_TITLE.sub("Model", heading) for heading in sentence.headings))


def _said_in_code(document: Document) -> list[tuple[int, str]]:
    """Return the first sentence in a block of code that forbids uses: it may be an example, and may be meant."""
    from maxctl.licensing.claims.nouns import RESTRICTION, nouns

    for line, text in document.code:
        if _SENTENCE.match(text) and RESTRICTION.search(text) and nouns(text):
            return [(line, f"a block of code says: {text.strip()[:200]}")]
    return []


def _ranges(lines: list[int]) -> tuple[tuple[int, int], ...]:
    told: list[tuple[int, int]] = []
    for line in lines:
        if told and told[-1][1] == line - 1:
            told[-1] = (told[-1][0], line)
        else:
            told.append((line, line))
    return tuple(told)


_EITHER_OF = re.compile(
    r"\beither(?: of)?\b|one of the following|at your (?:option|choice)|\bdual", re.IGNORECASE
)


def _either(document: Document, stated: list[Statement]) -> list[Statement]:
    """Join the items below `licensed under either of` to one statement of a choice."""
    for place, sentence in enumerate(document.sentences):
        if not _EITHER_OF.search(sentence.text) or sentence.item:
            continue
        lines = set()
        for item in document.sentences[place + 1 :]:
            if not item.item:
                break
            lines |= set(range(item.line, item.line + item.text.count("\n") + 1))
        items = [s for s in stated if s.line in lines and s.kind is Kind.GRANT]
        if len(items) > 1:
            choice = replace(items[0], stated=" OR ".join(dict.fromkeys(s.stated for s in items)))
            rest = [replace(s, kind=Kind.ASIDE) if s in items else s for s in stated]
            return [*rest, choice]
    return stated


def _once(statements: Iterable[Statement]) -> Iterable[Statement]:
    """Return each statement once: a badge names a license in its words and in its address."""
    return {(s.kind, s.stated, s.line, s.slots, s.about): s for s in statements}.values()
