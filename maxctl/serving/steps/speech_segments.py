"""Where speech begins and ends, from how likely it is from window to window: as silero-vad decides it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from ..errors import NoAnswerError  # noqa: TID252
from .options import Array, Postprocess
from .scores import Scores
from .sound import Sound
from .value import Context

DROP = 0.15
"""How far below the threshold speech must fall to end, where nothing else is declared."""
LOWEST_EXIT = 0.01


@dataclass(frozen=True, slots=True)
class Segment:
    """Speech from one second to another, with the mean of the scores between them (padding left out)."""

    start: float
    end: float
    score: float


class SpeechSegments(Postprocess):
    """Speech begins at a score of the request's `parameter` or more, and ends below `exit_threshold`.

    `exit_threshold` is by default .15 less than the request's. Pauses shorter than `min_silence_ms` are part of
    the speech, speech not longer than `min_speech_ms` is left out, and `pad_ms` is added on both sides. Speech
    longer than `max_speech_seconds` is cut at its longest pause of more than `min_pause_ms`, else right there.
    `hop` is the number of samples from one score to the next; null: that of the windows.
    """

    step: Literal["speech_segments"] = "speech_segments"
    parameter: str = "threshold"
    exit_threshold: float | None = Field(default=None, ge=0, le=1)
    min_speech_ms: float = Field(default=250, ge=0, allow_inf_nan=False)
    max_speech_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    min_silence_ms: float = Field(default=100, ge=0, allow_inf_nan=False)
    min_pause_ms: float = Field(default=98, ge=0, allow_inf_nan=False)
    pad_ms: float = Field(default=30, ge=0, allow_inf_nan=False)
    hop: int | None = Field(default=None, ge=1)

    def needs(self) -> frozenset[str]:
        """Return the parameter that holds the threshold."""
        return frozenset({self.parameter})

    def apply(self, value: Scores, context: Context) -> tuple[Segment, ...]:
        """Return the segments, the first one first."""
        sound = context.source
        if not isinstance(sound, Sound):
            raise ValueError("speech_segments needs the sound that was sent")
        hop = self.hop or sound.hop
        if not hop:
            raise ValueError("speech_segments: give hop, the samples from one score to the next")
        if self.hop is None and value.values.shape[1] != 1:
            raise ValueError(
                f"speech_segments takes one score a window, not {value.values.shape[1]}: pick one with select_class, "
                "or give hop, the samples from one score to the next"
            )
        if not np.isfinite(value.values).all():
            raise NoAnswerError("the model's scores hold values that are no numbers")
        # several scores a window, or all of a whole sound, are in their order in time
        scores = value.values.reshape(-1)
        threshold = context.parameters[self.parameter]
        found = speech_segments(scores, hop, sound.rate, sound.duration, threshold, self)
        return tuple(Segment(start / sound.rate, end / sound.rate, score) for start, end, score in found)


def speech_segments(
    scores: Array, hop: int, rate: int, length: int, threshold: float, options: SpeechSegments
) -> list[tuple[int, int, float]]:
    """Return start and end in samples, and the mean score, of each segment in a sound of `length` samples.

    Starts and ends are those of `get_speech_timestamps` of silero-vad 6.2.3 for the same scores.
    """
    found = _spans(scores.astype(np.float64).tolist(), hop, rate, length, threshold, options)
    means = [float(scores[start // hop : -(-end // hop)].mean()) for start, end in found]
    pad = rate * options.pad_ms / 1000
    return [(*span, mean) for span, mean in zip(_padded(found, pad, length), means, strict=True)]


def _spans(
    scores: list[float], hop: int, rate: int, length: int, threshold: float, options: SpeechSegments
) -> list[tuple[int, int]]:
    least = rate * options.min_speech_ms / 1000
    silence = rate * options.min_silence_ms / 1000
    pause = rate * options.min_pause_ms / 1000
    most = math.inf
    if options.max_speech_seconds is not None:
        most = rate * options.max_speech_seconds - hop - 2 * rate * options.pad_ms / 1000
    exit_ = max(threshold - DROP, LOWEST_EXIT) if options.exit_threshold is None else options.exit_threshold
    found: list[tuple[int, int]] = []
    begin: int | None = None
    fell: int | None = None  # where the scores went below the exit, and did not come back
    pauses: list[tuple[int, int]] = []  # begin and length of the pauses in the speech so far
    for number, score in enumerate(scores):
        here = number * hop
        if score >= threshold and fell is not None:
            if here - fell > pause:
                pauses.append((fell, here - fell))
            fell = None
        if begin is None:
            if score >= threshold:
                begin = here
            continue
        if here - begin > most:
            if not pauses:
                found.append((begin, here))
                begin = fell = None
                continue
            at, lasted = max(pauses, key=lambda one: one[1])
            found.append((begin, at))
            begin, fell, pauses = at + lasted, None, []
        if score < exit_:
            fell = here if fell is None else fell
            if here - fell >= silence:
                if fell - begin > least:
                    found.append((begin, fell))
                begin, fell, pauses = None, None, []
    if begin is not None and length - begin > least:
        found.append((begin, length))
    return found


def _padded(found: list[tuple[int, int]], pad: float, length: int) -> list[tuple[int, int]]:
    """Return the spans with `pad` samples on both sides; a gap that is too narrow for both is halved."""
    padded = [list(span) for span in found]
    for number, span in enumerate(padded):
        if number == 0:
            span[0] = int(max(0, span[0] - pad))
        if number == len(padded) - 1:
            span[1] = int(min(length, span[1] + pad))
            continue
        after = padded[number + 1]
        gap = after[0] - span[1]
        if gap < 2 * pad:
            span[1] += gap // 2
            after[0] = max(0, after[0] - gap // 2)
        else:
            span[1] = int(min(length, span[1] + pad))
            after[0] = int(max(0, after[0] - pad))
    return [(start, end) for start, end in padded]
