"""Which operators stand at the ends of a Keras model: what drafts go by."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.runtimes import keras_graph
from maxctl.runtimes.draft.facts import plain
from maxctl.runtimes.draft.wired_facts import wired_facts
from maxctl.runtimes.interface import ModelFormatError


def layer(kind: str, name: str, before: list[str] | None = None, **config: Any) -> dict[str, Any]:
    """Return a layer as Keras 2 writes it."""
    nodes = [[[one, 0, 0, {}] for one in before]] if before else []
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}


def functional(
    layers: list[dict[str, Any]], takes: str, gives: str, kind: str = "Functional"
) -> dict[str, Any]:
    return {
        "class_name": kind,
        "config": {"layers": layers, "input_layers": [[takes, 0, 0]], "output_layers": [[gives, 0, 0]]},
    }


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"layers": list(layers)}}


def ends(model: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the operators at the beginning and at the end, in the words that all formats share."""
    found = wired_facts(keras_graph.wiring(model))
    (begin,), (end,) = found["begins"].values(), found["ends"].values()
    return [plain(one) for one in begin], [plain(one) for one in end]


IMAGE = layer("InputLayer", "image", batch_input_shape=[None, 8, 8, 3])


def test_an_activation_is_an_operator_wherever_it_is_written() -> None:
    first = layer("Rescaling", "to_unit", ["image"], scale=1 / 255)
    mean = layer("GlobalAveragePooling2D", "mean", ["to_unit"])
    inside = layer("Dense", "scores", ["mean"], units=7, activation="softmax")
    beside = layer("Activation", "scores", ["mean"], activation="softmax")
    own = layer("Softmax", "scores", ["mean"])
    for last in (inside, beside, own):
        assert ends(functional([IMAGE, first, mean, last], "image", "scores")) == (["mul"], ["softmax"])


@pytest.mark.parametrize(
    ("activation", "last"),
    [
        ("linear", "matmul"),
        ("sigmoid", "sigmoid"),
        ({"module": "builtins", "class_name": "function", "config": "softmax"}, "softmax"),
        ({"module": "keras.layers", "class_name": "Softmax", "config": {"axis": -1}}, "softmax"),
        ({"class_name": "function", "config": "linear"}, "matmul"),
        (None, "matmul"),
        (7, "matmul"),
    ],
)
def test_an_activation_is_read_as_every_keras_writes_it(activation: Any, last: str) -> None:
    assert ends(sequential(IMAGE, layer("Dense", "scores", units=2, activation=activation)))[1] == [last]


def test_what_only_passes_numbers_on_is_walked_over() -> None:
    row = [layer("Dropout", "drop"), layer("Dense", "scores", units=2), layer("Reshape", "flat")]
    begin, end = ends(sequential(*row))
    assert begin == ["dropout", "matmul"]
    assert end == ["reshape", "matmul"]


def test_the_way_leads_through_models_in_models() -> None:
    body = functional([IMAGE, layer("Conv2D", "conv", ["image"], filters=2)], "image", "conv")
    head = sequential(layer("Flatten", "flat"), layer("Dense", "scores", units=2, activation="softmax"))
    row = sequential(IMAGE, body | {"name": "body"}, head | {"name": "head"})
    assert ends(row) == (["identity", "conv"], ["identity", "softmax"])
    graph = functional(
        [IMAGE, {**body, "name": "body", "inbound_nodes": [[["image", 0, 0, {}]]]},
         {**head, "name": "head", "inbound_nodes": [[["body", 0, 0, {}]]]}], "image", "head",
    )  # fmt: skip
    assert ends(graph) == (["identity", "conv"], ["identity", "softmax"])


def test_nodes_of_keras_3_are_read() -> None:
    tensor = {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "keras_history": ["image", 0, 0]},
    }
    dense = layer("Dense", "scores", units=2, activation="softmax")
    dense["inbound_nodes"] = [{"args": [tensor], "kwargs": {}}]
    assert ends(functional([IMAGE, dense], "image", "scores")) == (["matmul"], ["softmax"])


def test_a_model_that_is_called_many_times_inside_others_is_walked_once() -> None:
    model = functional([IMAGE, layer("Conv2D", "conv", ["image"], filters=2)], "image", "conv")
    for _ in range(30):  # 2 to the 30th power, if each call were walked
        inner = {**model, "name": "inner", "inbound_nodes": [[["image", 0, 0, {}]], [["inner", 0, 0, {}]]]}
        model = functional([IMAGE, inner], "image", "inner")
    assert len(keras_graph.wiring(model).nodes) < 500


@pytest.mark.parametrize("format_", ["channels_last", "channels_first"])
def test_the_classes_are_counted_behind_a_convolution(format_: str) -> None:
    conv = layer("SeparableConv2D", "conv", ["image"], filters=7, data_format=format_)
    mean = layer("GlobalAveragePooling2D", "mean", ["conv"], data_format=format_)
    scores = layer("Activation", "scores", ["mean"], activation="softmax")
    (output,) = keras_graph.ends_of(functional([IMAGE, conv, mean, scores], "image", "scores")).outputs
    assert output.shape == (None, 7)


BODY = functional([IMAGE, layer("Conv2D", "conv", ["image"], filters=2)], "image", "conv")
WHOLE = functional(
    [
        IMAGE,
        {**BODY, "name": "body", "inbound_nodes": [[["image", 0, 0, {}]]]},
        layer("GlobalAveragePooling2D", "mean", ["body"]),
        layer("Dense", "scores", ["mean"], units=7, activation="softmax"),
    ],
    "image",
    "scores",
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["image", "Dense", "layers", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["config", "class_name"]), inner)
    ),
    max_leaves=6,
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, one in inner for place in places(one, (*way, key)))]


@given(st.sampled_from([place for place in places(WHOLE) if len(place) > 1]), JSON)
def test_whatever_a_configuration_holds_it_is_read_or_refused(place: tuple[Any, ...], value: Any) -> None:
    model = copy.deepcopy(WHOLE)
    inner: Any = model
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with contextlib.suppress(ModelFormatError):
        wired_facts(keras_graph.wiring(model))
