"""What weight files say of themselves, in the metadata of their format."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from maxctl.core.slot import Slot
from maxctl.licensing.claims import sentences
from maxctl.licensing.claims.front_matter import known_dataset
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.prose import Sentence
from maxctl.licensing.claims.said import NOT_HERE, BaseMention, DataMention, Kind, Role, Said, Statement

_LICENSE = re.compile(r"(?:^|[._-])(?:model_?)?licen[cs]e(?:[._-]?(?:name|id|type))?$", re.IGNORECASE)
_LICENSE_NAME = re.compile(r"licen[cs]e[._-]?name$", re.IGNORECASE)
_DATA = re.compile(
    r"(?:^|[._-])(?:training[._-]?)?data[._-]?sets?(?:[._-]\d+[._-](?:name|repo_url|id))?$|trained[._-]?on$|training[._-]data$",
    re.IGNORECASE,
)
_BASE = re.compile(
    r"base[._-]?model(?:[._-]\d+)?(?:[._-](?:name|repo_url|id))?$|(?:^|[._-])finetuned?[._-]?from$|(?:^|[._-])source[._-](?:hf_)?repo(?:sitory)?(?:[._-]url)?$",
    re.IGNORECASE,
)
LONGEST = 400


def read(path: Path, known: Known) -> Said:
    """Return what the metadata inside a weight file says; it is read without running anything."""
    from maxctl.runtimes import metadata

    found = metadata.read(path)
    if found is None:
        return Said()
    if found.format == "Git LFS pointer":
        return Said(weights=((1, path.name),), problems=((1, NOT_HERE),))
    statements: list[Statement] = []
    data: list[DataMention] = []
    bases: list[BaseMention] = []
    named = any(_LICENSE_NAME.search(entry.key) for entry in found.entries)
    for entry in found.entries:
        value = entry.value.strip()
        shown = f"{entry.key} = {' '.join(value.split())[:LONGEST]}"
        how = f"{found.format} metadata {entry.key}"
        if not value:
            continue
        if _LICENSE.search(entry.key):
            statements += _license(value, named, how, shown, path.name, known, entry.key)
        elif _DATA.search(entry.key):
            for name in re.split(r"[,;\n]\s*", value):
                data.append(_dataset(name, known, how, shown))
        elif _BASE.search(entry.key):
            bases.append(BaseMention(_hub_id(value), "base", 1, shown, how))
    return Said(
        tuple(statements), tuple(data), tuple(dict.fromkeys(bases)), ((1, path.name),),
        problems=tuple((1, problem) for problem in found.problems),
    )  # fmt: skip


def _license(
    value: str, named: bool, how: str, shown: str, name: str, known: Known, key: str
) -> list[Statement]:
    if named and value.lower() == "other" and not _LICENSE_NAME.search(key):
        return []
    restricted = [
        replace(s, line=1, text=shown, how=how, slots=(Slot.WEIGHTS,), about=name)
        for s in sentences.statements(Sentence(value[:4000], 1, ("License",)), known.lexicon, how)
        if s.kind is Kind.RESTRICTION
    ]
    if restricted:
        return restricted
    if len(value) <= 100 and "\n" not in value:
        return [Statement(Kind.GRANT, value, 1, shown, how, "high", (Slot.WEIGHTS,), name)]
    mentions = known.lexicon.mentions(value[:2000])  # a whole text: its title names it
    stated = mentions[0].spelling if mentions else value[:80]
    return [Statement(Kind.GRANT, stated, 1, shown, how, "medium", (Slot.WEIGHTS,), name)]


def _dataset(name: str, known: Known, how: str, shown: str) -> DataMention:
    bare = _hub_id(name.strip())
    return DataMention(bare, known_dataset(bare, known), Role.TRAINING, 1, shown, how)


def _hub_id(value: str) -> str:
    """Return `owner/name` of an address on a hub, else the value."""
    found = re.search(r"https?://[^/]+/(?:datasets/)?([\w.-]+/[\w.-]+)", value.strip())
    return found[1] if found else value.strip()
