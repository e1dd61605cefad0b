"""Write what the image processors of Hugging Face's transformers make of a picture.

In an environment with `transformers==4.57.*`, pillow and numpy alone:
`python tests/runtimes/record_image_processors.py tests/runtimes/recorded/image_processors.json`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

PROCESSORS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ViTImageProcessor", {}),
    ("CLIPImageProcessor", {}),
    ("ConvNextImageProcessor", {"size": {"shortest_edge": 224}, "crop_pct": 0.875}),
    ("ConvNextImageProcessor", {"size": {"shortest_edge": 384}}),
    ("DeiTImageProcessor", {}),
    ("BitImageProcessor", {}),
    ("MobileNetV2ImageProcessor", {}),
    ("MobileViTImageProcessor", {}),
    ("LevitImageProcessor", {}),
    ("PoolFormerImageProcessor", {}),
    ("EfficientNetImageProcessor", {}),
    ("SegformerImageProcessor", {}),
    ("BeitImageProcessor", {}),
    ("SiglipImageProcessor", {}),
    ("DetrImageProcessor", {}),
)
PLACES = 25


def picture() -> Any:
    """Return uint8 [300,455,3], smooth and rough parts beside one another."""
    y, x, c = np.meshgrid(np.arange(300), np.arange(455), np.arange(3), indexing="ij")
    rough = (y * 7 + x * 13 + c * 29) ** 2 // 3 % 256
    smooth = (y + x // 2 + c * 40) % 256
    return np.where(x < 225, smooth, rough).astype(np.uint8)


def places(shape: tuple[int, ...]) -> list[int]:
    """Return places in the flat tensor that are spread over it."""
    size = int(np.prod(shape))
    return [int(number * 2654435761 % size) for number in range(1, PLACES + 1)]


def main(out: Path) -> None:
    """Ask each processor."""
    import transformers  # type: ignore[import-not-found,unused-ignore]
    from PIL import Image

    recorded = []
    for name, options in PROCESSORS:
        processor = getattr(transformers, name)(**options)
        made = processor(Image.fromarray(picture()), return_tensors="np")["pixel_values"][0]
        config = {**json.loads(processor.to_json_string()), "image_processor_type": name}
        values = [float(value) for value in made.ravel()[places(made.shape)]]
        recorded.append({"config": config, "shape": list(made.shape), "values": values})
    out.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
