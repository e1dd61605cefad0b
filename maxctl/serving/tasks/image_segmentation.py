"""Image segmentation: the class of each pixel of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, Field

from ..labels import Labels  # noqa: TID252
from ..steps.argmax_mask import ArgmaxMask  # noqa: TID252
from ..steps.map_layout import MapLayout  # noqa: TID252
from ..steps.maps import Maps, Mask  # noqa: TID252
from ..steps.mask_threshold import MaskThreshold  # noqa: TID252
from ..steps.options import Array, Postprocess  # noqa: TID252
from ..steps.resize_mask_to_picture import ResizeMaskToPicture  # noqa: TID252
from ..steps.run_length_encoding import RunLengthEncoding, run_lengths  # noqa: TID252
from ..steps.sigmoid import Sigmoid  # noqa: TID252
from ..steps.softmax import Softmax  # noqa: TID252
from ..steps.value import Context  # noqa: TID252
from .interface import OutputTensor, Task


@dataclass(frozen=True, slots=True)
class Segment:
    """One class that is in the picture, and how many pixels of the answer it has.

    `runs` are its pixels as start, length, start, length, ..., where the answer is given so.
    """

    label_id: int
    label: str
    pixels: int
    runs: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The classes of one picture's pixels: `ids`, int32 [H,W], and the classes among them by id."""

    ids: Array
    segments: tuple[Segment, ...]
    as_runs: bool
    named: bool
    """Whether the service has names for the classes."""


class SegmentLabel(BaseModel):
    """One class that is in the picture."""

    label_id: int = Field(description="The number that stands for it in seg_map")
    label: str = Field(description="Name of the label")
    pixels: int = Field(description="How many pixels of seg_map it has")


class SegmentMask(BaseModel):
    """The pixels of one class."""

    label_id: int = Field(description="Id of the label")
    label: str | None = Field(default=None, description="Name of the label")
    mask: list[int] = Field(description="Its pixels as runs: start, length, start, length, ...")


class ModelPredictResponse(BaseModel):
    """What the model sees, pixel by pixel; either as a map or as runs, as the service is configured."""

    status: str = Field(description="ok", examples=["ok"])
    image_size: list[int] = Field(
        description="Width and height of the answer, in pixels", min_length=2, max_length=2
    )
    seg_map: list[list[int]] | None = Field(
        default=None, description="For each row from the top, the class of each pixel from the left"
    )
    labels: list[SegmentLabel] | None = Field(
        default=None, description="The classes in seg_map, by their ids"
    )
    predictions: list[SegmentMask] | None = Field(
        default=None, description="The pixels of each class as runs"
    )


