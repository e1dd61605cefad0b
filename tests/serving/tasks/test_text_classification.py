from __future__ import annotations

import numpy as np
import pytest

from maxctl.serving.labels import Label, Labels
from maxctl.serving.steps import Context, postprocess
from maxctl.serving.steps.sigmoid import Sigmoid
from maxctl.serving.steps.softmax import Softmax
from maxctl.serving.tasks.text_classification import TextClassification

TASK = TextClassification()
LABELS = Labels((Label(id=0, name="negative"), Label(id=1, name="positive")))
NOTHING = Context({})


def test_each_text_has_an_object_with_all_classes():
    result = TASK.result(TASK.value({"scores": np.array([[0.25, 0.75], [1, 0]])}, NOTHING), NOTHING, LABELS)
    answer = TASK.max_response(result)
    assert answer == {
        "status": "ok",
        "predictions": [{"negative": 0.25, "positive": 0.75}, {"negative": 1.0, "positive": 0.0}],
    }
    TASK.response_model.model_validate(answer)
    assert [(one.name, one.shape, one.data) for one in TASK.tensors(result)] == [
        ("scores", (2, 2), [0.25, 0.75, 1, 0]),
        ("labels", (2,), ["negative", "positive"]),
    ]


def test_logits_become_probabilities():
    value = TASK.value({"scores": np.array([[0, np.log(3)], [1000, -1000]])}, NOTHING)
    found = postprocess(value, [Softmax()], NOTHING).values
    assert found.tolist() == [[pytest.approx(0.25), pytest.approx(0.75)], [1, 0]]
    found = postprocess(value, [Sigmoid()], NOTHING).values
    assert found.tolist() == [[0.5, pytest.approx(0.75)], [1, 0]]


@pytest.mark.parametrize("labels", [LABELS, Labels(tuple(Label(id=n, name="same") for n in range(3)))])
def test_classes_without_a_name_of_their_own_are_told_at_start(labels: Labels):
    # of four columns two are called N/A, or two have one name
    with pytest.raises(ValueError, match="needs a name of its own"):
        TASK.result(TASK.value({"scores": np.zeros((1, 4))}, NOTHING), NOTHING, labels)


def test_a_score_that_json_cannot_hold_is_told():
    with pytest.raises(ValueError, match="no numbers"):
        TASK.result(TASK.value({"scores": np.array([[0.25, np.inf]])}, NOTHING), NOTHING, LABELS)
