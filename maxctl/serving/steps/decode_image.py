"""An encoded picture becomes pixels.

JPEG, PNG and WebP are read, in every mode. What becomes of what RGB cannot hold:
- transparency is dropped, as Pillow's `convert("RGB")` does: the colour that the file gives the pixel;
- 16 bits a channel become 8 by keeping the high byte, as Pillow itself does for 16-bit colour PNG;
- of an animation the first frame is used; colour profiles are not applied.
"""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import BadInputError, TooManyPixelsError  # noqa: TID252
from .options import Array, Preprocess

FORMATS = ("JPEG", "PNG", "WEBP")
ACCEPTED = "PNG, JPEG or WebP"
UNRECOGNIZED = "Unrecognized image format"
DAMAGED = "Image cannot be decoded"
EXIF_ORIENTATION = 0x0112
# modes from which Pillow knows no straight way, or not in each of its versions
VIA = {"PA": "RGBA", "La": "LA", "RGBa": "RGBA"}


class DecodeImage(Preprocess):
    """Decode an encoded picture; there is nothing to choose."""

    step: Literal["decode_image"] = "decode_image"

    def apply(self, value: Any) -> Any:
        """Return the picture, which is decoded already: the upload was one."""
        return value


def decode_image(data: bytes, *, max_pixels: int, field: str = "image") -> Array:
    """Return the picture as uint8 [H,W,3] RGB, turned upright as its EXIF orientation says.

    The size is read from the header and checked before anything is decoded. Raises `TooManyPixelsError`, or
    `BadInputError` whose reason stands under `field`.
    """
    if not data:
        raise BadInputError(UNRECOGNIZED, {field: f"the file is empty; send a {ACCEPTED} picture"})
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        reason = f"the {len(data)} bytes are no picture that is read here; send {ACCEPTED}"
        raise BadInputError(UNRECOGNIZED, {field: reason}) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(str(error), field) from None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - only Pillow's parsers run here, and what they raise is the data's fault
        raise _damaged(error, field) from None
    with image:
        width, height = image.size
        if width * height > max_pixels:
            raise _too_many(f"{width} x {height} pixels are more than the {max_pixels} allowed", field)
        try:
            image.load()
            return np.asarray(to_rgb(_upright(image)))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise _damaged(error, field) from None


def _too_many(reason: str, field: str) -> TooManyPixelsError:
    return TooManyPixelsError("Image is too large", {field: reason})


def _damaged(error: Exception, field: str) -> BadInputError:
    return BadInputError(
        DAMAGED, {field: f"the file is damaged or cut short ({error or type(error).__name__})"}
    )


def _upright(image: Image.Image) -> Image.Image:
    try:
        turned = image.getexif().get(EXIF_ORIENTATION, 1) != 1
    except Exception:  # noqa: BLE001 - unreadable notes beside a readable picture are no reason to refuse it
        return image
    return ImageOps.exif_transpose(image) if turned else image


def to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in mode RGB, whatever its mode."""
    if image.mode == "RGB":
        return image
    if image.mode == "F" or image.mode.startswith("I"):
        # Pillow's own conversion would clip at 255 and turn most of such a picture white
        values = np.clip(np.nan_to_num(np.asarray(image)), 0, 65535).astype(np.uint16)
        return Image.fromarray((values >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in VIA:
        image = image.convert(VIA[image.mode])
    return image.convert("RGB")
