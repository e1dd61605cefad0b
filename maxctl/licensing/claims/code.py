"""What source code says: licenses in tables of checkpoints, addresses of weights, and models that it loads."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from maxctl.core.slot import Slot
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.nouns import RESTRICTION
from maxctl.licensing.claims.said import BaseMention, DataMention, Kind, Role, Said, Statement
from maxctl.licensing.trees import FOREIGN_FOLDERS

_WEIGHT_ADDRESS = re.compile(
    r"(?:https?://|gs://|s3://|hf-hub:)[^\s\"'<>)]+\.(?:pth?|pth\.tar|ckpt|safetensors|onnx|tflite|h5|hdf5|keras|gguf|pb|bin|npz|pkl|params|caffemodel|weights|mlmodel|pdparams|tar\.gz|zip)\b[^\s\"'<>)]*",
    re.IGNORECASE,
)
_WEIGHTY = re.compile(r"weights?|checkpoint|ckpt|model|pretrain", re.IGNORECASE)
_LOADS = re.compile(
    r"(?:from_pretrained|hf_hub_download|snapshot_download|pipeline|SentenceTransformer|load_model|KerasLayer|hub\.load|create_model|repo_id\s*=|model_name_or_path\s*[=:]|_name_or_path[\"']?\s*:)\s*\(?[^\"'\n()]{0,40}[\"']"
    r"(?P<name>[A-Za-z0-9][\w.-]*/[\w.-]+)[\"']"
)
_FROM = re.compile(r"^FROM[ \t]+(?P<name>[\w./:-]{2,100})[ \t]*$", re.MULTILINE | re.IGNORECASE)
_MERGED = re.compile(
    r"^[ \t-]{0,40}(?:model|base_model)[ \t]*:[ \t]*[\"']?(?P<name>[\w.-]{1,80}/[\w.-]{1,80})[\"']?[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
_CALLED = re.compile(
    r"\b(?:[A-Z]\w{2,40}|\w{0,40}(?:model|load|create|get|build)\w{0,40})\([ \t]{0,8}"
    r"(?:(?:model_?)?(?:name|id|type)?[ \t]{0,4}=[ \t]{0,4})?[\"'](?P<name>[\w.-]{3,60})[\"']"
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
_FORBIDS = re.compile(r"commercial|academic|research|personal use|education|商|kommerziell", re.IGNORECASE)
"""Words without which a string of a program forbids no use."""
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.){8,400})\"|'((?:[^'\\\n]|\\.){8,400})'|`([^`\n]{8,400})`")
_TESTS = re.compile(r"^(?:tests?|testing|__tests__|spec)$|^test_|_test\.", re.IGNORECASE)
_COMMENT = re.compile(r"^\s*(?:#+!?|//+|/\*+!?|\*+/?|--+|;+|%+|\"{3}|'{3})\s?(.*?)(?:\*+/|\"{3}|'{3})?\s*$")
_BLOCK = re.compile(r"^\s*(?:/\*|\"{3}|'{3})")
_BLOCK_END = re.compile(r"\*/|\"{3}|'{3}")
_CLOSED = re.compile(
    r"\bdo(?: not|n't) (?:re)?(?:distribute|share|copy|publish|disclose)|\bnot for (?:public )?(?:re)?(?:distribution|release)\b"
    r"|\b(?:internal|in-house) (?:use|purposes?) only\b|\bfor internal (?:use|purposes?)\b|\bfor use (?:only )?(?:by|within|in|at) "
    r"|\b(?:employees|customers|members|staff|students|universities|schools|partners|subscribers|licensees) only\b"
    r"|\bonly (?:by|for|to|within) (?:\w+ ){0,3}(?:employees|customers|staff|members|universit\w+|students|schools|partners|licensees)\b"
    r"|\bunauthori[sz]ed (?:copying|use|reproduction|distribution|disclosure)\b|\blicensed (?:only )?to (?!you\b|the (?:Apache|Free)\b)[\w ,.&]{1,60}under the\b"
    r"|\btrade secrets?\b|\bcommercial licen[cs]e\b|\bexpress (?:written )?(?:permission|consent|licen[cs]e)\b",
    re.IGNORECASE,
)
"""What the head of a file says that keeps it from others; a license's own text says none of it."""
_KEPT_BACK = re.compile(
    r"\bconfidential\b|\bproprietary\b|\bstrictly (?:prohibited|forbidden)\b", re.IGNORECASE
)
_OWNED = re.compile(r"copyright|\(c\)|©|licen[cs]|rights reserved|propert", re.IGNORECASE)
_OPEN_HEAD = re.compile(
    r"licensed to the apache software foundation|distributed under the licen[cs]e", re.IGNORECASE
)
_NO_COMMENT = re.compile(r"^\s*$")
HEAD = 40
"""So many lines of a file are its head."""


def read(path: PurePosixPath, text: str, known: Known) -> Said:
    """Return what a source file or a configuration says."""
    lines = _Lines(text)
    weights = tuple((number, shown) for number, shown, _ in lines.of(_addresses(text)))
    return Said(
        tuple(_entries(text, lines)),
        tuple(_data(path, text, lines, known)),
        (
            *(
                BaseMention(found["name"], _relation(path), number, shown, "code that loads a model")
                for number, shown, found in lines.of(_LOADS.finditer(text) if _LOADER.search(text) else ())
            ),
            *_named_bases(path, text, lines, known),
        ),
        weights,
    )


