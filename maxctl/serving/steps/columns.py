"""Rows of a table become numbers (or texts), column by column, as they are declared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from ..errors import INVALID_PAYLOAD, BadInputError, shorten  # noqa: TID252
from .options import Array, Preprocess, StepOptions
from .rows import Rows, RowTensors

DType = Literal["float32", "float64", "int64", "int32", "bool", "string"]
Cell = bool | int | float | str
FLOAT32_MAX = float(np.finfo(np.float32).max)
EXACT = 2**53
"""The largest whole number up to which float64, which cells go through, holds all."""
MAX_ERRORS = 20
"""Faults that are told at once."""


class Column(StepOptions):
    """One column: `number`, `category` (one of `categories`, texts or numbers), `bool` or `text`.

    A value that is missing or null takes `default`; without one the row is refused. `default: "nan"` leaves the
    gap of a number to the model. `example` is the value that the model is tried with when the service starts.
    """

    name: str = Field(min_length=1)
    kind: Literal["number", "category", "bool", "text"] = "number"
    categories: tuple[int | float | str, ...] = ()
    minimum: float | None = Field(default=None, allow_inf_nan=False)
    maximum: float | None = Field(default=None, allow_inf_nan=False)
    default: Cell | None = None
    example: Cell | None = None
    dtype: DType | None = None
    """In the column's own tensor; null: float32 for numbers, bool for truth values, string for the others."""

    @model_validator(mode="after")
    def _consistent(self) -> Column:
        if (self.kind == "category") != bool(self.categories):
            raise ValueError(f"column {self.name}: categories go with kind category, which needs them")
        if len(set(self.categories)) != len(self.categories):
            raise ValueError(f"column {self.name}: a category stands there twice")
        for place, value in (("default", self.default), ("example", self.example)):
            if value is None or (place == "default" and self.kind == "number" and value == "nan"):
                continue
            try:
                self.parse(value)
            except ValueError as error:
                raise ValueError(f"column {self.name}: {place} {error}") from None
        return self

    def parse(self, value: object) -> Cell:
        """Return the value of a cell; ValueError says what is accepted."""
        if self.kind == "number":
            return self._number(value)
        if self.kind == "bool":
            if isinstance(value, bool) or (isinstance(value, int | float) and value in (0, 1)):
                return bool(value)
            raise ValueError(f"must be true or false, not {shorten(value)}")
        if self.kind == "text":
            if isinstance(value, str):
                return value
            raise ValueError(f"must be a text, not {shorten(value)}")
        # 1 == True in Python, and 1.0 == 1 as it should be
        if isinstance(value, int | float | str) and not isinstance(value, bool) and value in self.categories:
            return self.categories[self.categories.index(value)]
        there = ", ".join(map(str, self.categories[:20])) + (", ..." if len(self.categories) > 20 else "")
        raise ValueError(f"must be one of {there}, not {shorten(value)}")

    def missing(self) -> Cell:
        """Return what stands for a missing value; ValueError where none does."""
        if self.default is None:
            raise ValueError("is missing")
        return math.nan if self.kind == "number" and self.default == "nan" else self.default

    def trial(self) -> Cell:
        """Return a value to try the model with."""
        if self.example is not None:
            return self.example
        if self.default is not None:
            return self.missing()
        if self.categories:
            return self.categories[0]
        if self.kind == "number":
            return (
                max(self.minimum or 0.0, 0.0)
                if self.maximum is None
                else min(self.maximum, self.minimum or 0.0)
            )
        return "" if self.kind == "text" else False

    def shown(self) -> Cell:
        """Return a value for a page to show: JSON knows no nan."""
        if self.example is None and self.default == "nan":
            return 0
        return self.trial()

    def json_schema(self, dtype: DType) -> dict[str, Any]:
        """Return the JSON Schema of a cell that ends as this type."""
        if self.kind == "category":
            known: dict[str, Any] = {"enum": list(self.categories)}
        elif self.kind == "number":
            known = self._number_schema(dtype)
        elif self.kind == "bool":
            known = {"enum": [True, False, 0, 1]}
        else:
            known = {"type": "string"}
        if self.default is None:
            return known
        nothing = {"type": "null"}
        return {"anyOf": [known, nothing], **({} if self.default == "nan" else {"default": self.default})}

    @property
    def texts(self) -> bool:
        """Tell whether a cell may be text."""
        return self.kind == "text" or any(isinstance(one, str) for one in self.categories)

    def check_dtype(self) -> None:
        """Raise ValueError where the type of the column's own tensor cannot hold its values."""
        if self.texts and self.own_dtype != "string":
            raise ValueError(f"column {self.name}: texts have dtype string, not {self.own_dtype}")
        if self.kind == "number" and self.own_dtype in ("string", "bool"):
            raise ValueError(f"column {self.name}: numbers do not have dtype {self.own_dtype}")

    @property
    def own_dtype(self) -> DType:
        """Return the type of the column's own tensor."""
        if self.dtype is not None:
            return self.dtype
        return {"number": "float32", "bool": "bool"}.get(self.kind, "string")  # type: ignore[return-value]

    def _number_schema(self, dtype: DType) -> dict[str, Any]:
        whole = dtype.startswith("int")
        most = min(np.iinfo(dtype).max, EXACT) if whole else FLOAT32_MAX
        low = -most if self.minimum is None else max(self.minimum, -most)
        high = most if self.maximum is None else min(self.maximum, most)
        return {"type": "integer" if whole else "number", "minimum": low, "maximum": high}

    def _number(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"must be a number, not {shorten(value)}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not abs(number) <= FLOAT32_MAX:
            raise ValueError(
                f"must be a number from -{FLOAT32_MAX:g} to {FLOAT32_MAX:g}, not {shorten(value)}"
            )
        low = -math.inf if self.minimum is None else self.minimum
        high = math.inf if self.maximum is None else self.maximum
        if not low <= number <= high:
            raise ValueError(f"must be from {low:g} to {high:g}, not {shorten(value)}")
        return number


class Columns(Preprocess):
    """The columns in the model's order.

    `tensors: one` joins them to one tensor [N,K] of `dtype`: truth values as 0 and 1, categories by their number
    in the list, or as one 0 or 1 for each with `categories: one-hot`. `tensors: each` gives the model one input
    [N,1] for each column, under the column's name or the one that `inputs` has for it.
    """

    step: Literal["columns"] = "columns"
    columns: tuple[Column, ...] = Field(min_length=1)
    tensors: Literal["one", "each"] = "one"
    dtype: Literal["float32", "float64", "int64", "int32"] = "float32"
    categories: Literal["number", "one-hot"] = "number"
    inputs: dict[str, str] = Field(default={})

    @model_validator(mode="after")
    def _names(self) -> Columns:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("a column stands there twice")
        if unknown := self.inputs.keys() - set(names):
            raise ValueError(f"inputs: there is no column {', '.join(sorted(unknown))}")
        if self.tensors == "one" and (texts := [one.name for one in self.columns if one.kind == "text"]):
            raise ValueError(f"columns of text need tensors: each ({', '.join(texts)})")
        for column in self.columns:
            if (
                column.default == "nan"
                and column.kind == "number"
                and not self.dtype_of(column).startswith("float")
            ):
                raise ValueError(f"column {column.name}: only float32 and float64 have a nan")
        if self.tensors == "each":
            for column in self.columns:
                column.check_dtype()
        return self

    def apply(self, value: Any) -> RowTensors:
        """Return the model's inputs."""
        if not isinstance(value, Rows):
            raise self.refuse(value)
        cells = parse_rows(value, self)
        if self.tensors == "one":
            return RowTensors({None: joined(cells, self)})
        return RowTensors(
            {
                self.inputs.get(column.name, column.name): own_tensor(cells[column.name], column)
                for column in self.columns
            }
        )

    def dtype_of(self, column: Column) -> DType:
        """Return the type that a column's values end as."""
        return self.dtype if self.tensors == "one" else column.own_dtype


def parse_rows(value: Rows, options: Columns) -> dict[str, list[Cell]]:
    """Return the checked values by column; `BadInputError` names row and column of each fault."""
    cells: dict[str, list[Cell]] = {column.name: [] for column in options.columns}
    errors: dict[str, str] = {}
    for number, row in enumerate(value.rows):
        place = f"{value.field}[{number}]"
        if len(errors) >= MAX_ERRORS:
            break
        if isinstance(row, list):
            if len(row) != len(cells):
                errors[place] = f"has {len(row)} values; there are {len(cells)} columns: {', '.join(cells)}"
                continue
            row = dict(zip(cells, row, strict=True))
        elif unknown := [name for name in row if name not in cells]:
            errors[place] = f"has no column {shorten(unknown[0])}; there are: {', '.join(cells)}"
            continue
        for column in options.columns:
            try:
                cells[column.name].append(_cell(column, row.get(column.name), value.example, options))
            except ValueError as error:
                errors[f"{place}.{column.name}"] = str(error)
    if errors:
        raise BadInputError(INVALID_PAYLOAD, errors)
    return cells


def _cell(column: Column, value: object, example: bool, options: Columns) -> Cell:
    if value is None:
        return column.trial() if example else column.missing()
    cell = column.parse(value)
    dtype = options.dtype_of(column)
    if column.kind == "number" and dtype.startswith("int"):
        limits = np.iinfo(dtype)
        if cell != int(cell) or not limits.min <= int(cell) <= limits.max:
            raise ValueError(f"must be a whole number of {limits.bits} bits, not {shorten(value)}")
    return cell


def joined(cells: Mapping[str, list[Cell]], options: Columns) -> Array:
    """Return one tensor [N,K] of all columns."""
    parts = []
    for column in options.columns:
        values: Any = cells[column.name]
        if column.kind == "category":
            numbers = np.array([column.categories.index(one) for one in values], np.int64)
            if options.categories == "one-hot":
                parts.append(np.eye(len(column.categories))[numbers])
                continue
            values = numbers
        parts.append(np.asarray(values, np.float64)[:, np.newaxis])
    # whole numbers up to 2 ** 53 are exact in float64
    return np.concatenate(parts, axis=1).astype(options.dtype)


def own_tensor(values: list[Cell], column: Column) -> Array:
    """Return a column's own tensor [N,1]; texts as objects, which is how ONNX Runtime takes them."""
    if column.own_dtype == "string":
        return np.array([[str(one)] for one in values], object)
    return np.array(values, column.own_dtype)[:, np.newaxis]
