"""The ids of the classes, where a model's first one is not 0."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from .options import Postprocess
from .scores import Scores
from .value import Context


class NumberClasses(Postprocess):
    """Say that the first column of the scores is the class with id `first_id`."""

    step: Literal["number_classes"] = "number_classes"
    first_id: int

    def apply(self, value: Scores, context: Context) -> Scores:
        """Return the same scores, with their columns numbered from there."""
        return replace(value, first_id=self.first_id)
