"""The files beside a model that say what it does: configurations, labels, tokenizers, a README."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import yaml

from maxctl.runtimes.draft.guess import one_line

MOST_BYTES = 4 * 1024 * 1024
MOST_LABELS = 100_000
DOCUMENTS = (
    "config.json", "preprocessor_config.json", "generation_config.json", "tokenizer_config.json", "modules.json",
    "sentence_bert_config.json", "1_Pooling/config.json", "processor_config.json",
)  # fmt: skip
_LABELS = re.compile(
    r"(?i)^(.*[_.\-])?(labels?([_\-]?map)?|classes|class[_\-]?names?|synsets?|categories|.*_classes|index_to_name|coco)"
    r"(\.(txt|json|names|csv|pbtxt))$|\.names$"
)
_DATA = ("data.yaml", "data.yml", "metadata.yaml")
_READMES = ("README.md", "README.txt", "README", "readme.md")


def folders(path: Path) -> tuple[Path, ...]:
    """Return where files about the model lie: its own folder, and the one around a folder called `onnx` or the like."""
    own = path if path.is_dir() else path.parent
    around = (
        own.parent
        if own.name in ("onnx", "openvino", "tflite", "tfjs", "saved_model", "model") or path.is_dir()
        else None
    )
    return (own,) if around is None or around == own else (own, around)


def documents(path: Path) -> dict[str, dict[str, Any]]:
    """Return the JSON objects beside the model by name, and what the front matter of its card states."""
    from maxctl.runtimes.draft.task import pipeline_in

    found: dict[str, dict[str, Any]] = {}
    for folder in folders(path):
        for name in DOCUMENTS:
            value = _json(folder / name)
            if isinstance(value, dict) and name not in found:
                found[name] = value
            elif isinstance(value, list) and name not in found:
                found[name] = {Path(name).stem: value}
    # transformers 5 keeps the image processor inside this file
    inner = found.get("processor_config.json", {}).get("image_processor")
    if isinstance(inner, dict):
        found.setdefault("preprocessor_config.json", inner)
    card = pipeline_in(readme(path))
    if card:
        found["README.md"] = dict(card)
    return found


def readme(path: Path) -> str:
    """Return the text of the model's README; empty where there is none."""
    for folder in folders(path):
        for name in _READMES:
            text = _text(folder / name)
            if text:
                return text
    return ""


def tokenizer(path: Path) -> str | None:
    """Return the name of a tokenizer.json beside the model."""
    return next(("tokenizer.json" for folder in folders(path) if (folder / "tokenizer.json").is_file()), None)


