"""A sound: a WAV, FLAC, Ogg or MP3 file, or its samples."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from ..errors import BadInputError, TooLargeError  # noqa: TID252
from ..steps.decode_audio import ACCEPTED, check_level, decode_audio  # noqa: TID252
from ..steps.sound import Sound  # noqa: TID252
from .interface import InputKind, Limits

RATE = 16000


class AudioInput(InputKind):
    """Decoded to float32 samples from -1 to 1, the channels as they are."""

    name: ClassVar[str] = "audio"
    carried: ClassVar[Literal["file", "json"]] = "file"
    default_field: ClassVar[str] = "audio"
    first_step: ClassVar[str | None] = "decode_audio"
    one_tensor: ClassVar[bool] = True
    help: ClassVar[str] = f"An audio file (encoded as {ACCEPTED})"
    datatypes: ClassVar[tuple[str, ...]] = ("BYTES", "FP32")

    def decode(self, data: bytes, limits: Limits, field: str) -> Sound:
        """Return the sound in a file."""
        return decode_audio(data, max_seconds=limits.seconds, field=field)

    def from_tensor(
        self, datatype: str, shape: tuple[int, ...], data: Any, limits: Limits, field: str
    ) -> Sound:
        """Return the sound in one BYTES element (a file), or in FP32 [N] or [1,N]: samples at 16 kHz."""
        if datatype == "BYTES":
            if len(data) != 1:
                raise BadInputError(
                    f"input {field}: BYTES must have shape [1] and one element: one sound a request"
                )
            return self.decode(data[0], limits, field)
        size = shape[1:] if len(shape) == 2 and shape[0] == 1 else shape
        if len(size) != 1:
            raise BadInputError(f"input {field}: FP32 must have shape [N] or [1,N], not {list(shape)}")
        samples = np.asarray(data, np.float32).reshape(-1, 1)
        if len(samples) > limits.seconds * RATE:
            raise TooLargeError(f"input {field}: more than {limits.seconds:g} s of samples at {RATE} Hz")
        check_level(samples, f"input {field}: the samples cannot be used", field)
        return Sound(samples, RATE)

    def example(self) -> Sound:
        """Return a second of silence."""
        return Sound(np.zeros((RATE, 1), np.float32), RATE)
