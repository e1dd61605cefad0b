"""The five slots that are judged apart."""

from __future__ import annotations

from enum import StrEnum


class Slot(StrEnum):
    """The five things of a model that have a license each."""

    CODE = "code"
    WEIGHTS = "weights"
    DATA = "data"
    SCRIPTS = "scripts"
    SAMPLES = "samples"
