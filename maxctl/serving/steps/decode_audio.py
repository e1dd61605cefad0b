"""An encoded sound becomes samples."""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np

from ..errors import BadInputError, TooLargeError  # noqa: TID252
from .options import Preprocess
from .sound import Sound

ACCEPTED = "WAV, FLAC, Ogg or MP3"
FORMATS = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3", "AIFF", "W64", "RF64"})
UNRECOGNIZED = "Unrecognized audio format"
DAMAGED = "Audio cannot be decoded"
MAX_CHANNELS = 32


class DecodeAudio(Preprocess):
    """Mix the channels of a sound to one (their mean), or keep them."""

    step: Literal["decode_audio"] = "decode_audio"
    channels: Literal["mono", "keep"] = "mono"

    def apply(self, value: Any) -> Sound:
        """Return the sound, [N] where it is mixed and [N,C] where its channels are kept."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        if self.channels == "keep":
            return value
        mixed = (
            value.samples[:, 0]
            if value.samples.shape[1] == 1
            else value.samples.mean(axis=1, dtype=np.float32)
        )
        return value.with_samples(mixed)


def decode_audio(data: bytes, *, max_seconds: float, field: str = "audio") -> Sound:
    """Return the sound as float32 [N,C] at its own rate, decoded by libsndfile.

    The length is read from the header and checked before anything is decoded. Raises `TooLargeError`, or
    `BadInputError` whose reason stands under `field`.
    """
    import soundfile  # type: ignore[import-not-found,import-untyped,unused-ignore]

    if not data:
        raise BadInputError(UNRECOGNIZED, {field: f"the file is empty; send a {ACCEPTED} file"})
    try:
        file = soundfile.SoundFile(io.BytesIO(data))
    except (soundfile.LibsndfileError, ValueError, TypeError):
        reason = f"the {len(data)} bytes are no sound that is read here; send {ACCEPTED}"
        raise BadInputError(UNRECOGNIZED, {field: reason}) from None
    with file:
        if file.format not in FORMATS:
            raise BadInputError(UNRECOGNIZED, {field: f"{file.format} is not read here; send {ACCEPTED}"})
        if file.channels > MAX_CHANNELS or file.samplerate < 1:
            raise BadInputError(DAMAGED, {field: f"{file.channels} channels at {file.samplerate} Hz"})
        limit = int(max_seconds * file.samplerate)
        if file.frames > limit:
            raise TooLargeError(f"The sound is longer than the {max_seconds:g} s that are accepted")
        try:
            # never more than allowed, whatever the header says
            samples = file.read(limit + 1, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, ValueError) as error:
            raise BadInputError(DAMAGED, {field: f"the file is damaged or cut short ({error})"}) from None
        if len(samples) > limit:
            raise TooLargeError(f"The sound is longer than the {max_seconds:g} s that are accepted")
        if not len(samples) or not np.isfinite(samples).all():
            raise BadInputError(DAMAGED, {field: "the file holds no samples, or ones that are no numbers"})
        return Sound(samples, file.samplerate)
