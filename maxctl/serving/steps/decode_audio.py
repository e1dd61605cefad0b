"""An encoded sound becomes samples.

WAV, FLAC, Ogg (Vorbis, Opus) and MP3 are read, and AIFF and W64, by what the file holds, not by its name.
A WAV or FLAC file that is shorter than its header says is refused, as a picture would be. MP3 and Ogg are
streams: what is there of them is the sound. So is a WAV file whose header leaves the length open, as programs
write it into a pipe.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from ..errors import BadInputError, TooLargeError  # noqa: TID252
from .options import Array, Preprocess
from .sound import Sound

ACCEPTED = "WAV, FLAC, Ogg or MP3"
FORMATS = frozenset({"WAV", "WAVEX", "FLAC", "OGG", "MP3", "MPEG", "AIFF", "W64", "RF64"})
HEADS = (b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM", b"riff", b"ID3")
UNRECOGNIZED = "Unrecognized audio format"
DAMAGED = "Audio cannot be decoded"
MAX_CHANNELS = 32
MIN_RATE, MAX_RATE = 1000, 768_000
VALUES_A_SECOND = 2 * 48_000
"""Of all channels together, on the average of the longest sound that is accepted: bounds the memory."""
MAX_LEVEL = 2.0**31
"""Floats above 1 happen, and some files hold whole numbers as floats; beyond this, sums of squares overflow."""
OPEN_LENGTH = 0x7FFFF000
"""A WAV header with a data size from here on means that its writer did not know the length."""
UNKNOWN_FRAMES = 2**62


class _Bytes(io.BytesIO):
    """A file in memory that stays where it is when a damaged header sends the reader to before its start.

    The error would be raised in a callback from C, which can only print it.
    """

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Return the new place, or the old one where the wanted one does not exist."""
        try:
            return super().seek(offset, whence)
        except (ValueError, OverflowError):
            return self.tell()


class DecodeAudio(Preprocess):
    """Mix the channels of a sound to one (their mean), or keep them."""

    step: Literal["decode_audio"] = "decode_audio"
    channels: Literal["mono", "keep"] = "mono"

    def bind(self, folder: Path) -> Self:
        """Return the step; `StartupError` where soundfile is not installed."""
        self.need("soundfile")
        return self

    def apply(self, value: Any) -> Sound:
        """Return the sound, [N] where it is mixed and [N,C] where its channels are kept."""
        if not isinstance(value, Sound):
            raise self.refuse(value)
        return value if self.channels == "keep" else value.with_samples(mix(value.samples))


def mix(samples: Array) -> Array:
    """Return the mean of the channels of [N,C], float32 [N]; one channel stays as it is."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    mixed: Array = samples.mean(axis=1, dtype=np.float32)
    return mixed


def decode_audio(data: bytes, *, max_seconds: float, field: str = "audio") -> Sound:
    """Return the sound as float32 [N,C] at its own rate, decoded by libsndfile.

    The length is read from the header and checked before anything is decoded. Raises `TooLargeError`, or
    `BadInputError` whose reason stands under `field`.
    """
    import soundfile  # type: ignore[import-untyped,unused-ignore]

    if not data:
        raise BadInputError(UNRECOGNIZED, {field: f"the file is empty; send a {ACCEPTED} file"})
    unknown = BadInputError(
        UNRECOGNIZED, {field: f"the {len(data)} bytes are no sound that is read here; send {ACCEPTED}"}
    )
    # libsndfile reads two dozen formats more: their parsers need not see what strangers send
    if not data.startswith(HEADS) and not _is_mpeg(data):
        raise unknown
    _check_whole(data, field)
    try:
        file = soundfile.SoundFile(_Bytes(data))
    except (soundfile.SoundFileError, ValueError, TypeError):
        raise unknown from None
    with file:
        if file.format not in FORMATS:
            raise BadInputError(UNRECOGNIZED, {field: f"{file.format} is not read here; send {ACCEPTED}"})
        if not 1 <= file.channels <= MAX_CHANNELS or not MIN_RATE <= file.samplerate <= MAX_RATE:
            reason = (
                f"{file.channels} channels at {file.samplerate} Hz; up to {MAX_CHANNELS} channels "
                f"at {MIN_RATE} to {MAX_RATE} Hz are read"
            )
            raise BadInputError(DAMAGED, {field: reason})
        limit = int(max_seconds * min(file.samplerate, VALUES_A_SECOND / file.channels))
        too_long = TooLargeError(
            f"The sound is longer than the {max_seconds:g} s that are accepted"
            if limit == int(max_seconds * file.samplerate)
            else f"The sound holds more than the {limit} samples that are accepted in {file.channels} channels"
        )
        if limit < file.frames < UNKNOWN_FRAMES:
            raise too_long
        try:
            # never more than allowed, whatever the header says
            samples = file.read(limit + 1, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, ValueError) as error:
            raise BadInputError(DAMAGED, {field: f"the file is damaged or cut short ({error})"}) from None
        if len(samples) > limit:
            raise too_long
        if file.format == "FLAC" and len(samples) < file.frames < UNKNOWN_FRAMES:
            reason = f"the file is cut short: {len(samples)} of {file.frames} samples are there"
            raise BadInputError(DAMAGED, {field: reason})
        if not len(samples):
            raise BadInputError(DAMAGED, {field: "the file holds no samples"})
        check_level(samples, DAMAGED, field)
        return Sound(samples, file.samplerate)


def check_level(samples: Array, message: str, field: str) -> None:
    """Raise `BadInputError` where a sample is no number or beyond any level that a sound has."""
    # NaN fails the comparison as well
    if not (np.abs(samples) <= MAX_LEVEL).all():
        raise BadInputError(
            message, {field: f"the samples must be finite numbers, at most {MAX_LEVEL:g}; -1 to 1 is usual"}
        )


def _is_mpeg(data: bytes) -> bool:
    """Tell whether the data begin with an MPEG frame: eleven bits set, a layer and a bit rate."""
    return len(data) > 3 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] & 0x06 != 0


def _check_whole(data: bytes, field: str) -> None:
    """Raise `BadInputError` where a WAV file ends before its data do; libsndfile would not tell."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return
    offset = 12
    while offset + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, offset)
        offset += 8
        if name == b"data":
            if len(data) - offset < size < OPEN_LENGTH:
                reason = f"the file is cut short: {len(data) - offset} of {size} bytes of sound are there"
                raise BadInputError(DAMAGED, {field: reason})
            return
        offset += size + size % 2
