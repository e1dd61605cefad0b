"""Pictures of a catalogue page: golden inputs that browsers show, with the golden answer as boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from maxctl.golden import detections

if TYPE_CHECKING:
    from maxctl.golden.suite import Case, Suite
    from maxctl.release.site_entry import PictureEntry

_MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"RIFF", "webp"), (b"GIF8", "gif"))
HUES = 6


@dataclass(frozen=True, slots=True)
class Frame:
    """A box over a picture: the class that places it, its hue, its label and its probability."""

    place: str
    hue: int
    label: str
    probability: str
    low: bool
    """Whether its tag stands at the lower right, since a smaller box has one at the upper left."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture with its frames. `rules` is the style sheet that places them, free of foreign text."""

    path: str
    alt: str
    frames: tuple[Frame, ...]
    rules: str


def of(suite: Suite) -> dict[str, tuple[PictureEntry, bytes]]:
    """Return picture and content by case id; cases with the same input share one, others have none."""
    from maxctl.release.site_entry import BoxEntry, PictureEntry

    names: dict[str, str] = {}
    found: dict[str, tuple[PictureEntry, bytes]] = {}
    for case in suite.cases:
        content = case.input.read_bytes()
        kind = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
        if kind is None:
            continue
        boxes = tuple(
            BoxEntry(label=one.label, probability=_part(one.score), box=_visible(one.box))
            for one in (detections.read(case.expected) if suite.task == "object-detection" else ())
        )
        path = names.setdefault(case.sha256, f"{case.id}.{kind}")
        entry = PictureEntry(path=path, sha256=case.sha256, license=case.license, boxes=boxes)
        found[case.id] = entry, content
    return found


def show(picture: PictureEntry, prefix: str, folder: str = "") -> Shown:
    """Return how a picture is drawn; `prefix` keeps the classes of pictures on one page apart."""
    labels = list(dict.fromkeys(one.label for one in picture.boxes))
    # large boxes first: small ones and their tags lie above them
    boxes = sorted(picture.boxes, key=lambda one: _area(one.box), reverse=True)
    frames, rules = [], []
    for number, one in enumerate(boxes):
        ymin, xmin, ymax, xmax = one.box
        place = f"{prefix}-{number}"
        rules.append(
            f".{place}{{left:{xmin:.2%};top:{ymin:.2%};width:{max(0.0, xmax - xmin):.2%};"
            f"height:{max(0.0, ymax - ymin):.2%}}}"
        )
        low = any(_tags_meet(one.box, other.box) for other in boxes[number + 1 :])
        frames.append(Frame(place, labels.index(one.label) % HUES, one.label, f"{one.probability:.2f}", low))
    return Shown(f"{folder}{picture.path}", _alt(picture), tuple(frames), "\n".join(rules))


def parameters(case: Case) -> str:
    """Return the parameters of a question, as words."""
    return ", ".join(f"{name} {value:g}" for name, value in sorted(case.parameters.items()))


def _alt(picture: PictureEntry) -> str:
    counted: dict[str, int] = {}
    for one in picture.boxes:
        counted[one.label] = counted.get(one.label, 0) + 1
    if not counted:
        return "Sample picture in which nothing is found"
    words = [label if count == 1 else f"{count} × {label}" for label, count in counted.items()]
    return f"Sample picture in which the model finds: {', '.join(words)}"


def _visible(box: Iterable[float]) -> tuple[float, float, float, float]:
    """Return the part of a box that lies in the picture."""
    ymin, xmin, ymax, xmax = map(_part, box)
    return ymin, xmin, ymax, xmax


def _part(value: float) -> float:
    return round(min(1.0, max(0.0, value)), 6)


def _tags_meet(lower: tuple[float, ...], upper: tuple[float, ...]) -> bool:
    """Tell whether the tag of the box above, at its upper left, would cover that of the box below it."""
    return abs(upper[0] - lower[0]) < 0.12 and -0.3 < upper[1] - lower[1] < 0.4


def _area(box: tuple[float, float, float, float]) -> float:
    ymin, xmin, ymax, xmax = box
    return (ymax - ymin) * (xmax - xmin)
