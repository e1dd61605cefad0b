"""The YAML before a hub's card: license, data sets, base models; and whether it is a model's card or a data set's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from maxctl.core.slot import Slot
from maxctl.licensing.claims import sentences, structured
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.prose import Sentence
from maxctl.licensing.claims.said import BaseMention, DataMention, Kind, Role, Said, Statement
from maxctl.policy import spdx
from maxctl.policy.spdx import CONDITIONAL, NON_COMMERCIAL

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_OF_MODELS = frozenset(
    (
        "library_name",
        "pipeline_tag",
        "base_model",
        "model-index",
        "inference",
        "widget",
        "base_model_relation",
        "new_version",
    )
)
_OF_DATASETS = frozenset(
    (
        "dataset_info",
        "task_categories",
        "task_ids",
        "size_categories",
        "annotations_creators",
        "language_creators",
        "source_datasets",
        "configs",
        "pretty_name",
        "multilinguality",
    )
)
_OF_CARDS = frozenset(
    ("license", "license_name", "license_link", "tags", "datasets", "language", "metrics", "thumbnail")
)
_RELATIONS = {"finetune": "finetune", "adapter": "adapter", "merge": "merge", "quantized": "quantized"}
_LICENSE = re.compile(r"licen[cs]es?", re.IGNORECASE)
"""The key as people write it; the hub reads one spelling, and people read all."""
_FORBIDS = re.compile(
    r"non[-_ ]?commercial|research[-_ ]?only|academic|(?:^|[-_ ])nc(?:$|[-_ ])", re.IGNORECASE
)
_GATES = re.compile(
    r"\b(?:agree|accept|acknowledge|confirm|certify|only|not|must|terms|conditions?|restrict\w*|prohibit\w*|forbid\w*)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"\b(?:share|contact|e-?mail|privacy|personal (?:data|information)|news)", re.IGNORECASE
)


def split(text: str) -> tuple[str, int]:
    """Return a text with its front matter blanked, and how many characters that was (0: there is none)."""
    found = _FENCED.match(text)
    if found is None:
        return text, 0
    return re.sub(r"[^\n]", " ", found[0]) + text[found.end() :], found.end()


def read(text: str, known: Known) -> Said | None:
    """Return what a card's front matter says; None where the text has none, or none of a hub's keys."""
    found = _FENCED.match(text)
    if found is None:
        return None
    try:
        loaded = structured.of_yaml(found[1])
    except structured.UnreadError as fault:
        problem = fault.problem.removeprefix("it cannot be read: ")
        return Said(prose=True, problems=((fault.line + 1, f"its front matter cannot be read: {problem}"),))
    data = {str(key): value for key, value in loaded.items()} if isinstance(loaded, dict) else {}
    keys = {"license" if _LICENSE.fullmatch(key) else key for key in data}
    if not keys & (_OF_MODELS | _OF_DATASETS | _OF_CARDS):
        return None
    dataset = bool(keys & _OF_DATASETS) and not keys & _OF_MODELS
    lines = found[1].split("\n")
    slot = Slot.DATA if dataset else Slot.WEIGHTS
    return Said(
        statements=(
            *_licenses(data, lines, slot, known),
            *_tags(data, lines, slot),
            *_gates(data, lines, slot, known),
        ),
        data=() if dataset else tuple(_data(data, lines, known)),
        bases=tuple(_bases(data, lines)),
        card="dataset" if dataset else "model",
        prose=True,
        problems=tuple(_contradictions(lines)),
    )


def _line(lines: list[str], key: str, value: object = None) -> tuple[int, str]:
    """Return the line of a key, or of a value behind it, and its words."""
    begun = next(
        (n for n, line in enumerate(lines) if re.match(rf"['\"]?{re.escape(key)}['\"]?\s*:", line)), 0
    )
    if value is not None:
        for number in range(begun, min(begun + 200, len(lines))):
            if str(value) in lines[number]:
                return number + 2, lines[number].strip()
            if number > begun and re.match(r"\S[^:]*:", lines[number]):
                break
    return begun + 2, lines[begun].strip() if lines else ""


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [
        str(one).strip() for one in values if isinstance(one, str | int | float) and not isinstance(one, bool)
    ]


def _licenses(data: dict[str, Any], lines: list[str], slot: Slot, known: Known) -> Iterator[Statement]:
    spelled = [key for key in data if _LICENSE.fullmatch(key)]
    tags = _texts(data.get("license"))
    for key in spelled:
        if key != "license":
            tags += [tag for tag in _texts(data[key]) if tag not in tags]
    tags += [
        t.removeprefix("license:")
        for t in _texts(data.get("tags"))
        if t.startswith("license:") and t.removeprefix("license:") not in tags
    ]
    name, link = _texts(data.get("license_name")), _texts(data.get("license_link"))
    for tag in tags:
        key = next((key for key in spelled if tag in _texts(data[key])), "tags")
        line, text = _line(lines, key, tag)
        if tag.lower() != "other":
            yield Statement(Kind.GRANT, tag, line, text, "front matter license", "high", (slot,))
    other = "other" in (tag.lower() for tag in tags)
    if name:
        line, text = _line(lines, "license_name", name[0])
        how = "front matter license_name"
        if _FORBIDS.search(name[0]) and tags and not other:
            yield Statement(Kind.RESTRICTION, name[0], line, text, how, "high", (slot,), None, NON_COMMERCIAL)
        elif not tags or other or not _same(name[0], tags, known):
            yield Statement(Kind.GRANT, name[0], line, text, how, "high", (slot,))
    elif other:
        line, text = _line(lines, "license", "other")
        pointed = f" ({link[0]})" if link else ""
        yield Statement(Kind.GRANT, "other", line, text + pointed, "front matter license", "high", (slot,))
    if link:
        yield from _linked(link[0], [*tags, *name], other, lines, slot, known)
    for key in ("license", "license_name", "license_link", "license_details"):
        if key in data:  # nothing is found on these lines but what is said here
            yield Statement(Kind.ASIDE, key, *_line(lines, key), f"front matter {key}", "low")
    yield from _again(lines, slot, tags)


def _expression(words: str, known: Known) -> str | None:
    return spdx.read(words, known.catalog, known.licenses.tags).expression


def _same(name: str, tags: list[str], known: Known) -> bool:
    """Tell whether a name says no more than one of the tags."""
    read = _expression(name, known)
    return any(name.lower() == tag.lower() or (read and read == _expression(tag, known)) for tag in tags)


def _linked(
    link: str, named: list[str], other: bool, lines: list[str], slot: Slot, known: Known
) -> Iterator[Statement]:
    """Yield the license behind a link, where that is known to be another than the card names."""
    if "://" not in link:
        return  # a file of the repository
    line, text = _line(lines, "license_link", link)
    repository = re.search(r"huggingface\.co/([\w.-]+/[\w.-]+)", link)
    model = known.base_models.find(repository[1]) if repository else None
    found = [m.spelling for m in known.lexicon.mentions(link)] or (
        [model.license] if model and model.license else []
    )
    stems = {stem for name in named if (read := _expression(name, known)) for stem in spdx.stems(read)}
    how = "front matter license_link"
    for license_ in found[:1]:
        read = _expression(license_, known)
        if read is None or not spdx.stems(read) <= stems:
            yield Statement(Kind.GRANT, license_, line, text, how, "high", (slot,))
    ordinary = [known.catalog.canonical(name) for name in named if name.lower() != "other"]
    if not found and other and any(name and not name.startswith("LicenseRef-") for name in ordinary):
        # `other`, by the name of a license that has a tag of its own, and terms that stand elsewhere
        words = f"terms that stand elsewhere ({link})"
        yield Statement(Kind.RESTRICTION, words, line, text, how, "medium", (slot,), None, CONDITIONAL)


def _tags(data: dict[str, Any], lines: list[str], slot: Slot) -> Iterator[Statement]:
    for tag in _texts(data.get("tags")):
        if ":" not in tag and re.fullmatch(
            r"(?:cc[-_])?(?:by[-_])?(?:non[-_ ]?commercial|nc|research[-_ ]only)(?:[-_ ]\w+)?", tag, re.I
        ):
            line, text = _line(lines, "tags", tag)
            yield Statement(
                Kind.RESTRICTION, tag, line, text, "front matter tags", "high", (slot,), None, NON_COMMERCIAL
            )


def _gates(data: dict[str, Any], lines: list[str], slot: Slot, known: Known) -> Iterator[Statement]:
    """Yield what a reader has to agree to before the files are shown."""
    for key, value in data.items():
        if not key.startswith("extra_gated_"):
            continue
        how = f"front matter {key}"
        for words in _words(value):
            line, text = _line(lines, key, words.split("\n")[0][:60])
            # `I agree to share my name` is about the reader
            asked = [
                sentence
                for sentence in re.split(r"(?<=[.!?])\s+|\n+", words[:8000])
                if _GATES.search(sentence) and not _CONTACT.search(sentence)
            ]
            limits = [
                replace(one, line=line, text=text, how=how, slots=(slot,), about=None)
                for sentence in asked
                for one in sentences.statements(
                    Sentence(sentence[:2000], line, ("License",)), known.lexicon, how
                )
                if one.kind is Kind.RESTRICTION
            ]
            if limits:
                yield limits[0]
            elif (
                asked
                and not _bound(data, asked, known)
                and key in ("extra_gated_prompt", "extra_gated_fields")
            ):
                said = " ".join(asked[0].split())[:200]
                yield Statement(Kind.RESTRICTION, said, line, text, how, "medium", (slot,), None, CONDITIONAL)


def _bound(data: dict[str, Any], asked: list[str], known: Known) -> bool:
    """Tell whether what is asked is to keep to the license of the card, which has terms of its own."""
    stated = [read for tag in _texts(data.get("license")) if (read := _expression(tag, known))]
    return any(known.licenses.find(read) for read in stated) and all(
        re.search("licen[cs]e", a, re.I) for a in asked
    )


def _words(value: object) -> Iterator[str]:
    """Yield the words of a prompt, or the names of the boxes below it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (str(key) for key in value)
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))


