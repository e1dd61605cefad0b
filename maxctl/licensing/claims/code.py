"""What source code says: licenses in tables of checkpoints, addresses of weights, and models that it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from maxctl.core.spec import Slot
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
_TRAINS = re.compile(r"train|fine-?tune", re.IGNORECASE)
_OF_WEIGHTS = re.compile(
    r"url|file|weights?|checkpoint|hf_hub|sha256|mean|num_classes|input_size", re.IGNORECASE
)
MAX_LINE = 2000


def read(path: PurePosixPath, text: str, known: Known) -> Said:
    """Return what a source file or a configuration says."""
    statements: list[Statement] = []
    weights: list[tuple[int, str]] = []
    bases: list[BaseMention] = []
    data: list[DataMention] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE or (
            "=" not in line and ":" not in line and "(" not in line and "/" not in line
        ):
            continue
        address = _WEIGHT_ADDRESS.search(line)
        if address and (
            _WEIGHTY.search(line) or not address[0].endswith((".zip", ".gz", ".bin", ".pkl", ".npz"))
        ):
            weights.append((number, line.strip()[:300]))
        for loaded in _LOADS.finditer(line):
            bases.append(
                BaseMention(loaded["name"], "loads", number, line.strip()[:300], "code that loads a model")
            )
        entry = _ENTRY.search(line)
        if entry and _OF_WEIGHTS.search("\n".join(lines[max(0, number - 4) : number + 3])):
            statements.append(
                Statement(
                    Kind.GRANT,
                    entry["stated"],
                    number,
                    line.strip()[:300],
                    "table in the code",
                    "medium",
                    (Slot.WEIGHTS,),
                    _about(lines, number),
                )
            )
        if _FLAG.search(line) and not re.match(r"\s*(?:#|//|def |class |import |from )", line):
            for found, start, end in known.dataset_names.find(line):
                measured = re.search(r"eval|test|val(?:id|_|\b)|bench", line[: end + 12], re.IGNORECASE)
                trains = _TRAINS.search(path.name) or _TRAINS.search(line[:start])
                role = (
                    Role.EVALUATION
                    if measured
                    else Role.TRAINING
                    if trains and _RUN.search(path.suffix)
                    else Role.UNCLEAR
                )
                data.append(
                    DataMention(line[start:end], found.id, role, number, line.strip()[:300], "configuration")
                )
    return Said(tuple(statements), tuple(data), tuple(bases), tuple(weights))


def _about(lines: list[str], number: int) -> str | None:
    """Return the key of the entry that a line belongs to: `'vit_base': _cfg(` some lines above, or on the line."""
    for line in reversed(lines[max(0, number - 8) : number]):
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
