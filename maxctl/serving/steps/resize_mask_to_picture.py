"""A segmenter's answer on the pixels of the picture that was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from .maps import Maps, Mask, on_picture
from .options import Postprocess
from .picture import Picture
from .value import Context


class ResizeMaskToPicture(Postprocess):
    """Undo what crop, letterbox and resize did: one class for each pixel of the picture.

    Before argmax_mask the scores are taken over (`bilinear` gives smooth edges), after it the classes, which
    only `nearest` can. As a map in JSON a picture of 12 million pixels is 36 MB: there is `most`, and
    run_length_encoding.
    """

    step: Literal["resize_mask_to_picture"] = "resize_mask_to_picture"
    filter: Literal["nearest", "bilinear"] = "nearest"
    most: int | None = Field(default=None, ge=1)
    """The most that the longer side of the answer may have; a larger picture is answered smaller, in proportion."""
    unseen: int = Field(default=0, ge=0)
    """The class of pixels that the model was not shown, where the classes are decided already."""

    def apply(self, value: Any, context: Context) -> Maps | Mask:
        """Return the same on the picture's pixels."""
        picture = context.source
        if not isinstance(picture, Picture):
            raise ValueError("resize_mask_to_picture needs a picture as input")
        target = picture_size(picture, self.most)
        if isinstance(value, Maps) and value.sampling is None:
            return replace(value, sampling=on_picture(value.size(), picture, target, self.filter))
        if not isinstance(value, Mask):
            raise ValueError(
                "resize_mask_to_picture takes a mask once, before or after its classes are decided"
            )
        if self.filter != "nearest":
            raise ValueError(
                "classes cannot be mixed: put resize_mask_to_picture before argmax_mask, or use nearest"
            )
        rows, columns = value.ids.shape
        return value.resampled(on_picture((rows, columns), picture, target, "nearest"), self.unseen)


def picture_size(picture: Picture, most: int | None) -> tuple[int, int]:
    """Return the picture's height and width, in proportion smaller where they are more than `most`."""
    longer = max(picture.height, picture.width)
    if most is None or longer <= most:
        return picture.height, picture.width
    return max(1, round(picture.height * most / longer)), max(1, round(picture.width * most / longer))
