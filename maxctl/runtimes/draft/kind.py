"""Which kind of input a request carries, and which of the model's inputs takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from maxctl.runtimes.draft.facts import Facts, Tensor
from maxctl.runtimes.draft.guess import Guess
from maxctl.runtimes.draft.picture_shape import picture_shape

TOKENS = r"\b(input ids|input word ids|ids|tokens?|attention mask|input mask|token type ids|segment ids)\b"
SOUND = r"\b(wav(eform)?s?|audios?|sounds?|speech|samples?|pcm|signal|vad|voice)\b"
NOTHING = "nothing"
SHORTEST_SOUND = 4000
WIDEST_TABLE = 2048
WIDEST_OF_INTEGERS = 64
"""Longer rows of whole numbers are bytes or tokens, not columns."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The kind of input and the tensor that takes it; what else the model takes, and from where."""

    kind: Guess
    main: Tensor | None
    known: bool = True
    """Whether anything told the kind."""
    constants: Mapping[str, Guess] = field(default_factory=dict)
    state: Mapping[str, Guess] = field(default_factory=dict)


def entry(facts: Facts) -> Entry:
    """Return the kind of input: from what states it, else from names, types and shapes of the inputs."""
    state = _state(facts)
    free = [one for one in facts.inputs if one.name not in state]
    constants = _constants(free)
    free = [one for one in free if one.name not in constants]
    kind, main = _kind(facts, free, stateful=bool(state))
    return Entry(kind, main, kind.source != NOTHING, constants, state)


def _state(facts: Facts) -> dict[str, Guess]:
    """Return the inputs that take what an output of like name gave before: `h` and `hn`, `state` and `stateN`."""
    found: dict[str, Guess] = {}
    taken: set[str] = set()
    if len(facts.inputs) < 2:
        return found
    for one in facts.inputs:
        base = words_of_state(one.name)
        if one.rank is None or one.rank < 2 or not (one.floats and one.dtype) or picture_shape(one):
            continue
        for output in facts.outputs:
            alike = output.rank is None or output.rank == one.rank
            if output.name in taken or not alike or words_of_state(output.name) != base or not base:
                continue
            if any(other.name == one.name and other is not one for other in facts.inputs):
                continue
            if output.name == one.name or re.search(
                r"state|hidden|cell|cache|^[hc]n?$|^r\d", one.name.lower()
            ):
                shape = [1 if size is None else size for size in one.shape or ()]
                value = {"output": output.name, "dtype": one.dtype, "shape": shape}
                if one.dtype == "float32":
                    del value["dtype"]
                found[one.name] = Guess(
                    value,
                    f"the output {output.name} has the same name and axes as the input {one.name}; open axes count 1",
                    "medium",
                    one.name,
                )
                taken.add(output.name)
                break
    return found


def words_of_state(name: str) -> str:
    """Return a name without what tells an input from the output that it comes from: `stateN` and `state` are one."""
    base = re.sub(r"(:\d+)$", "", name)
    base = re.sub(r"(?i)[_.]?(out(put)?|next|new|in(put)?)$|^(out(put)?|next|new|in(put)?)[_.]", "", base)
    return re.sub(r"(?<=[a-z0-9])[nNio]$", "", base).lower()


def _constants(inputs: list[Tensor]) -> dict[str, Guess]:
    """Return inputs that are the same in every request: the rate of a sound."""
    return {
        one.name: Guess(
            {"dtype": one.dtype, "value": 16000},
            "an input of one whole number that is called like a sampling rate; 16 kHz is what speech models take",
            "medium",
            one.name,
        )
        for one in inputs
        if one.dtype in ("int32", "int64")
        and one.tail() == ()
        and re.search(r"^(sr|rate|sample ?rate|sampling ?rate)$", re.sub(r"[_\W]+", " ", one.name.lower()))
    }


