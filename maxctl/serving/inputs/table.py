"""Rows of a table: JSON `{"rows": [{"age": 39, "city": "Graz"}]}`, or numbers in the columns' order.

Over the Open Inference Protocol either numbers, or BYTES of which each is a row as JSON: a tensor has one datatype, and
a row with texts and numbers has two.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    datatypes: ClassVar[tuple[str, ...]] = ("FP32", "FP64", "INT64", "BYTES")

    def decode(self, data: bytes, limits: Limits, field: str) -> Rows:
        """Return the rows in a JSON list."""
        value = _json(data, field)
        rows = [value] if isinstance(value, dict) else value
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict | list) for row in rows):
            raise BadInputError(INVALID_PAYLOAD, {field: f"must be a list of rows, not {shorten(value)}"})
        return _checked(rows, limits, field)

    def from_tensor(
        self, datatype: str, shape: tuple[int, ...], data: Any, limits: Limits, field: str
    ) -> Rows:
        """Return the rows of numbers [N,C], or [C] for one row; or the rows in BYTES elements, JSON."""
        if datatype == "BYTES":
            rows = [
                _json(bytes(one), f"{field}[{number}]") for number, one in enumerate(data[: limits.items + 1])
            ]
            if wrong := [row for row in rows if not isinstance(row, dict | list)]:
                raise BadInputError(f"input {field}: each element must be a row, not {shorten(wrong[0])}")
            return _checked(rows, limits, field)
        values = np.atleast_2d(np.asarray(data).reshape(shape))
        if values.ndim != 2:
            raise BadInputError(f"input {field}: must have shape [rows, columns], not {list(shape)}")
        return _checked(values.tolist() if len(values) <= limits.items else values, limits, field)

    def example(self) -> Rows:
        """Return one row that takes every column's own example."""
        return Rows(({},), "rows", example=True)

    def tensor_shape(self) -> list[int]:
        """Return that any number of rows may come, with as many columns as are declared."""
        return [-1, -1]

    def advertised(self, steps: Sequence[Any]) -> tuple[str, list[int]]:
        """Return numbers, or JSON where a column has texts."""
        if any(column.texts for step in steps if step.step == "columns" for column in step.columns):
            return "BYTES", [-1]
        return super().advertised(steps)

    def json_schema(self, limits: Limits, steps: Sequence[Any] = ()) -> dict[str, Any]:
        """Return a list of objects or lists, with the columns that are declared."""
        step = next((step for step in steps if step.step == "columns"), None)
        rows: dict[str, Any] = {"type": "array", "minItems": 1, "maxItems": limits.items}
        if step is None:
            return {**rows, "items": {"anyOf": [{"type": "object"}, {"type": "array"}]}}
        columns = step.columns
        cells = {column.name: column.json_schema(step.dtype_of(column)) for column in columns}
        by_name = {
            "type": "object",
            "properties": cells,
            "required": [column.name for column in columns if column.default is None],
            "additionalProperties": False,
        }
        in_order = {
            "type": "array",
            "prefixItems": list(cells.values()),
            "minItems": len(cells),
            "maxItems": len(cells),
        }
        shown = {column.name: column.shown() for column in columns}
        return {**rows, "items": {"anyOf": [by_name, in_order]}, "example": [shown]}


def _json(data: bytes, place: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadInputError(INVALID_PAYLOAD, {place: f"must be JSON ({type(error).__name__})"}) from None


def _checked(rows: Any, limits: Limits, field: str) -> Rows:
    if len(rows) > limits.items:
        raise BadInputError(
            INVALID_PAYLOAD, {field: f"{len(rows)} rows are more than the {limits.items} allowed"}
        )
    return Rows(tuple(rows), field)
