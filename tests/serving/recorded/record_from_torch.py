"""Write `torch.npz`: what PyTorch and torchvision answer, for tests that run without them.

Run by hand when a case is added: `python tests/serving/recorded/record_from_torch.py`.
The file here was made with torch 2.13.0, torchvision 0.28.0 and Pillow 13.0.0.
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

if torch.version.cuda is None:
    # torchvision of another build than torch has no compiled operators, and asks for them though none is used here
    operators = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from torchvision import ops, transforms

HERE = Path(__file__).parent
SIZES = [(17, 29, 7, 10), (7, 10, 15, 19), (14, 9, 9, 13), (16, 12, 8, 6), (1, 1, 3, 5), (6, 6, 6, 6)]
# rows, columns of pictures for the transforms of torchvision's classifiers: Resize(10), CenterCrop(7 or 14)
PICTURES = [(13, 23), (25, 11), (10, 10), (5, 17)]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def cases(random):
    for number, (rows, columns, height, width) in enumerate(SIZES):
        pixels = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
        yield f"resize/{number}/pixels", pixels
        for name, antialias in (("torch-bilinear", False), ("torch-bilinear-antialias", True)):
            resized = torch.nn.functional.interpolate(
                tensor, (height, width), mode="bilinear", align_corners=False, antialias=antialias
            )
            yield f"resize/{number}/{name}", resized[0].permute(1, 2, 0).numpy()
    for number, (rows, columns) in enumerate(PICTURES):
        pixels = random.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
        for side in (7, 14):
            transform = transforms.Compose(
                [
                    transforms.Resize(10),
                    transforms.CenterCrop(side),
                    transforms.ToTensor(),
                    transforms.Normalize(MEAN, STD),
                ]
            )
            yield f"classifier/{number}/{side}", transform(Image.fromarray(pixels)).numpy()
        yield f"classifier/{number}/pixels", pixels
    logits = random.standard_normal((3, 7)).astype(np.float32) * 8
    yield "logits", logits
    yield "softmax", torch.softmax(torch.from_numpy(logits), 1).numpy()
    yield "sigmoid", torch.sigmoid(torch.from_numpy(logits)).numpy()
    boxes = random.random((9, 4)).astype(np.float32) * 20
    yield "boxes", boxes
    for form in ("xywh", "cxcywh"):
        yield f"boxes/{form}", ops.box_convert(torch.from_numpy(boxes), form, "xyxy").numpy()


if __name__ == "__main__":
    np.savez_compressed(HERE / "torch.npz", **dict(cases(np.random.default_rng(20261123))))
