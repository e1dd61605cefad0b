"""The five slots that are judged apart."""

from __future__ import annotations

from enum import StrEnum


class Slot(StrEnum):
    """What a license speaks of."""

    CODE = "code"
    WEIGHTS = "weights"
    DATA = "data"
    SCRIPTS = "scripts"
    SAMPLES = "samples"
