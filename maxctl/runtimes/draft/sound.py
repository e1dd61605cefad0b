"""The steps from a sound to the windows that a model takes."""

from __future__ import annotations

from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Guess
from maxctl.runtimes.draft.kind import Entry

RATE = 16000
_DECODE = Guess(
    {"step": "decode_audio", "channels": "mono"},
    "models take one channel: the mean of all",
    "medium",
    "a habit",
)
# lengths of windows that well-known models take, and the rate that goes with them
_LENGTHS = {
    15600: (16000, "YAMNet's .975 s at 16 kHz"),
    144000: (48000, "BirdNET's 3 s at 48 kHz"),
    43844: (22050, "Basic Pitch's 2 s at 22,050 Hz"),
    441000: (44100, "10 s at 44.1 kHz"),
    480000: (16000, "Whisper's 30 s at 16 kHz"),
}  # fmt: skip
FILE = "preprocessor_config.json"


def sound_steps(facts: Facts, entry: Entry, task: str) -> tuple[Guess, ...]:
    """Return the steps: decode, rate, windows, and an axis where the tensor has one."""
    tensor = entry.main
    if tensor is None:
        return (_DECODE, _rate(facts, None))
    length = next((size for size in reversed(tensor.tail() or ()) if size), None)
    steps = [_DECODE, _rate(facts, length)]
    normalizes = facts.evidence.documents.get(FILE, {})
    silero = _silero(facts, entry)
    if silero:
        size, hop, why = silero
        value = {"step": "windows", "size": size, "hop": hop}
        if size > hop:
            value["before"] = size - hop
        steps.append(Guess({**value, "end": "every-start"}, why, "medium", tensor.name))
    elif length:
        value = {"step": "windows", "size": length, "hop": length}
        steps.append(
            Guess(
                value,
                f"the model takes {length} samples; that windows do not overlap is to be checked",
                "low",
                tensor.name,
            )
        )
    elif entry.state:
        value = {"step": "windows", "size": 512, "hop": 512}
        steps.append(
            Guess(
                value,
                "a model with a state takes window after window; their length is to be checked",
                "low",
                tensor.name,
            )
        )
    if (
        normalizes.get("do_normalize")
        and normalizes.get("feature_extractor_type") == "Wav2Vec2FeatureExtractor"
    ):
        steps.append(Guess({"step": "normalize_audio", "by": "mean-variance"}, "do_normalize", "high", FILE))
    windowed = any(step.value["step"] == "windows" for step in steps)
    steps += _axes(tensor, windowed=windowed)
    return tuple(steps)


def _rate(facts: Facts, length: int | None) -> Guess:
    stated = facts.evidence.documents.get(FILE, {}).get("sampling_rate")
    if isinstance(stated, int) and 1000 <= stated <= 192_000:
        return Guess({"step": "resample", "rate": stated}, f"sampling_rate {stated}", "high", FILE)
    if facts.evidence.sample_rate:
        return Guess(
            {"step": "resample", "rate": facts.evidence.sample_rate},
            "the sample rate in its metadata",
            "high",
            "TFLITE_METADATA",
        )
    rate, why, sure = RATE, "16 kHz is what most models of speech and sounds take", "low"
    if length in _LENGTHS:
        rate, why = _LENGTHS[length]
        sure = "medium"
    elif length and length % RATE == 0:
        why, sure = f"{length} samples are {length // RATE} s at 16 kHz", "medium"
    elif facts.speaks_of(r"\b(silero|vad|wav2vec\w*|whisper|hubert|speech)\b"):
        why, sure = "models of speech take 16 kHz", "medium"
    return Guess({"step": "resample", "rate": rate}, why, sure, "a habit")  # type: ignore[arg-type]


def _silero(facts: Facts, entry: Entry) -> tuple[int, int, str] | None:
    """Return size and hop of silero-vad's windows, known by the shapes of its state, as its package takes them."""
    shapes = sorted(tuple(guess.value["shape"]) for guess in entry.state.values())
    if shapes == [(2, 1, 128)]:
        return (
            576,
            512,
            "a state of 2×1×128 is that of silero-vad 5 and 6: 64 samples of the window before, then 512",
        )
    if shapes == [(2, 1, 64), (2, 1, 64)]:
        return 512, 512, "two states of 2×1×64 are those of silero-vad 4: 512 samples"
    return None


def _axes(tensor: Tensor, *, windowed: bool) -> list[Guess]:
    shape = tensor.shape or ()
    if len(shape) == 3 and shape[-1] == 1:
        return [
            Guess(
                {"step": "add_axis", "at": "end"}, "the input has a last axis of size 1", "high", tensor.name
            )
        ]
    if len(shape) == 3 and shape[1] == 1:
        return [
            Guess(
                {"step": "add_axis", "at": "start"},
                "the input has an axis of size 1 before its samples",
                "high",
                tensor.name,
            )
        ]
    return []