def _again(lines: list[str], slot: Slot, tags: list[str]) -> Iterator[Statement]:
    """Yield what stands under a key that is there more than once: YAML keeps the last, a reader sees the first."""
    found = [
        (n, m[1]) for n, line in enumerate(lines) if (m := re.match(r"license\s*:\s*['\"]?([\w.+-]+)", line))
    ]
    for number, stated in found if len(found) > 1 else []:
        if stated not in tags:
            yield Statement(
                Kind.GRANT, stated, number + 2, lines[number].strip(), "front matter license", "high", (slot,)
            )


def known_dataset(name: str, known: Known) -> str | None:
    """Return the id of the data set that a hub's name means, whatever owner and version stand around it."""
    entry = known.datasets.find(name) or known.datasets.find(name.rpartition("/")[2])
    if entry is None:
        last = name.rpartition("/")[2]
        versioned = re.fullmatch(r"(.+?)[_-]?v?\d+(?:[_.]\d+)*", last)
        entry = known.datasets.find(versioned[1]) if versioned else None
    return entry.id if entry else None


def _data(data: dict[str, Any], lines: list[str], known: Known) -> Iterator[DataMention]:
    for name in _texts(data.get("datasets")):
        line, text = _line(lines, "datasets", name)
        yield DataMention(
            name, known_dataset(name, known), Role.TRAINING, line, text, "front matter datasets"
        )
    index = data.get("model-index")
    for model in index if isinstance(index, list) else []:
        results = model.get("results") if isinstance(model, dict) else None
        for result in results if isinstance(results, list) else []:
            measured = result.get("dataset") if isinstance(result, dict) else None
            called = measured.get("type") or measured.get("name") if isinstance(measured, dict) else None
            if isinstance(called, str):
                line, text = _line(lines, "model-index", called)
                yield DataMention(
                    called,
                    known_dataset(called, known),
                    Role.EVALUATION,
                    line,
                    text,
                    "front matter model-index",
                )


