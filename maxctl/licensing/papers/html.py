"""The report of an evaluation: one page with everything in it, to be read from top to bottom, and printed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from maxctl.core import resources
from maxctl.licensing.papers import places, wording
from maxctl.licensing.papers.excerpts import Back, Citation, Sources
from maxctl.licensing.papers.places import Document, Lines, judged

if TYPE_CHECKING:
    from markupsafe import Markup

FOLDER = "license_report"
SHOWN_PLACES = 8
"""Places of one license that are shown with their lines; the rest is listed."""
SHOWN_FILES = 3000
SHOWN_COPYRIGHTS = 4


def render(document: Document, lines: Lines) -> str:
    """Return the page; the same bytes for the same document and lines. All text of the document is escaped.

    `lines` returns the lines of a file of the tree, or None where it has none to show.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = resources.path("templates") / FOLDER
    style = (folder / "style.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters |= {
        "words": places.words,
        "address": _address,
        "kind": wording.kind,
        "sentence": _sentence,
    }
    sources = Sources(lines)
    known = {file["path"] for file in document["files"]}

    def cite(place: str | Mapping[str, Any], anchor: str, label: str) -> Citation:
        if isinstance(place, str):
            spot = places.Spot(place) if place in known else places.read(place)
            return sources.cite(spot.path, spot.line, (), Back(anchor, label))
        texts = tuple(text for text in (place.get("stated"), place.get("text")) if text)
        return sources.cite(place["path"], place.get("line"), texts, Back(anchor, label), place.get("end"))

    return environment.get_template("report.html.jinja").render(
        document=document,
        style=Markup(style),
        policy=Markup(_security_policy(style)),
        wording=wording,
        judged=list(judged(document)),
        points=wording.points(document),
        remarks=_remarks(document),
        tasks=_tasks(document),
        obligations=_obligations(document),
        groups=_file_groups(document["files"][:SHOWN_FILES]),
        files_left_out=max(0, len(document["files"]) - SHOWN_FILES),
        shown_copyrights=SHOWN_COPYRIGHTS,
        shown_places=SHOWN_PLACES,
        by_expression=_by_expression,
        departures=_departures,
        ordered=wording.ordered,
        cite=cite,
        sources=sources,
    )


def _security_policy(style: str) -> str:
    """Return the policy of the page: it may apply this style, and do nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _visible(value: Any) -> Any:
    from markupsafe import Markup

    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return places.visible(value).replace(places.FETCHED, "")


def _address(text: str) -> Markup | str:
    """Return a web address as a link that tells its target nothing, and anything else as the text it is."""
    from markupsafe import Markup

    if places.address(text) is None:
        return text
    return Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(text)


def _sentence(text: str) -> str:
    """Return foreign text as a sentence: with an end."""
    told = places.words(text, 1500)
    return told if told.endswith((".", "!", "?", "…", ":")) else f"{told}."


def _departures(differs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return where the conclusion departs from the scanner, each file and reason once, with all its places."""
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in differs:
        key = (one["path"], one["concluded"], one["why"])
        group = groups.setdefault(
            key, {"detected": {}, "concluded": one["concluded"], "why": one["why"], "places": []}
        )
        group["detected"].setdefault(one["detected"] or "nothing")
        group["places"].append(one)
    return list(groups.values())


def _by_expression(evidence: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the detections of each expression, the surest first; what stands at most places comes first."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in sorted(evidence, key=lambda e: (-e["score"], e["path"], e["line"] or 0)):
        found.setdefault(one["expression"], []).append(one)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _obligations(document: Document) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the obligations by license; one that several parts ask for stands once, with all of them."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for duty in document["obligations"]:
        key = json.dumps([duty["kind"], duty["text"]])
        known = found.setdefault(duty["license"], {}).setdefault(key, {**duty, "slots": []})
        if duty["slot"] not in known["slots"]:
            known["slots"].append(duty["slot"])
    return [(name, list(duties.values())) for name, duties in sorted(found.items())]


def _remarks(document: Document) -> list[Mapping[str, Any]]:
    """Return the findings that no reason of a slot tells already."""
    told = set()
    for _, slot in judged(document):
        for reason in slot["reasons"]:
            waived = f" (waived by {reason['waived_by']})" if reason["waived_by"] else ""
            told.add((reason["code"], reason["text"] + waived))
    return [one for one in document["findings"] if (one["code"], one["message"]) not in told]


def _tasks(document: Document) -> list[Mapping[str, Any]]:
    """Return the tasks besides those that only repeat a point to settle and what would change it."""
    told = {f"{reason['text']}: {reason['change']}" for _, _, reason in wording.points(document)}
    return [task for task in document["tasks"] if task["text"] not in told]


def _file_groups(
    files: Iterable[Mapping[str, Any]],
) -> list[tuple[str | None, list[Mapping[str, Any]]]]:
    """Return the files by the license found in them, those without one last."""
    found: dict[str | None, list[Mapping[str, Any]]] = {}
    for file in files:
        found.setdefault(file["licenses"], []).append(file)
    ordered = sorted(found.items(), key=lambda item: (item[0] is None, -len(item[1]), item[0] or ""))
    return [(name, sorted(group, key=lambda file: str(file["path"]))) for name, group in ordered]
