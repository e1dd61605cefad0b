"""What an OpenVINO IR says beyond its description: neighbours of its ends, and its Model API's `model_info`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from maxctl.runtimes import openvino
from maxctl.runtimes.draft.neighbours import after, before
from maxctl.runtimes.metadata import openvino as notes
from maxctl.runtimes.metadata.source import DamagedError, Found, Source

_INFO = "rt_info.model_info."
_PIECE = 64 * 1024
MOST_LABELS = 10_000


def openvino_facts(path: Path) -> dict[str, Any]:
    """Return the fields of `Evidence` that the XML fills; empty where it is damaged."""
    file = openvino._only_xml(path) if path.is_dir() else path
    if file is None:
        return {}
    said = Found()
    with file.open("rb") as opened:
        source = Source(opened)
        reader = _Reader(source, said)
        try:
            for place in range(0, source.size, _PIECE):
                reader.feed(source.at(place, min(_PIECE, source.size - place)), place + _PIECE >= source.size)
        except DamagedError:
            return {}
    described = openvino.inspect(path)
    info = {key.removeprefix(_INFO): value for key, value in said.entries if key.startswith(_INFO)}
    found: dict[str, Any] = {
        **reader.neighbours([one.name for one in described.inputs], [one.name for one in described.outputs]),
        "properties": {f"model_info.{key}": value for key, value in info.items()},
    }
    # a blank in a name is written as _, and blanks part the names
    names = info.get("labels", "").split()[:MOST_LABELS]
    if len(names) > 1:
        rows = [{"id": number, "name": name.replace("_", " ")} for number, name in enumerate(names)]
        found["labels"] = [{"source": "model_info", "rows": rows}]
    if re.fullmatch(r"0?\.\d{1,6}", info.get("confidence_threshold", "")):
        found["score_threshold"] = float(info["confidence_threshold"])
    return found


class _Reader(notes._Reader):
    """Follows the XML once: for the texts of the metadata, and for the outermost layers and what joins them."""

    def __init__(self, source: Source, found: Found) -> None:
        super().__init__(source, found)
        self.types: dict[str, str] = {}
        self.feeds: dict[str, tuple[int, str]] = {}
        """Layer -> the first of its ports that is fed, and from which layer."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        super()._start(name, attributes)
        path = tuple(self._path)
        if path == ("net", "layers", "layer"):
            self.types[attributes.get("id", "")] = attributes.get("type", "")
        elif path == ("net", "edges", "edge"):
            to, port = attributes.get("to-layer", ""), attributes.get("to-port", "")
            place = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0
            if to not in self.feeds or place < self.feeds[to][0]:
                self.feeds[to] = place, attributes.get("from-layer", "")

    def neighbours(self, inputs: list[str], outputs: list[str]) -> dict[str, dict[str, list[str]]]:
        """Return the operators next to each end; ends stand in the order of their layers, as in the description."""
        makes = {layer: (self.types.get(layer, ""), [source]) for layer, (_, source) in self.feeds.items()}
        takes: dict[str, list[tuple[str, list[str]]]] = {}
        for layer, (_, source) in self.feeds.items():
            takes.setdefault(source, []).append((self.types.get(layer, ""), [layer]))
        ends = [layer for layer, kind in self.types.items() if kind == "Result"]
        starts = [layer for layer, kind in self.types.items() if kind == "Parameter"]
        return {
            "ends": {name: before(layer, makes) for name, layer in zip(outputs, ends, strict=False)},
            "begins": {name: after(layer, takes) for name, layer in zip(inputs, starts, strict=False)},
        }
