"""The shipped knowledge as readers use it, and short ways to ask them."""

from functools import cache

from maxctl.core import resources
from maxctl.licensing.claims import sentences
from maxctl.licensing.claims.knowledge import Known
from maxctl.licensing.claims.prose import Sentence
from maxctl.policy.base_models import BaseModels
from tests.policy.knowledge_at_hand import catalog, datasets, knowledge


@cache
def known():
    return Known(
        catalog(),
        knowledge(),
        datasets(),
        BaseModels.load(resources.path("licenses") / "base_models.yaml"),
    )


def stated(text, *headings):
    """Return (kind, words, slots) of what a sentence states; asides are left out."""
    return [
        (s.kind.value, s.stated, tuple(slot.value for slot in s.slots))
        for s in sentences.statements(Sentence(text, 1, headings), known().lexicon, "README sentence")
        if s.kind.value != "aside"
    ]


def granted(text, *headings):
    """Return {slot or '': expression} of what a sentence grants."""
    return {
        slot: words
        for kind, words, slots in stated(text, *headings)
        if kind == "grant"
        for slot in (slots or ("",))
    }
