from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from fastapi.testclient import TestClient

from maxctl.serving import engines
from maxctl.serving.engines.interface import Engine, Signature, TensorSpec
from maxctl.serving.labels import Labels
from maxctl.serving.settings import Settings
from maxctl.serving.steps import Context, postprocess
from maxctl.serving.steps.l2_normalize import L2Normalize
from maxctl.serving.steps.mean_pool import MeanPool
from maxctl.serving.steps.texts import Tokens
from maxctl.serving.tasks.embedding import Embedding

TASK = Embedding()
NO_LABELS = Labels(())


def test_tokens_become_one_vector_of_length_one_a_text():
    outputs = {"embedding": np.array([[[1, 2], [5, 6]], [[0, -2], [9, 9]]], np.float32)}
    context = Context({}, Tokens({}, np.array([[1, 1], [1, 0]])))
    value = postprocess(TASK.value(outputs, context), [MeanPool(), L2Normalize()], context)
    result = TASK.result(value, context, NO_LABELS)
    answer = TASK.max_response(result)
    assert answer == {"status": "ok", "embedding": [[pytest.approx(0.6), pytest.approx(0.8)], [0, -1]]}
    TASK.response_model.model_validate(answer)
    (tensor,) = TASK.tensors(result)
    assert (tensor.name, tensor.datatype, tensor.shape) == ("embedding", "FP32", (2, 2))
    assert tensor.data == [value for row in answer["embedding"] for value in row]
    assert TASK.tensor_metadata()[0]["shape"] == [-1, -1]


def test_a_vector_for_each_token_is_no_answer():
    with pytest.raises(ValueError, match="put mean_pool or first_token before it"):
        TASK.result(TASK.value({"embedding": np.zeros((1, 2, 3))}, Context({})), Context({}), NO_LABELS)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_vector_that_json_cannot_hold_is_told(value: float):
    with pytest.raises(ValueError, match="no numbers"):
        TASK.result(TASK.value({"embedding": np.full((1, 3), value)}, Context({})), Context({}), NO_LABELS)


class Digits(Engine):
    """For each token its id and its square."""

    name: ClassVar[str] = "digits"

    @classmethod
    def load(cls, path: Path, threads: int) -> Digits:
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        ids = TensorSpec("int64", (None, None))
        return Signature({"ids": ids, "mask": ids}, {"hidden": TensorSpec("float32", (None, None, 2))})

    def infer(self, inputs: Any) -> dict[str, Any]:
        ids = inputs["ids"].astype(np.float32)
        return {"hidden": np.stack((ids, ids**2), axis=-1)}


@pytest.fixture
def client(start: Callable[..., TestClient], tmp_path: Path) -> TestClient:
    """Return a client of a service whose tokenizer knows the words one, two and three by their numbers."""
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[PAD]": 0, "one": 1, "two": 2, "three": 3, "[UNK]": 9}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    engines.register("digits", Digits)
    return start(
        Settings(),
        task="embedding",
        engine={
            "name": "digits",
            "path": "assets/model.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        labels=None,
        input={"kind": "text"},
        preprocess=[
            {"step": "lowercase"},
            {
                "step": "tokenize",
                "max_length": 4,
                "special_tokens": False,
                "inputs": {"ids": "ids", "mask": "attention_mask"},
            },
        ],
        outputs={"embedding": "hidden"},
        postprocess=[{"step": "mean_pool"}],
        parameters={},
    )


def test_texts_become_vectors_over_the_api_of_max(client: TestClient):
    response = client.post("/model/predict", json={"text": ["One three", "TWO"]})
    assert response.json() == {"status": "ok", "embedding": [[2, 5], [2, 4]]}


def test_texts_become_vectors_over_the_open_inference_protocol(client: TestClient):
    tensor = {"name": "text", "datatype": "BYTES", "shape": [2], "data": ["one three", "two"]}
    (output,) = client.post("/v2/models/tiny/infer", json={"inputs": [tensor]}).json()["outputs"]
    assert (output["shape"], output["data"]) == ([2, 2], [2, 5, 2, 4])


@pytest.mark.parametrize("text", ["", " ", [], [""], 3, None, ["one", " "], "half \ud83c of a pair"])
def test_what_makes_no_tokens_is_the_callers_fault(client: TestClient, text: object):
    headers = {"Content-Type": "application/json"}
    response = client.post("/model/predict", content=json.dumps({"text": text}), headers=headers)
    assert response.status_code == 400
    assert any(place.startswith("text") for place in response.json()["errors"])
