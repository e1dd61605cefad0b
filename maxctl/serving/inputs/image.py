"""A picture: a JPEG, PNG or WebP file, or its pixels."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np

from ..errors import BadInputError, TooManyPixelsError  # noqa: TID252
from ..steps.decode_image import ACCEPTED, decode_image  # noqa: TID252
from ..steps.picture import Picture  # noqa: TID252
from .interface import InputKind, Limits


class ImageInput(InputKind):
    """Decoded to RGB and turned upright."""

    name: ClassVar[str] = "image"
    carried: ClassVar[Literal["file", "json"]] = "file"
    default_field: ClassVar[str] = "image"
    first_step: ClassVar[str | None] = "decode_image"
    one_tensor: ClassVar[bool] = True
    help: ClassVar[str] = f"An image file (encoded as {ACCEPTED})"
    datatypes: ClassVar[tuple[str, ...]] = ("BYTES", "UINT8")

    def decode(self, data: bytes, limits: Limits, field: str) -> Picture:
        """Return the picture in a file."""
        return Picture.whole(decode_image(data, max_pixels=limits.pixels, field=field))

    def from_tensor(
        self, datatype: str, shape: tuple[int, ...], data: Any, limits: Limits, field: str
    ) -> Picture:
        """Return the picture in one BYTES element (a file), or in UINT8 [H,W,3] or [1,H,W,3] (its pixels)."""
        if datatype == "BYTES":
            if len(data) != 1:
                raise BadInputError(
                    f"input {field}: BYTES must have shape [1] and one element: one picture a request"
                )
            return self.decode(data[0], limits, field)
        size = shape[1:] if len(shape) == 4 and shape[0] == 1 else shape
        if len(size) != 3 or size[2] != 3:
            raise BadInputError(
                f"input {field}: UINT8 must have shape [H,W,3] or [1,H,W,3], not {list(shape)}"
            )
        if size[0] * size[1] > limits.pixels:
            raise TooManyPixelsError(
                f"input {field}: {size[1]} x {size[0]} pixels are more than the {limits.pixels} allowed"
            )
        return Picture.whole(np.asarray(data).reshape(size))

    def example(self) -> Picture:
        """Return a grey picture."""
        return Picture.whole(np.full((32, 32, 3), 128, np.uint8))