class ImageSegmentation(Task):
    """Scores of pixels, or their classes, become a map of classes."""

    roles: ClassVar[frozenset[str]] = frozenset({"scores", "seg_map"})
    required_roles: ClassVar[frozenset[str]] = frozenset()
    steps: ClassVar[tuple[type[Postprocess], ...]] = (
        MapLayout,
        Softmax,
        Sigmoid,
        ResizeMaskToPicture,
        ArgmaxMask,
        MaskThreshold,
        RunLengthEncoding,
    )
    needs_labels: ClassVar[bool] = False
    response_model: ClassVar[type[BaseModel]] = ModelPredictResponse
    summary: ClassVar[str] = "Say for each pixel of a picture what it shows"

    def value(self, outputs: Mapping[str, Array], context: Context) -> Maps | Mask:
        """Return the scores in the output `scores`, or the classes in the output `seg_map`.

        `scores`: [1,H,W,C], [1,H,W] for one class, or [1,C,H,W] where map_layout is the first step.
        `seg_map`: whole numbers [1,H,W] or [1,H,W,1]. ValueError where there are not just one of them.
        """
        if len(outputs.keys() & self.roles) != 1:
            raise ValueError("outputs: task image-segmentation needs either scores or seg_map")
        if "seg_map" in outputs:
            return Mask(_ids(np.asarray(outputs["seg_map"])))
        scores = np.asarray(outputs["scores"])
        if scores.dtype.kind not in "fiu" or scores.ndim not in (3, 4) or len(scores) != 1:
            raise ValueError(f"scores must be numbers [1,H,W,C], not {scores.dtype} {list(scores.shape)}")
        scores = scores[0].astype(np.float32, copy=False)
        return Maps(scores[:, :, np.newaxis] if scores.ndim == 2 else scores)

    def result(self, value: Maps | Mask, context: Context, labels: Labels) -> Segmentation:
        """Return the map; ValueError where no step has decided the classes."""
        if not isinstance(value, Mask):
            raise ValueError("the pixels have no class yet: add argmax_mask or mask_threshold to postprocess")
        segments = []
        for label_id, count in _counts(value.ids):
            runs = None
            if value.run_lengths is not None:
                if label_id == value.background:
                    continue
                runs = tuple(run_lengths(value.ids == label_id, value.run_lengths, value.first))
            segments.append(Segment(label_id, labels.name(label_id), count, runs))
        return Segmentation(value.ids, tuple(segments), value.run_lengths is not None, bool(labels.all))

    def max_response(self, result: Segmentation) -> dict[str, Any]:
        """Return the Model Asset eXchange's answer: the Image Segmenter's map, or masks like the Nucleus Segmenter's.

        `labels` stand beside the map where the service has a label file.
        """
        height, width = result.ids.shape
        answer: dict[str, Any] = {"status": "ok", "image_size": [width, height]}
        if result.as_runs:
            answer["predictions"] = [
                {
                    "label_id": one.label_id,
                    **({"label": one.label} if result.named else {}),
                    "mask": list(one.runs or ()),
                }
                for one in result.segments
            ]
            return answer
        answer["seg_map"] = result.ids.tolist()
        if result.named:
            answer["labels"] = [
                {"label_id": one.label_id, "label": one.label, "pixels": one.pixels}
                for one in result.segments
            ]
        return answer

    def tensors(self, result: Segmentation) -> list[OutputTensor]:
        """Return the map and the classes in it; it is a map also where MAX's answer has runs."""
        size, count = (int(result.ids.shape[0]), int(result.ids.shape[1])), len(result.segments)
        return [
            OutputTensor("seg_map", "INT32", size, result.ids.ravel().tolist()),
            OutputTensor("classes", "INT64", (count,), [one.label_id for one in result.segments]),
            OutputTensor("labels", "BYTES", (count,), [one.label for one in result.segments]),
        ]

    def tensor_metadata(self) -> list[dict[str, Any]]:
        """Return name, datatype and shape of the three outputs."""
        empty = Segmentation(np.zeros((0, 0), np.int32), (), as_runs=False, named=False)
        return [
            {"name": tensor.name, "datatype": tensor.datatype, "shape": [-1] * len(tensor.shape)}
            for tensor in self.tensors(empty)
        ]


def _counts(ids: Array) -> list[tuple[int, int]]:
    """Return each class in the map with the number of its pixels, by id."""
    if ids.min(initial=0) < 0 or ids.max(initial=0) > 1 << 16:
        found, counts = np.unique(ids, return_counts=True)
    else:  # ten times as fast
        counts = np.bincount(ids.ravel())
        found = np.flatnonzero(counts)
        counts = counts[found]
    return list(zip(found.tolist(), counts.tolist(), strict=True))


def _ids(output: Array) -> Array:
    """Return int32 [H,W] of a model's classes."""
    if output.ndim == 4 and output.shape[3] == 1:
        output = output[:, :, :, 0]
    elif output.ndim == 4 and output.shape[1] == 1:
        output = output[:, 0]
    if output.dtype.kind not in "fiub" or output.ndim != 3 or len(output) != 1:
        raise ValueError(f"seg_map must be whole numbers [1,H,W], not {output.dtype} {list(output.shape)}")
    ids: Array = output[0].astype(np.int32)
    if output.dtype.kind == "f" and not np.array_equal(ids, output[0]):
        raise ValueError("seg_map must be whole numbers: where the model gives scores, the role is scores")
    return ids
