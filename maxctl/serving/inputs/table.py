"""Rows of a table: JSON `{"rows": [{"age": 39, "city": "Graz"}]}`, or numbers in the columns' order."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Literal

import numpy as np

from ..errors import INVALID_PAYLOAD, BadInputError, shorten  # noqa: TID252
from ..steps.rows import Rows  # noqa: TID252
from .interface import InputKind, Limits


class TableInput(InputKind):
    """A list of rows: objects by column name, or lists in the declared order."""

    name: ClassVar[str] = "table"
    carried: ClassVar[Literal["file", "json"]] = "json"
    default_field: ClassVar[str] = "rows"
    help: ClassVar[str] = "A list of rows, each an object with the columns or a list in their order"
    datatypes: ClassVar[tuple[str, ...]] = ("FP32", "FP64", "INT64")

    def decode(self, data: bytes, limits: Limits, field: str) -> Rows:
        """Return the rows in a JSON list."""
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise BadInputError(INVALID_PAYLOAD, {field: f"must be JSON ({type(error).__name__})"}) from None
        rows = [value] if isinstance(value, dict) else value
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict | list) for row in rows):
            raise BadInputError(INVALID_PAYLOAD, {field: f"must be a list of rows, not {shorten(value)}"})
        if len(rows) > limits.items:
            raise BadInputError(
                INVALID_PAYLOAD, {field: f"{len(rows)} rows are more than the {limits.items} allowed"}
            )
        return Rows(tuple(rows), field)

    def from_tensor(
        self, datatype: str, shape: tuple[int, ...], data: Any, limits: Limits, field: str
    ) -> Rows:
        """Return the rows of numbers [N,C], or [C] for one row."""
        values = np.atleast_2d(np.asarray(data).reshape(shape))
        if values.ndim != 2:
            raise BadInputError(f"input {field}: must have shape [rows, columns], not {list(shape)}")
        if len(values) > limits.items:
            raise BadInputError(f"input {field}: {len(values)} rows are more than the {limits.items} allowed")
        return Rows(tuple(values.tolist()), field)

    def example(self) -> Rows:
        """Return one row that takes every column's own example."""
        return Rows(({},), "rows", example=True)

    def tensor_shape(self) -> list[int]:
        """Return that any number of rows may come, with as many columns as are declared."""
        return [-1, -1]

    def json_schema(self) -> dict[str, Any]:
        """Return a list of objects or lists."""
        return {"type": "array", "minItems": 1, "items": {"type": ["object", "array"]}}