def _kind(facts: Facts, free: list[Tensor], *, stateful: bool) -> tuple[Guess, Tensor | None]:
    """Return the kind and the tensor, by the surest sign first."""
    texts = [one for one in free if one.dtype == "string" and (one.rank or 0) <= 2 and len(free) == 1]
    tokens = [one for one in free if one.integers and one.is_called(TOKENS)]
    if tokens:
        return _because(
            "text", f"whole numbers in `{tokens[0].name}`: tokens of a text", "high", tokens[0]
        ), None
    if facts.format == "scikit-learn" and not (texts and texts[0].name == "text"):
        first = free[0] if free else None
        return Guess("table", "scikit-learn's models take rows of a table", "high", facts.format), first
    for one in free:
        if picture_shape(one) and len(free) == 1:
            return _picture(one), one
    sounds = [one for one in free if _is_sound(one, facts, stateful=stateful)]
    if sounds:
        one = sounds[0]
        why = f"floating-point numbers {_shape(one)} in `{one.name}`"
        sign = "that are fed with a state" if stateful else "as long as a sound"
        called = one.is_called(SOUND) or facts.speaks_of(SOUND)
        return _because("audio", f"{why} {sign}", "high" if called and stateful else "medium", one), one
    pictures = [one for one in free if picture_shape(one)]
    if pictures:
        return _picture(pictures[0]), pictures[0]
    if texts:
        return _because("text", f"texts in `{texts[0].name}`", "medium", texts[0]), texts[0]
    table = _table(free)
    if table is not None:
        return table, free[0]
    return Guess("image", "nothing tells it: this is the kind that most models take", "low", NOTHING), None


def _picture(tensor: Tensor) -> Guess:
    shape = picture_shape(tensor)
    assert shape is not None
    where = "last" if shape.layout == "NHWC" else "first"
    sure = (
        "high" if shape.channels == 3 else "medium" if tensor.is_called(r"\b(image|img|picture)") else "low"
    )
    colors = "three colours" if shape.channels == 3 else "one channel"
    return Guess("image", f"{_shape(tensor)}: {colors}, the channels {where}", sure, tensor.name)  # type: ignore[arg-type]


def _is_sound(tensor: Tensor, facts: Facts, *, stateful: bool) -> bool:
    if not tensor.floats or tensor.rank not in (1, 2, 3):
        return False
    long = [size for size in tensor.tail() or (tensor.shape or ()) if size is None or size >= SHORTEST_SOUND]
    narrow = len(tensor.tail()) <= 1
    if narrow and stateful:
        return True
    if narrow and tensor.is_called(SOUND):
        return True
    if narrow and any(size is not None for size in long):
        return True
    open_ended = narrow and tensor.shape is not None and None in tensor.shape[-1:]
    return open_ended and bool(
        facts.speaks_of(SOUND + r"|\b(mel ?spectrogram|spectrogram|wav2vec\w*|whisper|hubert)\b")
    )


def _table(free: list[Tensor]) -> Guess | None:
    if len(free) > 1 and all(one.tail() == () and one.rank in (1, 2) for one in free):
        return _because("table", f"{len(free)} inputs with one value a row", "medium", free[0])
    if len(free) != 1 or free[0].rank != 2 or not (free[0].floats or free[0].integers):
        return None
    width = (free[0].shape or ())[1]
    most = WIDEST_OF_INTEGERS if free[0].integers else WIDEST_TABLE
    if (width or 0) > most or (free[0].integers and width is None):
        return None
    sure = "low" if width is None else "medium"
    return _because(
        "table",
        f"rows of {width if width is not None else 'some'} numbers in `{free[0].name}`",
        sure,
        free[0],
    )


def _because(kind: str, reason: str, sure: str, tensor: Tensor) -> Guess:
    return Guess(kind, reason, sure, tensor.name)  # type: ignore[arg-type]


def _shape(tensor: Tensor) -> str:
    return "×".join("?" if size is None else str(size) for size in tensor.shape or ()) or "of unknown shape"
