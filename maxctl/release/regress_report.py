"""The report of a golden run: one HTML page with everything in it, a picture per case."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from maxctl.core import resources
from maxctl.golden import detections
from maxctl.golden.detections import Box, Detection, Pair
from maxctl.golden.differences import Difference, Kind

if TYPE_CHECKING:
    from maxctl.golden.compare import CaseResult
    from maxctl.golden.run import SuiteResult
    from maxctl.golden.suite import Case, Suite

TEMPLATE = "regress.html.jinja"
_MAGIC = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"RIFF", "webp"), (b"GIF8", "gif"))
_TARGETS = {
    "service": "the service in its own locked environment",
    "http": "the service in its own locked environment, over HTTP",
    "image": "a container of the image, over HTTP",
}
_WORDS = {
    Kind.MISSING: "missing",
    Kind.EXTRA: "extra",
    Kind.SCORE: "score off",
    Kind.BOX: "box off",
    Kind.LABEL: "other label",
}
_OVERLAPS = {"object-detection": "Boxes", "image-segmentation": "Regions of a class"}
_HOW = {
    "object-detection": "Predictions are matched by label and place, whatever their order. "
    "Numbers in the pictures are the rows of the tables.",
    "image-segmentation": "Answers are compared class by class: how much of its region both share.",
}

_BY_VALUE = "Answers are compared value by value: numbers within the tolerance, all else exactly."


@dataclass(frozen=True, slots=True)
class Frame:
    """A box in thousandths of the picture, `side` being `expected` or `actual`, with a tag where it needs one."""

    side: str
    x: str
    y: str
    width: str
    height: str
    tag: str | None
    right: str
    bottom: str
    """Distance from the picture's right and lower edge, in thousandths."""


@dataclass(frozen=True, slots=True)
class Row:
    """One pair in the table, its numbers as text; `off` names the numbers that failed."""

    number: int
    label: str
    other_label: str | None
    expected: str
    actual: str
    difference: str
    iou: str
    off: frozenset[str]
    verdict: str


@dataclass(frozen=True, slots=True)
class Card:
    """One case of the page."""

    id: str
    passed: bool
    parameters: str
    credit: str
    picture: str | None
    frames: tuple[Frame, ...]
    rows: tuple[Row, ...]
    troubles: tuple[str, ...]
    """What went wrong with the answer as a whole."""
    compared: str
    """What was compared, in a sentence; empty where there was no answer."""


def render(suite: Suite, result: SuiteResult, target: str) -> str:
    """Return the page; the same bytes for the same suite, answers and target. Labels are escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(resources.path("templates") / "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cards = tuple(_card(suite.task, case, one) for case, one in zip(suite.cases, result.cases, strict=True))
    return environment.get_template(TEMPLATE).render(
        cards=cards,
        failed=len(result.failures),
        target=_TARGETS.get(target, target),
        tolerance=suite.tolerance,
        made_by=sorted(suite.made_by.items()),
        overlaps=_OVERLAPS.get(suite.task),
        how=_HOW.get(suite.task, _BY_VALUE),
    )


def _card(task: str, case: Case, result: CaseResult) -> Card:
    shown = result.pairs
    if any(
        one.kind is Kind.ANSWER for one in result.differences
    ):  # nothing to pair: show what should have come
        known = detections.read(case.expected) if task == "object-detection" else ()
        shown = tuple(Pair(one, None, None, None, ()) for one in known)
    return Card(
        id=case.id,
        passed=result.passed,
        parameters=", ".join(f"{name} {value:g}" for name, value in sorted(case.parameters.items())),
        credit=", ".join(part for part in (case.license, case.credit) if part),
        picture=_picture(case.input),
        frames=tuple(frame for number, pair in enumerate(shown, 1) for frame in _frames(number, pair)),
        rows=tuple(_row(number, pair) for number, pair in enumerate(result.pairs, 1)),
        troubles=tuple(
            _trouble(one) for one in result.differences if one.kind is Kind.ANSWER or not result.pairs
        ),
        compared=_compared(result),
    )


def _compared(result: CaseResult) -> str:
    counts, largest = result.counts, result.largest
    if any(one.kind is Kind.ANSWER for one in result.differences):
        return ""
    if not counts.expected and not counts.extra:
        return "Nothing is expected here, and nothing was found."
    faults = {"missing": counts.missing, "not expected": counts.extra, "changed": counts.changed}
    told = [f"{count} {name}" for name, count in faults.items() if count]
    how = ", ".join([f"{counts.same} the same", *told]) if told else "all the same"
    if largest is None:
        off = ""
    elif counts.parts == "classes":
        off = f"; {largest:.2%} of the pixels differ"
    else:
        off = f"; numbers are off by at most {largest:.2g}"
    return f"{counts.expected} {counts.parts} compared: {how}{off}."


def _trouble(difference: Difference) -> str:
    """Return a difference that belongs to no box, as a sentence."""
    if difference.kind is Kind.ANSWER:
        return difference.message
    return f"{difference.subject} {difference.message}"


def _picture(path: Path) -> str | None:
    """Return the picture as a data address, or None for a file that browsers do not show."""
    data = path.read_bytes()
    kind = next((kind for magic, kind in _MAGIC if data.startswith(magic)), None)
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}" if kind else None


def _frames(number: int, pair: Pair) -> list[Frame]:
    sides = [("expected", pair.expected), ("actual", pair.actual)]
    # where both boxes are one, one tag is enough
    tagged = {"expected", "actual"} if pair.faults else {"expected"}
    return [_frame(side, number, one, side in tagged) for side, one in sides if one is not None]


def _frame(side: str, number: int, one: Detection, tagged: bool) -> Frame:
    ymin, xmin, ymax, xmax = _visible(one.box)
    return Frame(
        side=side,
        x=_thousandths(xmin),
        y=_thousandths(ymin),
        width=_thousandths(max(0.0, xmax - xmin)),
        height=_thousandths(max(0.0, ymax - ymin)),
        tag=f"{number} {one.label}" if tagged else None,
        right=_thousandths(1 - xmax),
        bottom=_thousandths(1 - ymax),
    )


def _visible(box: Box) -> Box:
    """Return the part of a box that lies in the picture."""
    ymin, xmin, ymax, xmax = (min(1.0, max(0.0, edge)) for edge in box)
    return ymin, xmin, ymax, xmax


def _thousandths(part: float) -> str:
    return f"{part * 1000:.1f}"


def _row(number: int, pair: Pair) -> Row:
    def score(one: Detection | None) -> str:
        return "–" if one is None else f"{one.score:.4f}"

    renamed = pair.actual.label if pair.actual and Kind.LABEL in pair.faults else None
    return Row(
        number=number,
        label=pair.label,
        other_label=renamed,
        expected=score(pair.expected),
        actual=score(pair.actual),
        difference="–" if pair.score_difference is None else _signed(pair.score_difference),
        iou="–" if pair.iou is None else f"{pair.iou:.4f}",
        off=frozenset(str(fault) for fault in pair.faults),
        verdict=", ".join(_WORDS[fault] for fault in pair.faults) or "same",
    )


def _signed(difference: float) -> str:
    """Return a difference with its sign, but a zero without one."""
    return f"{difference:+.4f}" if abs(difference) >= 0.00005 else "0.0000"