def labels_in(metadata: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the lists of labels in a description's metadata, such as the `classes_` of a model of scikit-learn."""
    found = []
    for key in ("classes_", "classes", "labels", "class_names"):
        try:
            rows = rows_of(json.loads(metadata.get(key, "")))
        except (ValueError, RecursionError):
            continue
        if len(rows) > 1:
            found.append({"source": f"{key} in its metadata", "rows": rows})
    for key, text in metadata.items():  # files that PyTorch's archives carry along
        if PurePath(key).suffix == ".txt" and _LABELS.search(key):
            rows = rows_of_text(text)
            if len(rows) > 1:
                found.append({"source": f"{key} inside the model", "rows": rows})
    return found


def label_lists(path: Path) -> list[dict[str, Any]]:
    """Return the lists of labels beside the model, `{"source", "rows": [{"id", "name"}]}` each."""
    found = []
    for folder in folders(path):
        config = _json(folder / "config.json")
        rows = rows_of(config.get("id2label")) if isinstance(config, dict) else []
        if rows:
            found.append({"source": "config.json", "rows": rows})
        if not folder.is_dir():
            continue
        names = sorted(
            one
            for one in folder.iterdir()
            if one.is_file() and (_LABELS.search(one.name) or one.name in _DATA)
        )
        names.sort(key=lambda one: not one.name.startswith(path.stem))
        for file in names[:20]:
            rows = _rows_of_file(file)
            if len(rows) > 1:
                found.append({"source": file.name, "rows": rows})
    return found


def rows_of(value: object) -> list[dict[str, Any]]:
    """Return `{"id", "name"}` rows of a list of names, a mapping of ids to names, or a list of such objects."""
    rows: list[dict[str, Any]] = []
    if isinstance(value, dict):
        if value and all(
            isinstance(number, int) and not isinstance(number, bool) for number in value.values()
        ):
            value = {number: name for name, number in value.items()}  # label2id
        for key, name in value.items():
            if not str(key).strip().isdigit() or not isinstance(name, str | list):
                return []
            shown = name if isinstance(name, str) else str(name[-1]) if name else ""
            rows.append({"id": int(str(key)), "name": one_line(shown, 200)})
        return sorted(rows, key=lambda row: int(row["id"]))[:MOST_LABELS]
    if not isinstance(value, list):
        return []
    for number, one in enumerate(value[:MOST_LABELS]):
        if isinstance(one, str):
            rows.append({"id": number, "name": one_line(one, 200)})
        elif isinstance(one, dict):
            key = next(
                (one[key] for key in ("id", "label_id", "index") if isinstance(one.get(key), int)), number
            )
            name = next(
                (one[key] for key in ("display_name", "name", "label") if isinstance(one.get(key), str)), None
            )
            if name is None:
                return []
            rows.append({"id": key, "name": one_line(name, 200)})
    return rows if len({row["id"] for row in rows}) == len(rows) else []


def rows_of_text(text: str) -> list[dict[str, Any]]:
    """Return the rows of a list with a name in each line; a number before each name is its id."""
    lines = [line.strip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    lines = [line for line in lines[:MOST_LABELS] if line]
    if lines and re.match(r"(?i)(id|index)\s*,", lines[0]):
        lines = lines[1:]
    numbered = [re.match(r"(\d+)\s*[,:;\t ]\s*(\S.*)$", line) for line in lines]
    if lines and all(numbered):
        rows = [{"id": int(one[1]), "name": one_line(one[2], 200)} for one in numbered if one]
        if len({row["id"] for row in rows}) == len(rows):
            return rows
    return [{"id": number, "name": one_line(line, 200)} for number, line in enumerate(lines)]


def names_of_python(text: str) -> list[dict[str, Any]]:
    """Return the rows of a Python dictionary in words, as Ultralytics writes its `names`."""
    try:
        return rows_of(ast.literal_eval(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []


def _rows_of_file(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".json":
        value = _json(file)
        if isinstance(value, dict):
            value = next(
                (value[key] for key in ("id2label", "labels", "classes", "names") if key in value), value
            )
        return rows_of(value)
    text = _text(file)
    if file.name in _DATA:
        return _rows_of_yaml(text)
    if file.suffix == ".pbtxt":
        return _rows_of_items(text)
    return rows_of_text(text)


def _rows_of_yaml(text: str) -> list[dict[str, Any]]:
    """Return the `names` of a data set's description; an alias may make much of little, so such files are not read."""
    if re.search(r"(?m)^\s*[^#\n]*[&*]\w", text):
        return []
    try:
        value = yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError):
        return []
    return rows_of(value.get("names")) if isinstance(value, dict) else []


def _rows_of_items(text: str) -> list[dict[str, Any]]:
    """Return the rows of TensorFlow's label map: `item { id: 1 display_name: 'person' }`."""
    rows = []
    for item in re.findall(r"item\s*\{([^{}]*)\}", text)[:MOST_LABELS]:
        number = re.search(r"\bid:\s*(\d+)", item)
        name = re.search(r"\bdisplay_name:\s*['\"]([^'\"]*)", item) or re.search(
            r"\bname:\s*['\"]([^'\"]*)", item
        )
        if number and name:
            rows.append({"id": int(number[1]), "name": one_line(name[1], 200)})
    return rows


def _json(file: Path) -> Any:
    text = _text(file)
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(file: Path) -> str:
    """Return a text of bounded length; empty where there is none that can be read."""
    try:
        if not file.is_file() or file.stat().st_size > MOST_BYTES:
            return ""
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def lists_in(texts: Iterator[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the lists of labels in files that a model carries inside itself: (name, text) of each."""
    found = []
    for name, text in texts:
        rows = rows_of_text(text)
        if len(rows) > 1:
            found.append({"source": f"{name} inside the model", "rows": rows})
    return found
