# SPDX-License-Identifier: Apache-2.0
# Copyright the maxctl authors
"""The research code itself answers: silero-vad, from the source tree that maxctl fetched and scanned."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import soundfile
import torch

RATE, WINDOW = 16000, 512
request = json.loads(Path(os.environ["MAXCTL_REQUEST"]).read_text(encoding="utf-8"))
sys.path.insert(0, request["sources"]["silero-vad"])

from silero_vad.utils_vad import OnnxWrapper, get_speech_timestamps, get_speech_timestamps_from_probs  # noqa: E402


def answer(model, path, threshold):
    """Return what the package finds in a file at 16 kHz, with the mean of its probabilities in each stretch."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != RATE:
        raise SystemExit(f"{path} has {rate} Hz; the package's own resampling needs torchaudio, so give {RATE}")
    sound = torch.from_numpy(samples.mean(axis=1))
    found = get_speech_timestamps(sound, model, threshold=threshold)
    model.reset_states()
    padded = torch.nn.functional.pad(sound, (0, -len(sound) % WINDOW))
    probabilities = [model(part, RATE).item() for part in padded.split(WINDOW)]
    exact = get_speech_timestamps_from_probs(
        probabilities, threshold=threshold, speech_pad_ms=0, audio_length_samples=len(sound)
    )
    predictions = []
    for one, core in zip(found, exact, strict=True):
        part = probabilities[core["start"] // WINDOW : -(-core["end"] // WINDOW)]
        predictions.append(
            {
                "start_time": one["start"] / RATE,
                "end_time": one["end"] / RATE,
                "probability": sum(part) / len(part),
            }
        )
    return {"status": "ok", "predictions": predictions}


def main():
    with open(os.environ["MAXCTL_RESPONSE"], "a", encoding="utf-8") as answers:

        def say(line):
            answers.write(json.dumps(line) + "\n")
            answers.flush()

        versions = {name: version(name) for name in ("onnxruntime", "torch", "soundfile")}
        say({"event": "started", "versions": {"python": platform.python_version(), "silero-vad": "6.2.3", **versions}})
        model = OnnxWrapper(str(Path(request["artifacts"]) / "silero_vad.onnx"), force_onnx_cpu=True)
        for case in request["cases"]:
            threshold = case["parameters"].get("threshold", 0.5)
            say({"id": case["id"], "response": answer(model, case["input"], threshold)})


if __name__ == "__main__":
    main()
