"""The YAML before a hub's card: license, data sets, base models; and whether it is a model's card or a data set's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from maxctl.core.slot import Slot
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.said import BaseMention, DataMention, Kind, Role, Said, Statement

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
MAX_BYTES = 256 * 1024


def split(text: str) -> tuple[str, int]:
    """Return a text with its front matter blanked, and how many characters that was (0: there is none)."""
    found = _FENCED.match(text)
    if found is None:
        return text, 0
    return re.sub(r"[^\n]", " ", found[0]) + text[found.end() :], found.end()


def read(text: str, known: Known) -> Said | None:
    """Return what a card's front matter says; None where the text has none, or none of a hub's keys."""
    found = _FENCED.match(text)
    if found is None or len(found[1]) > MAX_BYTES:
        return None
    try:
        data = _load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        line = 2 + (mark.line if mark is not None else 0)
        problem = getattr(fault, "problem", None) or "it is no YAML"
        return Said(prose=True, problems=((line, f"its front matter cannot be read: {problem}"),))
    keys = set(data)
    if not keys & (_OF_MODELS | _OF_DATASETS | _OF_CARDS):
        return None
    dataset = bool(keys & _OF_DATASETS) and not keys & _OF_MODELS
    lines = found[1].split("\n")
    slot = Slot.DATA if dataset else Slot.WEIGHTS
    return Said(
        statements=tuple(_licenses(data, lines, slot)),
        data=() if dataset else tuple(_data(data, lines, known)),
        bases=tuple(_bases(data, lines)),
        card="dataset" if dataset else "model",
        prose=True,
        problems=tuple(_contradictions(lines)),
    )


def _load(text: str) -> dict[str, Any]:
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.CSafeLoader)):
        raise ValueError("aliases are not read")  # a few lines of them can become gigabytes
    loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded if isinstance(loaded, dict) else {}


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


def _licenses(data: dict[str, Any], lines: list[str], slot: Slot) -> Iterator[Statement]:
    tags = _texts(data.get("license"))
    tags += [
        t.removeprefix("license:")
        for t in _texts(data.get("tags"))
        if t.startswith("license:") and t.removeprefix("license:") not in tags
    ]
    name, link = _texts(data.get("license_name")), _texts(data.get("license_link"))
    for tag in tags:
        line, text = _line(lines, "license", tag)
        if tag.lower() != "other":
            yield Statement(Kind.GRANT, tag, line, text, "front matter license", "high", (slot,))
    if name and (not tags or "other" in (tag.lower() for tag in tags)):
        line, text = _line(lines, "license_name", name[0])
        yield Statement(Kind.GRANT, name[0], line, text, "front matter license_name", "high", (slot,))
    elif "other" in (tag.lower() for tag in tags):
        line, text = _line(lines, "license", "other")
        pointed = f" ({link[0]})" if link else ""
        yield Statement(Kind.GRANT, "other", line, text + pointed, "front matter license", "high", (slot,))
    for key in ("license", "license_name", "license_link", "license_details"):
        if key in data:  # nothing is found on these lines but what is said here
            yield Statement(Kind.ASIDE, key, *_line(lines, key), f"front matter {key}", "low")
    yield from _again(lines, slot, tags)


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
    for name in _texts(data.get("base_model")):
        relation = next((_RELATIONS[r] for r in (*stated, *tags) if r in _RELATIONS), "finetune")
        line, text = _line(lines, "base_model", name)
        yield BaseMention(name, relation, line, text, "front matter base_model")


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
