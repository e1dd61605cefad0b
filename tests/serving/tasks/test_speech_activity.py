from __future__ import annotations

import numpy as np
import pytest

from maxctl.serving.labels import Labels
from maxctl.serving.steps import Context, postprocess
from maxctl.serving.steps.sound import Sound
from maxctl.serving.steps.speech_segments import Segment, SpeechSegments
from maxctl.serving.steps.windows import Windows
from maxctl.serving.tasks.speech_activity import SpeechActivity

TASK = SpeechActivity()
NOBODY = Labels(())
SOUND = Windows(size=512, hop=512).apply(Sound(np.zeros(512 * 50, np.float32), 16000))


def answer(scores: np.ndarray, threshold: float = 0.5) -> dict[str, object]:
    context = Context({"threshold": threshold}, SOUND)
    value = postprocess(TASK.value({"scores": scores}, context), [SpeechSegments(pad_ms=0)], context)
    return TASK.max_response(TASK.result(value, context, NOBODY))


def test_speech_is_answered_in_seconds():
    scores = np.full((50, 1), 0.1)
    scores[10:20], scores[30:] = 0.75, 0.5
    expected = [
        {"start_time": 0.32, "end_time": 0.64, "probability": 0.75},
        {"start_time": 0.96, "end_time": 1.6, "probability": 0.5},
    ]
    assert answer(scores) == {"status": "ok", "predictions": expected}
    assert answer(scores, 0.6) == {"status": "ok", "predictions": expected[:1]}
    TASK.response_model.model_validate(answer(scores))


def test_silence_is_an_empty_list():
    assert answer(np.zeros((50, 1))) == {"status": "ok", "predictions": []}


def test_the_tensors_have_a_row_a_segment():
    context = Context({}, SOUND)
    result = TASK.result((Segment(0.5, 1.5, 0.75), Segment(2, 3, 1)), context, NOBODY)
    assert [(one.name, one.datatype, one.shape, one.data) for one in TASK.tensors(result)] == [
        ("times", "FP64", (2, 2), [0.5, 1.5, 2, 3]),
        ("scores", "FP32", (2,), [0.75, 1]),
    ]
    assert [one["shape"] for one in TASK.tensor_metadata()] == [[-1, 2], [-1]]


def test_scores_alone_are_no_answer():
    context = Context({}, SOUND)
    with pytest.raises(ValueError, match="add speech_segments"):
        TASK.result(TASK.value({"scores": np.zeros((50, 1))}, context), context, NOBODY)


def test_a_score_that_is_no_number_is_told():
    with pytest.raises(ValueError, match="no numbers"):
        answer(np.full((50, 1), np.nan))
