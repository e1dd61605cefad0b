"""Of several classes one is what is asked for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .options import Postprocess
from .scores import Scores
from .value import Context


class SelectClass(Postprocess):
    """Take the scores in one `column`, counted from 0: those of speech, where a model also gives those of silence."""

    step: Literal["select_class"] = "select_class"
    column: int = Field(ge=0)

    def apply(self, value: Scores, context: Context) -> Scores:
        """Return scores [N,1]; ValueError where there is no such column."""
        count = value.values.shape[1]
        if self.column >= count:
            raise ValueError(f"select_class takes column {self.column} of {count}")
        return value.with_values(value.values[:, self.column : self.column + 1])
