"""What is known of base models: licenses/base_models.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.policy import compiled
from maxctl.policy.names import Names

_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co|github\.com)/", re.IGNORECASE)
_CLOSING = {"]": "[", ")": "("}
_BRACKETS = str.maketrans("[]()", "    ")
_FREE = frozenset({"Apache-2.0", "MIT", "CC-BY-4.0"})
_PART = re.compile(r"[-._*]+")
_VARIANT = re.compile(
    r"[vqaemfp]?\d[\dx]*[bkmh]?|[a-z]{2,5}\d+[a-z]?|bf16|instruct|chat|base|it|pt|hf|en|zh|multilingual|english"
    r"|nano|tiny|mini|small|medium|large|big|huge|giant|xs|xl|xxl|plus|pro|turbo|lite|preview|distill(?:ed)?|deduped"
    r"|uncased|cased|wwm|coder|math|vision|vl|omni|next|thinking|embedding|reranker|reasoning|multimodal|moe"
    r"|vit|hiera|with|registers|resnet|panoptic|xlsr|robust|self|ft|gguf|gptq|awq|onnx|exp|terminus"
)
_LONGEST = 100  # characters of a name's parts: no hub allows more
_HUB_ID = re.compile(r"([\w.-]+)/([^/]+)")
_REST = re.compile(r"[\w.+-]*\w")
_PLAIN_REST = re.compile(
    r"(?:-(?:based|like|style|derived|type|family|series|models?|weights|backbone))?", re.IGNORECASE
)
_OWNER = re.compile(r"([\w.-]+)/$")
_CHECKPOINT = re.compile(r"(?<![\w/.@-])(?:(?P<owner>[\w.-]{1,80})/)?(?P<name>[A-Za-z][A-Za-z_-]*\d[\w.+-]*)")
"""A word with a digit in it, as checkpoints are called: `YOLOv8n`, `yolo11n.pt`."""
_SHORTEST = 3  # characters before the `*` of a pattern by which words are told apart


class KnownModel(BaseModel):
    """A model, or a family under one license, with where that was read.

    `aliases` are names in prose; `patterns` are names of checkpoints (`*` stands for any rest), which count alone
    or behind one of the `owners`: what somebody else publishes under such a name may have other terms.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    id: str
    license: str | None
    """None where nobody grants the weights under a license; `note` says what is known instead."""
    aliases: tuple[str, ...]
    aliases_structured_only: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    source: str = Field(min_length=1)
    evidence: Literal["read", "known"]
    note: str | None = None

    @property
    def binds(self) -> bool:
        """Whether derivatives are bound as well, so that nothing made from it is freer."""
        return self.license is not None and not set(self.license.split(" AND ")) <= _FREE


class BaseModelsFile(BaseModel):
    """licenses/base_models.yaml, as it stands on disk."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    schema_version: Literal[1]
    models: tuple[KnownModel, ...]


class BaseModels:
    """Known base models, by id, alias, and the names of their checkpoints."""

    def __init__(self, known: Iterable[KnownModel]) -> None:
        self.known = tuple(known)

    @classmethod
    def load(cls, path: Path) -> BaseModels:
        """Return the base models of a file; it ships with maxctl, so a fault in it is a bug."""
        return cls(BaseModelsFile.model_validate(compiled.read(path)).models)

    def find(self, name: str) -> KnownModel | None:
        """Return the model that a hub id, an address of it, an alias, or a checkpoint's name means; else None.

        Of several patterns that fit, the one that says most decides. Without an owner, a name with strange words in
        it (`whisper-small-hindi`) may be anybody's derivative: it is known only where the license binds that, too.
        """
        owner, bare = _owned(name.strip())
        key = fold(bare)

        exact = self._names.get(key)
        if exact is not None and (not owner or owner in exact.owners):
            return exact
        fitting = [
            (len(pattern.replace("*", "")), entry)
            for pattern, fits, entry in self._patterns
            if fits.match(key)
            and (owner in entry.owners if owner else entry.binds or _is_variant(key, pattern))
        ]
        return max(fitting, key=lambda one: one[0])[1] if fitting else None

    def mentioned(self, text: str) -> list[tuple[KnownModel, int, int]]:
        """Return the models that running text names, in their order: each with where its name begins and ends.

        The whole name of a checkpoint decides (`Qwen2.5-72B`). Where that is not known, or its owner is not the
        model's own, nothing is found: it is somebody's derivative, or another version.
        """
        found: list[tuple[KnownModel, int, int]] = []
        for entry, start, end in self._prose.find(text.translate(_BRACKETS)):
            last = found[-1][2] if found else 0
            if start < last:
                continue
            rest = _REST.match(text, end, end + _LONGEST)
            stop = rest.end() if rest else end
            if text[end : end + 1] in _CLOSING and _CLOSING[text[end : end + 1]] in text[start:end]:
                stop = end = end + 1  # `FLUX.1 [dev]`
            elif _PLAIN_REST.fullmatch(text, end, stop):
                stop = end
            whole = entry if stop == end else self.find(text[start:stop])
            owner = _OWNER.search(text, max(last, start - _LONGEST), start)
            if whole is not None and (owner is None or owner[1].lower() in whole.owners):
                found.append((whole, start, stop))
        return sorted((*found, *self._checkpoints(text, found)), key=lambda one: one[1])

    def _checkpoints(
        self, text: str, found: list[tuple[KnownModel, int, int]]
    ) -> Iterator[tuple[KnownModel, int, int]]:
        """Yield the models whose checkpoints are named where no alias stands: `YOLOv8n` is no word `YOLOv8`."""
        taken = [(start, end) for _, start, end in found]
        for word in _CHECKPOINT.finditer(text):
            name = word["name"][:_LONGEST].rstrip(".+-_")
            start = word.start("name")
            end = start + len(name)
            if name[:_SHORTEST].lower() not in self._beginnings:
                continue
            if any(first < end and start < last for first, last in taken):
                continue
            entry = self.find(f"{word['owner']}/{name}" if word["owner"] else name)
            if entry is not None:
                yield entry, start, end

    @cached_property
    def _names(self) -> dict[str, KnownModel]:
        return {
            fold(name): entry
            for entry in self.known
            for name in (entry.id, *entry.aliases, *entry.aliases_structured_only)
        }

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str], KnownModel]]:
        return [
            (pattern, re.compile(translate(pattern)), entry)
            for entry in self.known
            for pattern in entry.patterns
        ]

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(pattern[:_SHORTEST] for pattern, _, _ in self._patterns)

    @cached_property
    def _prose(self) -> Names[KnownModel]:
        return Names((alias, entry) for entry in self.known for alias in entry.aliases)


def _is_variant(key: str, pattern: str) -> bool:
    """Tell whether a name has beyond its pattern only sizes, versions, formats and the usual names of variants."""
    words = set(_PART.split(key)) - set(_PART.split(pattern))
    return all(_VARIANT.fullmatch(word) for word in words)


def _owned(name: str) -> tuple[str, str]:
    """Return the owner in small letters, or nothing, and the bare name of a hub id or an address on a hub."""
    address = _ADDRESS.match(name)
    if address:
        name = "/".join(re.split(r"[?#]", name[address.end() :])[0].strip("/").split("/")[:2])
    found = _HUB_ID.fullmatch(name)
    return (found[1].lower(), found[2]) if found else ("", name)


def fold(name: str) -> str:
    """Return a name in small letters, its parts joined by single hyphens, as patterns are written."""
    return re.sub(r"[\s_\[\]()-]+", "-", name.lower()).strip("-")
