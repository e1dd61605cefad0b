# SPDX-License-Identifier: Apache-2.0
# Copyright the maxctl authors
"""The research code itself answers: basic-pitch, from the wheel that maxctl fetched and scanned."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

request = json.loads(Path(os.environ["MAXCTL_REQUEST"]).read_text(encoding="utf-8"))
sys.path.insert(0, request["sources"]["basic-pitch"])

from basic_pitch.inference import Model, predict  # noqa: E402


def answer(model, path, parameters):
    """Return the package's notes, by start and pitch."""
    _, _, notes = predict(path, model, **parameters)
    names = ("start_time", "end_time", "pitch", "amplitude", "pitch_bend")
    found = [
        (float(start), float(end), int(pitch), float(amplitude), [int(one) for one in bend])
        for start, end, pitch, amplitude, bend in notes
    ]
    return {"status": "ok", "predictions": [dict(zip(names, one, strict=True)) for one in sorted(found)]}


with open(os.environ["MAXCTL_RESPONSE"], "a", encoding="utf-8") as answers:
    packages = ("tensorflow-cpu", "librosa", "soxr", "scipy", "numpy")
    versions = {"python": platform.python_version(), "basic-pitch": "0.4.0", **{one: version(one) for one in packages}}
    model = Model(Path(request["artifacts"]) / "nmp")
    lines = [{"event": "started", "versions": versions}]
    lines += [
        {"id": case["id"], "response": answer(model, case["input"], case["parameters"])} for case in request["cases"]
    ]
    answers.writelines(json.dumps(line) + "\n" for line in lines)
