"""What source code says: licenses in tables of checkpoints, addresses of weights, and models that it loads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from maxctl.core.slot import Slot
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.said import BaseMention, DataMention, Kind, Role, Said, Statement

_WEIGHT_ADDRESS = re.compile(
    r"(?:https?://|gs://|s3://|hf-hub:)[^\s\"'<>)]+\.(?:pth?|pth\.tar|ckpt|safetensors|onnx|tflite|h5|hdf5|keras|gguf|pb|bin|npz|pkl|params|caffemodel|weights|mlmodel|pdparams|tar\.gz|zip)\b[^\s\"'<>)]*",
    re.IGNORECASE,
)
_WEIGHTY = re.compile(r"weights?|checkpoint|ckpt|model|pretrain", re.IGNORECASE)
_LOADS = re.compile(
    r"(?:from_pretrained|hf_hub_download|snapshot_download|pipeline|SentenceTransformer|load_model|KerasLayer|hub\.load|create_model|repo_id\s*=|model_name_or_path\s*[=:]|_name_or_path[\"']?\s*:)\s*\(?[^\"'\n()]{0,40}[\"']"
    r"(?P<name>[A-Za-z0-9][\w.-]*/[\w.-]+)[\"']"
)
_ENTRY = re.compile(
    r"[\"']?(?:model_)?licen[cs]e[\"']?\s*[=:]\s*[\"'](?P<stated>[^\"'\n]{2,80})[\"']", re.IGNORECASE
)
_FLAG = re.compile(
    r"data(?:set|_set|_root|_dir|_path)?s?\b|\btrain(?:ing)?(?:_?(?:data|set|root|dir|path|file)s?)?\b|--data",
    re.IGNORECASE,
)
_RUN = re.compile(r"^\.(?:sh|ya?ml|json|toml|cfg|ini)$")
"""Files that say what was run; code says what can be run."""
_LOADER = re.compile(
    r"pretrained|hf_hub|snapshot_download|pipeline|SentenceTransformer|load_model|KerasLayer|hub\.load|create_model|repo_id|name_or_path"
)
_VALUE = re.compile(r"[\"'/=:]")
_MEASURES = re.compile(r"eval|test|val(?:id|_|\b)|bench", re.IGNORECASE)
_HYPER = re.compile(r"\b(?:epochs|learning_rate|lr|optimi[sz]er|batch_size)\b\s*[:=]", re.IGNORECASE)
"""What only a configuration of a training has."""
_TRAINS = re.compile(r"train|fine-?tune", re.IGNORECASE)
_OF_WEIGHTS = re.compile(
    r"url|file|weights?|checkpoint|hf_hub|sha256|mean|num_classes|input_size", re.IGNORECASE
)
MAX_LINE = 2000


def read(path: PurePosixPath, text: str, known: Known) -> Said:
    """Return what a source file or a configuration says."""
    lines = _Lines(text)
    weights = tuple((number, shown) for number, shown, _ in lines.of(_addresses(text)))
    return Said(
        tuple(_entries(text, lines)),
        tuple(_data(path, text, lines, known)),
        tuple(
            BaseMention(found["name"], _relation(path), number, shown, "code that loads a model")
            for number, shown, found in lines.of(_LOADS.finditer(text) if _LOADER.search(text) else ())
        ),
        weights,
    )


def _relation(path: PurePosixPath) -> str:
    """Return what a named model is: a hub's config says what the weights were made from, code what it loads."""
    return {"config.json": "base", "adapter_config.json": "adapter"}.get(path.name, "loads")


class _Lines:
    """The lines of a text, by where something was found in it; those that are too long are data."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._number = text, 0, 1

    def of(self, found: Iterable[re.Match[str]]) -> Iterator[tuple[int, str, re.Match[str]]]:
        """Yield the number and the words of the line of each match; matches come in their order."""
        self._at, self._number = 0, 1
        for one in found:
            self._number += self._text.count("\n", self._at, one.start())
            self._at = one.start()
            line = self.around(one.start())
            if len(line) <= MAX_LINE:
                yield self._number, line.strip()[:300], one

    def around(self, place: int, before: int = 0, after: int = 0) -> str:
        """Return the line of a place in the text, with some lines before and after it."""
        start = place
        for _ in range(before + 1):
            start = self._text.rfind("\n", 0, max(start, 0))
            if start < 0:
                break
        end = place
        for _ in range(after + 1):
            end = self._text.find("\n", end + 1) if self._text[end : end + 1] != "\n" or end > place else end
            if end < 0:
                end = len(self._text)
                break
        return self._text[start + 1 : end]


def _addresses(text: str) -> Iterator[re.Match[str]]:
    if "://" not in text and "hf-hub:" not in text:
        return
    for address in _WEIGHT_ADDRESS.finditer(text):
        line = text[text.rfind("\n", 0, address.start()) + 1 : address.end() + 80]
        if _WEIGHTY.search(line) or not address[0].endswith((".zip", ".gz", ".bin", ".pkl", ".npz")):
            yield address


def _entries(text: str, lines: _Lines) -> Iterator[Statement]:
    if "icen" not in text:
        return
    for number, shown, entry in lines.of(_ENTRY.finditer(text)):
        if _OF_WEIGHTS.search(lines.around(entry.start(), 3, 3)):
            about = _about(lines.around(entry.start(), 7).split("\n"))
            yield Statement(
                Kind.GRANT,
                entry["stated"],
                number,
                shown,
                "table in the code",
                "medium",
                (Slot.WEIGHTS,),
                about,
            )


def _data(path: PurePosixPath, text: str, lines: _Lines, known: Known) -> Iterator[DataMention]:
    for number, shown, flag in lines.of(_FLAG.finditer(text)):
        line = lines.around(flag.start())
        if re.match(r"\s*(?:#|//|def |class |import |from |\"\"\")", line) or not _VALUE.search(line):
            continue
        for found, start, end in known.dataset_names.find(line):
            measured = _MEASURES.search(line[: end + 12])
            trains = _TRAINS.search(path.name) or _TRAINS.search(line[:start]) or _HYPER.search(text)
            role = (
                Role.EVALUATION
                if measured
                else Role.TRAINING
                if trains and _RUN.search(path.suffix)
                else Role.UNCLEAR
            )
            yield DataMention(line[start:end], found.id, role, number, shown, "configuration")


def _about(lines: list[str]) -> str | None:
    """Return the key of the entry that the last of these lines belongs to: `'vit_base': _cfg(` on it or above."""
    for line in reversed(lines):
        found = re.search(r"[\"']([\w./-]{3,60})[\"']\s*:\s*(?:\w*\(|\{|dict)", line)
        if found:
            return found[1]
    return None


def weight_lines(sentences: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the lines of prose that say that there are weights, or where."""
    said = re.compile(
        r"(?:pre-?\s?trained|released?|trained|model|download\w*)\s+(?:\w+\s+){0,2}(?:weights?|checkpoints?|models?\b(?=.{0,60}(?:download|available|released|link|here|drive|zenodo|hugging)))"
        r"|download\w*\s+(?:\w+\s+){0,4}(?:weights?|checkpoints?|pre-?trained)|from_pretrained|预训练(?:模型|权重)|权重",
        re.IGNORECASE,
    )
    for line, text in sentences:
        if said.search(text) or _WEIGHT_ADDRESS.search(text):
            yield line, text.strip()[:300]
