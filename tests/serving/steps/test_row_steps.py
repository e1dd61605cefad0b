from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from maxctl.serving.errors import BadInputError
from maxctl.serving.steps.columns import Columns
from maxctl.serving.steps.rows import Rows
from maxctl.serving.steps.texts import Texts

PEOPLE: list[dict[str, Any]] = [
    {"name": "age", "minimum": 0, "maximum": 150},
    {"name": "city", "kind": "category", "categories": ["Graz", "Linz", "Wien"], "default": "Wien"},
    {"name": "member", "kind": "bool", "example": True},
]


def columns(*changes: Any, **options: Any) -> Columns:
    return Columns.model_validate({"columns": changes or PEOPLE, **options})


def tensors(step: Columns, *rows: Any, example: bool = False) -> dict[str | None, Any]:
    return step.apply(Rows(rows, "rows", example)).tensors()


def errors(step: Columns, *rows: Any) -> dict[str, str]:
    with pytest.raises(BadInputError) as raised:
        tensors(step, *rows)
    return raised.value.errors


def test_columns_are_joined_in_the_declared_order():
    found = tensors(columns(), {"member": True, "age": 39.5, "city": "Linz"}, [20, None, False])[None]
    assert found.dtype == np.float32
    assert found.tolist() == [[39.5, 1, 1], [20, 2, 0]]


def test_categories_can_be_one_column_each():
    found = tensors(columns(categories="one-hot"), [39, "Linz", 1])[None]
    assert found.tolist() == [[39, 0, 1, 0, 1]]


def test_each_column_can_be_an_input_of_its_own_as_skl2onnx_makes_them():
    step = columns(tensors="each", inputs={"member": "is_member"})
    found = tensors(step, [39, "Linz", True], [20, "Graz", False])
    assert list(found) == ["age", "city", "is_member"]
    assert [tensor.shape for tensor in found.values()] == [(2, 1)] * 3
    assert [str(tensor.dtype) for tensor in found.values()] == ["float32", "object", "bool"]
    assert found["city"].tolist() == [["Linz"], ["Graz"]]


def test_each_column_can_have_its_own_type():
    step = columns(
        {"name": "n", "dtype": "int64"},
        {"name": "t", "kind": "text"},
        {"name": "zone", "kind": "category", "categories": [1, 2], "dtype": "int32"},
        tensors="each",
    )
    found = tensors(step, [2**53, "free text", 2.0])
    assert {name: (str(tensor.dtype), tensor.tolist()) for name, tensor in found.items()} == {
        "n": ("int64", [[2**53]]),
        "t": ("object", [["free text"]]),
        "zone": ("int32", [[2]]),
    }


def test_every_fault_is_told_with_row_and_column():
    rows = [{"age": "x", "city": "Bonn"}, {"age": 200, "city": 3, "member": "yes"}, [1, "Graz", True]]
    assert errors(columns(), *rows) == {
        "rows[0].age": "must be a number, not 'x'",
        "rows[0].city": "must be one of Graz, Linz, Wien, not 'Bonn'",
        "rows[0].member": "is missing",
        "rows[1].age": "must be from 0 to 150, not 200",
        "rows[1].city": "must be one of Graz, Linz, Wien, not 3",
        "rows[1].member": "must be true or false, not 'yes'",
    }


def test_a_row_with_other_columns_names_those_that_there_are():
    assert errors(columns(), {"age": 3, "town": "Graz"}, [1, 2]) == {
        "rows[0]": "has no column 'town'; there are: age, city, member",
        "rows[1]": "has 2 values; there are 3 columns: age, city, member",
    }


def test_faults_are_told_up_to_a_number():
    assert 20 <= len(errors(columns(), *[[None, "Graz", None]] * 200)) < 25


@pytest.mark.parametrize("value", [True, None, "3", [], {}, math.nan, math.inf, 1e39, 10**400])
def test_what_is_no_number_is_refused(value: Any):
    assert "rows[0].n" in errors(columns({"name": "n"}), [value])


@pytest.mark.parametrize("value", [1.5, 2**63, -(2**70)])
def test_whole_numbers_are_whole_and_fit(value: Any):
    assert "whole number" in errors(columns({"name": "n"}, dtype="int64"), [value])["rows[0].n"]


@pytest.mark.parametrize("value", [True, [], "1"])
def test_a_category_that_is_a_number_is_no_truth_value(value: Any):
    step = columns({"name": "zone", "kind": "category", "categories": [0, 1]})
    assert "must be one of 0, 1" in errors(step, [value])["rows[0].zone"]


def test_a_missing_number_can_be_left_to_the_model():
    found = tensors(columns({"name": "a", "default": "nan"}, {"name": "b", "default": 7}), {}, [1, None])[
        None
    ]
    assert np.array_equal(found, np.array([[np.nan, 7], [1, 7]], np.float32), equal_nan=True)


def test_the_row_that_warms_up_takes_the_examples():
    found = tensors(columns(), {}, example=True)[None]
    assert found.tolist() == [[0, 2, 1]]
    bounded = columns({"name": "a", "minimum": 3}, {"name": "b", "maximum": -2}, {"name": "c", "example": 5})
    assert tensors(bounded, {}, example=True)[None].tolist() == [[3, -2, 5]]


@pytest.mark.parametrize(
    ("declared", "options", "reason"),
    [
        ([{"name": "a"}, {"name": "a"}], {}, "stands there twice"),
        ([{"name": "a", "categories": ["x"]}], {}, "categories go with kind category"),
        ([{"name": "a", "kind": "category"}], {}, "categories go with kind category"),
        ([{"name": "a", "kind": "category", "categories": ["x", "x"]}], {}, "a category stands there twice"),
        ([{"name": "a", "default": "x"}], {}, "column a: default must be a number"),
        ([{"name": "a", "example": "nan"}], {}, "column a: example must be a number"),
        ([{"name": "a", "minimum": 3, "example": 2}], {}, "example must be from 3"),
        ([{"name": "a", "default": "nan"}], {"dtype": "int64"}, "only float32 and float64 have a nan"),
        ([{"name": "a", "kind": "text"}], {}, "columns of text need tensors: each"),
        ([{"name": "a"}], {"inputs": {"b": "x"}}, "there is no column b"),
        ([], {}, "at least 1"),
        (
            [{"name": "a", "kind": "category", "categories": ["x"], "dtype": "int64"}],
            {"tensors": "each"},
            "texts have dtype string, not int64",
        ),
        ([{"name": "a", "kind": "text", "dtype": "int64"}], {"tensors": "each"}, "texts have dtype string"),
        ([{"name": "a", "dtype": "string"}], {"tensors": "each"}, "numbers do not have dtype string"),
    ],
)
def test_columns_that_contradict_themselves_are_refused(declared: Any, options: Any, reason: str):
    with pytest.raises(ValueError, match=reason):
        Columns.model_validate({"columns": declared, **options})


def test_columns_are_for_rows():
    with pytest.raises(ValueError, match="columns does not take texts"):
        columns().apply(Texts(("a",)))
