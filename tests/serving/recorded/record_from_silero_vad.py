"""Write `silero_vad.json`: where silero-vad itself finds speech, for tests that run without it.

Run by hand when a case is added: `python tests/serving/recorded/record_from_silero_vad.py FOLDER`, with the folder
into which the wheel of silero-vad 6.2.3 is unpacked. PyTorch is not needed: the function that is asked is plain
Python, and only its file imports it.
"""

import json
import sys
import types
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
OPTIONS = [
    {},
    {"threshold": 0.3},
    {"threshold": 0.05},
    {"neg_threshold": 0.45},
    {"min_speech_duration_ms": 0, "min_silence_duration_ms": 0, "speech_pad_ms": 0},
    {"min_silence_duration_ms": 500, "speech_pad_ms": 200},
    {"max_speech_duration_s": 1.5},
    {"max_speech_duration_s": 0.6, "min_silence_duration_ms": 300},
    {"max_speech_duration_s": 2.0, "min_silence_duration_ms": 2000, "min_silence_at_max_speech": 40},
    {"sampling_rate": 8000, "min_speech_duration_ms": 60},
]


def curves(random):
    """Return scores over time: blocks of speech and silence with noise, one constant, and one of one window."""
    for spread in (0.05, 0.2, 0.4):
        blocks = np.repeat(random.random(24) > 0.45, random.integers(1, 20, 24))
        yield np.clip(blocks * 0.8 + 0.1 + spread * random.standard_normal(len(blocks)), 0, 1)
    yield np.full(120, 0.9)
    yield np.full(30, 0.02)
    yield np.array([0.99])


if __name__ == "__main__":
    for name in ("torch", "torch.nn", "torch.nn.functional"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules["torch"].Tensor = object
    sys.modules["torch"].no_grad = lambda: lambda function: function
    sys.modules["torch"].device = str
    module = types.ModuleType("utils_vad")
    source = Path(sys.argv[1], "silero_vad", "utils_vad.py")
    exec(compile(source.read_text(), str(source), "exec"), module.__dict__)
    cases = []
    for scores in curves(np.random.default_rng(20261122)):
        scores = np.round(scores, 3).tolist()
        answers = []
        for options in OPTIONS:
            hop = 256 if options.get("sampling_rate") == 8000 else 512
            length = len(scores) * hop - hop // 3
            found = module.get_speech_timestamps_from_probs(scores, audio_length_samples=length, **options)
            answers.append([[one["start"], one["end"]] for one in found])
        cases.append({"scores": scores, "answers": answers})
    document = {"silero-vad": "6.2.3", "options": OPTIONS, "cases": cases}
    (HERE / "silero_vad.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")
