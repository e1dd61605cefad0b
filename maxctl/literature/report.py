"""The shortlist as a page of Markdown: the ranking, how it is scored, and the reasons with their sources."""

from __future__ import annotations

import re
from collections.abc import Iterator

from maxctl.core.facts.shortlist import Ranked, ShortlistFacts
from maxctl.literature.criteria import DEFAULT_WEIGHTS, SCALES, megabytes
from maxctl.literature.source import Candidate, Figure, Grant, Statement


def render(facts: ShortlistFacts, candidates: dict[str, Candidate], top: int) -> str:
    """Return the page; `top` rows are shown, and the chosen candidate in any case."""
    chosen = facts.choice.candidate if facts.choice else None
    shown = [row for row in facts.ranking if row.rank <= top or row.id == chosen]
    lines = [
        "# Shortlist",
        "",
        f"{len(facts.ranking)} candidates of `{facts.catalogue}`, ranked for {facts.use_case} use. Scores and"
        " parts run from 0 to 1; *known* is the share of the weight that figures cover.",
        "",
        *_choice(facts),
        *_ranking(facts, shown, candidates),
        *_left_out(facts),
        *_scales(facts),
        "## Reasons",
        "",
    ]
    for row in shown:
        lines += _candidate(row, candidates[row.id], chosen)
    return "\n".join(lines).rstrip("\n") + "\n"


def _choice(facts: ShortlistFacts) -> Iterator[str]:
    if facts.choice is None:
        yield from ("**Nothing is chosen yet.**", "")
        return
    choice = facts.choice
    rank = f"rank {choice.rank} of {len(facts.ranking)}" if choice.rank else "not ranked"
    yield f"**Chosen:** `{choice.candidate}` ({rank}), by {_plain(choice.by)}, {choice.date}."
    yield from ("", f"> {_plain(choice.reason)}", "")


def _ranking(facts: ShortlistFacts, shown: list[Ranked], candidates: dict[str, Candidate]) -> Iterator[str]:
    yield from ("## Ranking", "")
    yield f"| rank | candidate | score | known | {facts.benchmark} | size | code | weights |"
    yield "|---:|---|---:|---:|---:|---:|---|---|"
    for row in shown:
        found = candidates[row.id]
        size = found.bytes.value
        cells = (
            str(row.rank),
            f"[{_cell(row.name)}](#{row.id})",
            f"{row.score:.3f}",
            f"{row.confidence:.0%}",
            "?" if found.quality.figure.value is None else f"{found.quality.figure.value:g}",
            "?" if size is None else megabytes(size),
            found.code_license.expression or "not stated",
            found.weights_license.expression or "not stated",
        )
        yield f"| {' | '.join(cells)} |"
    more = len(facts.ranking) - len(shown)
    if more:
        yield from ("", f"{more} more in the catalogue; `--top {len(facts.ranking)}` shows all.")
    yield ""


def _left_out(facts: ShortlistFacts) -> Iterator[str]:
    if not facts.left_out:
        return
    yield from ("## Left out", "")
    for row in facts.left_out:
        yield f"- **{_plain(row.name)}**: {_plain('; '.join(row.reasons))}. It {_plain(row.change)}."
    yield ""


def _scales(facts: ShortlistFacts) -> Iterator[str]:
    yield from ("## How it is scored", "")
    yield "The weight of what is unknown is spread over what is known: missing is not zero. What was not read at"
    yield from ("an address counts half in *known*.", "", "| criterion | weight | scale |", "|---|---:|---|")
    for criterion in DEFAULT_WEIGHTS:
        yield f"| {criterion} | {facts.weights[criterion]:.2f} | {SCALES[criterion]} |"
    yield ""


def _candidate(row: Ranked, found: Candidate, chosen: str | None) -> Iterator[str]:
    mark = ", chosen" if row.id == chosen else ""
    yield from (f'### <a id="{row.id}"></a>{row.rank}. {_plain(row.name)}{mark}', "")
    yield from (f"- Why here: {_plain(row.why)}.", f"- What would change it: {_plain(row.change)}.")
    if found.paper:
        yield f"- Paper: [{_plain(found.paper.title)}]({found.paper.address}), {found.paper.year}"
    yield f"- Code: <{found.repository}>; {_plain(found.framework)}, {_plain(', '.join(found.formats))}"
    yield "- Weights: " + ", ".join(_address(place.address) for place in found.weights)
    read = ", ".join(
        part for part in (_address(found.cpu.source), found.cpu.date, _remark(found.cpu)) if part
    )
    yield f"- On a CPU: {_plain(found.cpu.text)} ({read})"
    yield from ("", "| figure | value | as of | source | |", "|---|---:|---|---|---|")
    measured = found.quality
    yield _row(f"quality ({measured.set}, input {measured.input})", measured.figure)
    for name in ("bytes", "parameters", "stars", "citations"):
        yield _row(name, getattr(found, name))
    for name, grant in (
        ("license of the code", found.code_license),
        ("of the weights", found.weights_license),
    ):
        yield _stated(name, grant)
    yield ""


def _row(name: str, figure: Figure) -> str:
    if figure.value is None:
        return (
            f"| {_cell(name)} | ? | {figure.date} | {_address(figure.source)} | {_cell(figure.why or '')} |"
        )
    value = f"{figure.value:,.0f}" if figure.value == int(figure.value) else f"{figure.value:g}"
    return (
        f"| {_cell(name)} | {value} | {figure.date} | {_address(figure.source)} | {_cell(_remark(figure))} |"
    )


def _stated(name: str, grant: Grant) -> str:
    said = grant.expression or "not stated"
    return f"| {name} | {_cell(said)} | {grant.date} | {_address(grant.source)} | {_cell(_remark(grant))} |"


def _remark(entry: Figure | Grant | Statement) -> str:
    return "; ".join(
        part for part in ("not read" if entry.evidence == "known" else "", entry.note or "") if part
    )


def _address(text: str | None) -> str:
    if text is None:
        return ""
    if text.startswith(("npm:", "pypi:")):
        return f"`{text}`"
    return f"<{text}>" if text.startswith("http") else _cell(text)


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_<>\[\]])", r"\\\1", " ".join(text.split()))


def _cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")