def _bases(data: dict[str, Any], lines: list[str]) -> Iterator[BaseMention]:
    stated = _texts(data.get("base_model_relation"))
    tags = [tag.lower() for tag in _texts(data.get("tags"))]
    for name in _base_names(data.get("base_model")):
        relation = next((_RELATIONS[r] for r in (*stated, *tags) if r in _RELATIONS), "finetune")
        line, text = _line(lines, "base_model", name)
        yield BaseMention(name, relation, line, text, "front matter base_model")
    for tag in _texts(data.get("tags")):
        tagged = _BASE_TAG.fullmatch(tag)
        if tagged:
            line, text = _line(lines, "tags", tag)
            relation = _RELATIONS.get(tagged["relation"] or "", "finetune")
            yield BaseMention(tagged["name"], relation, line, text, "front matter tag")


_BASE_TAG = re.compile(r"base_model:(?:(?P<relation>[a-z]+):)?(?P<name>[\w.-]+/[\w.-]+)")
"""As a hub writes what a model is made from among its tags."""


def _base_names(value: Any) -> Iterator[str]:
    """Yield the names below `base_model`: a text, a list, or mappings whose texts are names."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _base_names(one)
    elif isinstance(value, str):
        yield value


def _contradictions(lines: list[str]) -> Iterator[tuple[int, str]]:
    seen: dict[str, int] = {}
    for number, line in enumerate(lines):
        key = re.match(r"([A-Za-z_-]+)\s*:", line)
        if (
            key
            and key[1] in seen
            and key[1] in ("license", "license_name", "license_link", "base_model", "datasets")
        ):
            yield number + 2, f"its front matter has the key {key[1]} twice, first on line {seen[key[1]] + 2}"
        elif key:
            seen[key[1]] = number
