"""Which reader reads which file, and all that one file says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from maxctl.core.slot import Slot
from maxctl.licensing.claims.said import Kind, Said, Statement

if TYPE_CHECKING:
    from maxctl.licensing.claims.knowledge import Known
    from maxctl.licensing.claims.prose import Document

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
    r"readme|model[_-]?(?:card|zoo)|zoo|data[_-]?(?:card|sheet)|license|licensing|about|overview|models?$|weights?|checkpoint|datasets?$|training|credits?|sources?|attribution|index|notice|^notes?$|^info$|terms|usage|disclaimer|legal",
    re.IGNORECASE,
)
"""Names of prose that speaks of the repository itself; a change log, a guide or a word list does not."""
_QUIET = re.compile(
    r"requirements|vocab|merges|labels?|classes|names|words?|stop|change|history|contribut|code_of_conduct|security|authors",
    re.IGNORECASE,
)
CITED = frozenset(("citation.cff", "codemeta.json", ".zenodo.json", "croissant.json", "kitfile", "model.yml"))
MAX_PROSE = 2 * 1024 * 1024
MAX_CODE = 1024 * 1024


def read(
    path: PurePosixPath, place: Path, known: Known, *, own_metadata: bool, weights: bool, license_file: bool
) -> Said:
    """Return what a file says.

    `own_metadata`: it is a package's metadata that speaks for the tree; `weights`: it holds weights;
    `license_file`: it is a license text, which the scanner reads.
    """
    if weights:
        from maxctl.licensing.claims import weights as weight_files

        return weight_files.read(place, known)
    suffix = path.suffix.lower()
    size = place.stat().st_size
    if own_metadata:
        return _metadata(place)
    if path.name.lower() in CITED:
        from maxctl.licensing.claims import citation

        return Said(tuple(citation.statements(path.name, _text(place))))
    if suffix == ".ipynb" and size <= 8 * MAX_PROSE:
        return _notebook(path, _text(place), known)
    if (suffix in PROSE or _TALKS.fullmatch(path.name)) and size <= MAX_PROSE and not license_file:
        return prose(path, _text(place), known)
    if suffix in CODE and size <= MAX_CODE:
        from maxctl.licensing.claims import code

        return code.read(path, _text(place), known)
    return Said()


def _text(place: Path) -> str:
    return place.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _metadata(place: Path) -> Said:
    from maxctl.licensing.claims import package_metadata

    return Said(
        tuple(
            Statement(Kind.GRANT, stated, line, stated, how, "high", (Slot.CODE,))
            for stated, line, how in package_metadata.statements(place)
        )
    )


def prose(path: PurePosixPath, text: str, known: Known) -> Said:
    """Return what a document says: its front matter, its sentences and its tables."""
    from maxctl.licensing.claims import front_matter
    from maxctl.licensing.claims.prose import cut

    card = front_matter.read(text, known)
    body, _ = front_matter.split(text)
    talks = bool(_TALKS.search(path.stem)) and not _QUIET.search(path.stem)
    if not (talks or card):
        return Said()
    how = "README" if path.stem.lower().startswith("readme") else path.name
    said = _document(cut(body), known, how)
    return card.joined(said) if card else said


def _notebook(path: PurePosixPath, text: str, known: Known) -> Said:
    from maxctl.licensing.claims import code, notebooks
    from maxctl.licensing.claims.prose import cut

    said = Said()
    for cell in notebooks.cells(text):
        body = cell.text if cell.markdown else notebooks.comments(cell.text)
        part = _document(cut(body, cell.line), known, "notebook")
        if not cell.markdown:
            own = code.read(path, cell.text, known)
            part = part.joined(Said(weights=own.weights, bases=own.bases))
        said = said.joined(part)
    return said


def _document(document: Document, known: Known, how: str) -> Said:
    from maxctl.licensing.claims import code, mentions, sentences, tables

    stated: list[Statement] = []
    for sentence in document.sentences:
        stated += sentences.statements(sentence, known.lexicon, f"{how} sentence")
    stated = _either(document, stated)
    for table in document.tables:
        stated += tables.statements(table, known.lexicon, f"{how} table")
    lines = [(sentence.line, sentence.text) for sentence in document.sentences]
    lines += document.code
    lines += [(line, " | ".join(row)) for table in document.tables for line, row in table.rows]
    return Said(
        statements=tuple(_once(stated)),
        data=tuple(mentions.data_mentions(document.sentences, document.tables, known.dataset_names, how)),
        bases=tuple(mentions.base_mentions(document.sentences, known, how)),
        weights=tuple(code.weight_lines(iter(lines)))[:5],
        prose=True,
        examples=_ranges([line for line, _ in document.code]),
    )


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