_BEGUN = re.compile(
    r"^[ \t-]*[\"']?(?:init(?:_from|_weights|_checkpoint|iali[sz]ation)?|from_pretrained|pretrained(?:_model(?:_name(?:_or_path)?)?|_weights|_from|_path)?|base_model(?:_name(?:_or_path)?)?"
    r"|model_name_or_path|backbone(?:_name)?|encoder(?:_name)?|teacher(?:_model)?|checkpoint|resume_from|load_from|start_from)[\"']?\s*:\s*[\"']?(?P<name>[\w.-]+/[\w.-]+)[\"']?\s*(?:#.*)?$",
    re.MULTILINE,
)
"""A key of a configuration of training that names the model to begin with."""
_OF_RIVALS = re.compile(r"baseline|compar|ablation|example|template", re.IGNORECASE)


def _named_bases(path: PurePosixPath, text: str, lines: _Lines, known: Known) -> Iterator[BaseMention]:
    """Yield known models that are named without an owner, and those that a recipe makes a model of."""
    if path.name.lower() == "modelfile":
        for number, shown, found in lines.of(_FROM.finditer(text)):
            yield BaseMention(found["name"].replace(":", "-"), "base", number, shown, "Modelfile")
    elif path.suffix in (".yml", ".yaml"):
        for number, shown, found in lines.of(_MERGED.finditer(text) if "merge_method" in text else ()):
            yield BaseMention(found["name"], "merge", number, shown, "recipe of a merge")
        if _OF_RIVALS.search(str(path)):
            return
        for number, shown, found in lines.of(_BEGUN.finditer(text)):
            if known.base_models.find(found["name"]) is not None:
                yield BaseMention(found["name"], "base", number, shown, "configuration")
    elif path.suffix == ".py":
        for number, shown, found in lines.of(_CALLED.finditer(text)):
            if known.base_models.find(found["name"]) is not None:
                yield BaseMention(found["name"], "loads", number, shown, "code that loads a model")


def words(path: PurePosixPath, text: str, known: Known) -> Said:
    """Return what a program tells people in its head and in its strings: limits that no license states."""
    if any(_TESTS.search(part) or part.lower() in FOREIGN_FOLDERS for part in path.parts):
        return Said()
    told = _head(text)
    return Said(problems=(*((told,) if told else ()), *itertools.islice(_strings(text, known), 3)))


def _head(text: str) -> tuple[int, str] | None:
    """Return the line in the comment at the head of a file that keeps it from others."""
    comments: list[tuple[int, str]] = []
    inside = False
    for number, line in enumerate(text[: HEAD * 400].split("\n")[:HEAD], 1):
        found = _COMMENT.match(line[:MAX_LINE])
        if not (inside or found or _NO_COMMENT.match(line)):
            if comments:
                break
            continue
        begins = not inside and _BLOCK.match(line) is not None
        ends = len(_BLOCK_END.findall(line)) > (1 if begins and "/*" not in line else 0)
        inside = (inside or begins) and not ends
        comments.append((number, found[1] if found else line.strip()[:MAX_LINE]))
    whole = " ".join(words for _, words in comments)
    closed = _CLOSED.search(whole)
    if closed is None and _OWNED.search(whole):
        closed = _KEPT_BACK.search(whole)
    if closed is None or _OPEN_HEAD.search(whole):
        return None
    place = 0
    for number, told in comments:
        place += len(told) + 1
        if closed.start() < place:
            return number, f"the head of the file says: {told.strip()[:200]}"
    return None


def _strings(text: str, known: Known) -> Iterator[tuple[int, str]]:
    """Yield what strings of a program forbid of its weights, code or data: `help="weights (research only)"`."""
    if not _FORBIDS.search(text):
        return
    from maxctl.licensing.claims import sentences
    from maxctl.licensing.claims.prose import Sentence

    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE or not _FORBIDS.search(line) or line.lstrip().startswith(("#", "//", "*")):
            continue
        for string in _STRING.finditer(line):
            told = next(filter(None, string.groups()), "")
            if not _FORBIDS.search(told) or not RESTRICTION.search(told):
                continue
            found = sentences.statements(Sentence(told, number), known.lexicon, "words of the program")
            if any(one.kind is Kind.RESTRICTION and one.slots for one in found):
                # it may speak of others' work, so that a person has to look
                yield number, f"the program says: {told[:200]}"


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
    last = 0
    for number, shown, flag in lines.of(_FLAG.finditer(text)):
        if number == last:  # all of a line was read at its first word
            continue
        last, line = number, lines.around(flag.start())
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
        r"|download\w*\s+(?:\w+\s+){0,4}(?:weights?|checkpoints?|pre-?trained)|from_pretrained|\b(?:get(?:ting)?|fetch(?:ing)?|obtain(?:ing)?|download(?:ing)?)[\s_-]{1,3}(?:the[\s_-]+|our[\s_-]+)?(?:weights?|checkpoints?)|预训练(?:模型|权重)|权重",
        re.IGNORECASE,
    )
    for line, text in sentences:
        if said.search(text) or _WEIGHT_ADDRESS.search(text):
            yield line, text.strip()[:300]
