"""Declared inputs and outputs: what is refused before TensorFlow is asked."""

from __future__ import annotations

from typing import Any

import pytest

from maxctl.runtimes.interface import ModelFormatError, Signature, license_strings
from tests.runtimes import tiny_models as tiny

GOOD = ("image", "x:0", "float32", [1, None])


def test_a_signature_keeps_open_dimensions_and_ignores_other_keys() -> None:
    declared = tiny.signature([GOOD], [GOOD])
    declared["outputs"][0]["meaning"] = "scores"
    assert Signature.of(declared).outputs[0].shape == (1, None)


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        (None, "must be a mapping"),
        (tiny.signature([], [GOOD]), "declares no inputs"),
        (tiny.signature([GOOD, GOOD], [GOOD]), "`image` is declared more than once in inputs"),
        ({"inputs": [{"name": "x"}], "outputs": []}, "needs name, tensor, dtype and shape"),
        (tiny.signature([("../x", *GOOD[1:])], [GOOD]), "cannot name a tensor"),
        (tiny.signature([(*GOOD[:3], [10**10])], [GOOD]), "more than 2147483647 elements"),
        (tiny.signature([(*GOOD[:2], 1, [1])], [GOOD]), "must be text"),
    ],
)
def test_a_signature_that_makes_no_sense_is_refused(declared: Any, why: str) -> None:
    with pytest.raises(ModelFormatError, match=why):
        Signature.of(declared)


def test_licence_strings_are_found_once_and_cut_short() -> None:
    texts = [
        "Licensed under the Apache License\nnothing here",
        "Licensed under the Apache License",
        "x" * 500 + " MIT",
    ]
    first, second = license_strings(texts)
    assert first == "Licensed under the Apache License"
    assert second.endswith("MIT") and len(second) <= 200
