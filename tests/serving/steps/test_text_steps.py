from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.serving.errors import BadInputError, StartupError
from maxctl.serving.steps.clean_text import CleanText
from maxctl.serving.steps.decode_audio import DecodeAudio
from maxctl.serving.steps.first_token import FirstToken
from maxctl.serving.steps.l2_normalize import L2Normalize
from maxctl.serving.steps.lowercase import Lowercase
from maxctl.serving.steps.mean_pool import MeanPool
from maxctl.serving.steps.resample import Resample
from maxctl.serving.steps.rows import Rows
from maxctl.serving.steps.texts import Texts, Tokens
from maxctl.serving.steps.tokenize import Tokenize
from maxctl.serving.steps.value import Context
from maxctl.serving.steps.vectors import Vectors

TEXTS = ("the quick fox", "fox", "the quick brown fox jumps over the dog")


@pytest.fixture
def tokenizer(tmp_path: Path) -> Any:
    """Return a tokenizer of words between [CLS] and [SEP], which is also in the folder as tokenizer.json."""
    tokenizers = pytest.importorskip("tokenizers")
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "quick", "brown", "fox", "jumps", "over", "dog"]
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({name: number for number, name in enumerate(names)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS]:1 $A:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tokenizer


ALL = {"ids": "ids", "mask": "attention_mask", "types": "type_ids"}


@pytest.mark.parametrize("max_length", [4, 6, 50])
@pytest.mark.parametrize("pad_to", ["longest", "max_length"])
@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("special", [True, False])
def test_tokens_are_those_of_the_tokenizers_library(
    tokenizer: Any, tmp_path: Path, max_length: int, pad_to: str, side: str, special: bool
):
    step = Tokenize(
        max_length=max_length, pad_to=pad_to, pad_side=side, pad_id=7, inputs=ALL, special_tokens=special
    )
    found = step.bind(tmp_path).apply(Texts(TEXTS))
    tokenizer.enable_truncation(max_length)
    length = max_length if pad_to == "max_length" else None
    tokenizer.enable_padding(direction=side, pad_id=7, pad_type_id=0, length=length)
    expected = tokenizer.encode_batch(list(TEXTS), add_special_tokens=special)
    assert found.tensors()["ids"].tolist() == [one.ids for one in expected]
    assert found.tensors()["mask"].tolist() == [one.attention_mask for one in expected]
    assert found.tensors()["types"].tolist() == [one.type_ids for one in expected]
    assert found.mask.tolist() == [one.attention_mask for one in expected]


def test_the_model_gets_the_inputs_that_it_has_in_its_type(tokenizer: Any, tmp_path: Path):
    step = Tokenize(max_length=9, inputs={"x": "ids"}, dtype="int32").bind(tmp_path)
    found = step.apply(Texts(TEXTS[:2]))
    assert list(found.tensors()) == ["x"]
    assert found.tensors()["x"].dtype == np.int32
    assert found.mask.tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]


def test_padding_and_truncation_in_the_file_do_not_count(tokenizer: Any, tmp_path: Path):
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=30)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    for too_long in ("cut", "refuse"):
        found = Tokenize(max_length=20, too_long=too_long).bind(tmp_path).apply(Texts(TEXTS))
        assert found.tensors()["input_ids"].shape == (3, 10)


def test_a_text_that_is_too_long_can_be_refused_by_its_number(tokenizer: Any, tmp_path: Path):
    step = Tokenize(max_length=6, too_long="refuse").bind(tmp_path)
    with pytest.raises(BadInputError) as raised:
        step.apply(Texts(TEXTS, "lines"))
    assert raised.value.errors == {"lines[2]": "has 10 tokens; at most 6 are accepted"}
    with pytest.raises(BadInputError, match=r"; lines: has 10 tokens"):
        step.apply(Texts(TEXTS[2:], "lines"))


def test_a_text_without_tokens_is_refused(tokenizer: Any, tmp_path: Path):
    step = Tokenize(max_length=6, special_tokens=False).bind(tmp_path)
    with pytest.raises(BadInputError, match="must not be empty"):
        step.apply(Texts(("fox", " ")))
    assert Tokenize(max_length=6).bind(tmp_path).apply(Texts(("",))).named["input_ids"].tolist() == [[2, 3]]


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\xfe", b'{"model": {"type": "Other"}}'])
def test_a_file_that_is_no_tokenizer_ends_the_start(content: bytes | None, tmp_path: Path):
    pytest.importorskip("tokenizers")
    if content is not None:
        (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(StartupError, match=r"tokenizer\.json: "):
        Tokenize(max_length=6).bind(tmp_path)


def test_a_length_with_room_for_special_tokens_alone_ends_the_start(tokenizer: Any, tmp_path: Path):
    with pytest.raises(StartupError, match="max_length 2 leaves no room beside 2 special tokens"):
        Tokenize(max_length=2).bind(tmp_path)
    Tokenize(max_length=2, special_tokens=False).bind(tmp_path)


@pytest.mark.parametrize(
    ("step", "package"),
    [(Tokenize(max_length=5), "tokenizers"), (Resample(rate=8000), "soxr"), (DecodeAudio(), "soundfile")],
)
def test_a_package_that_is_not_installed_ends_the_start(
    step: Any, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(StartupError, match=f"step {step.step} needs the package {package}"):
        step.bind(tmp_path)


def test_most_steps_need_nothing_of_the_folder(tmp_path: Path):
    step = Lowercase()
    assert step.bind(tmp_path) is step


@pytest.mark.parametrize("file", ["", "/etc/passwd", "../tokenizer.json", "a/../../b"])
def test_the_tokenizer_is_inside_the_services_folder(file: str):
    with pytest.raises(ValueError, match="inside the service's folder"):
        Tokenize(file=file, max_length=6)


def test_a_step_that_was_not_bound_says_so(tokenizer: Any, tmp_path: Path):
    step = Tokenize(max_length=6)
    step.bind(tmp_path)
    with pytest.raises(ValueError, match="bind it"):
        step.apply(Texts(TEXTS))


def test_texts_are_made_small_in_all_scripts():
    assert Lowercase().apply(Texts(("ÄRGER Ω İ",), "lines")) == Texts(("ärger ω i̇",), "lines")


def test_texts_are_cleaned():
    dirty = Texts((" a\u0308\tb\r\n c\u200b\x00 ", "\ufb01"))
    assert CleanText().apply(dirty).texts == ("ä b c", "\ufb01")
    assert CleanText(unicode="NFKC").apply(dirty).texts[1] == "fi"
    kept = CleanText(unicode="as-is", control_characters="keep", white_space="keep")
    assert kept.apply(dirty).texts == dirty.texts
    assert CleanText(white_space="keep").apply(dirty).texts[0] == " ä\tb\r\n c "


@pytest.mark.parametrize("step", [Lowercase(), CleanText(), Tokenize(max_length=5)])
def test_steps_for_texts_do_not_take_rows(step: Any):
    with pytest.raises(ValueError, match=f"{step.step} does not take rowss?"):
        step.apply(Rows(([1],)))


TOKENS = np.array([[[1, 2], [3, 4], [5, 9]], [[3, 4], [100, 100], [100, 100]]], np.float32)
MASKED = Context({}, Tokens({}, np.array([[1, 1, 1], [1, 0, 0]])))


def test_the_mean_is_of_the_tokens_that_are_no_padding():
    assert MeanPool().apply(Vectors(TOKENS), MASKED).values.tolist() == [[3, 5], [3, 4]]
    unmasked = MeanPool().apply(Vectors(TOKENS), Context({})).values
    assert np.allclose(unmasked, TOKENS.mean(axis=1))
    assert unmasked.dtype == np.float32


def test_a_mask_of_another_length_is_told():
    with pytest.raises(ValueError, match=r"vectors for \[2, 2\] tokens, but \[2, 3\] were sent"):
        MeanPool().apply(Vectors(TOKENS[:, :2]), MASKED)


def test_the_first_token_is_the_first_that_is_no_padding():
    assert FirstToken().apply(Vectors(TOKENS), Context({})).values.tolist() == [[1, 2], [3, 4]]
    left = Context({}, Tokens({}, np.array([[0, 1, 1], [0, 0, 1]])))
    assert FirstToken().apply(Vectors(TOKENS), left).values.tolist() == [[3, 4], [100, 100]]


def test_vectors_get_the_length_one_and_zeros_stay():
    found = L2Normalize().apply(Vectors(np.array([[3, 4], [0, 0]], np.float32)), Context({})).values
    assert found.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    assert found.dtype == np.float32


@pytest.mark.parametrize("step", [MeanPool(), FirstToken()])
def test_pooling_needs_tokens(step: Any):
    with pytest.raises(ValueError, match="a vector for each token"):
        step.apply(Vectors(TOKENS[:, 0]), MASKED)


def test_length_is_of_one_vector_an_item():
    with pytest.raises(ValueError, match="put mean_pool or first_token before it"):
        L2Normalize().apply(Vectors(TOKENS), MASKED)


@pytest.mark.parametrize(
    ("shape", "becomes"),
    [
        ((2, 5), (2, 5)),
        ((2, 3, 5), (2, 3, 5)),
        ((2, 1, 1, 5), (2, 5)),
        ((2, 5, 1, 1), (2, 5)),
        ((2, 3, 1, 5), (2, 3, 5)),
    ],
)
def test_axes_of_one_element_fall_away(shape: tuple[int, ...], becomes: tuple[int, ...]):
    assert Vectors.from_output(np.zeros(shape)).values.shape == becomes


@pytest.mark.parametrize("output", [np.zeros(3), np.zeros((2, 3, 4, 5)), np.array([["a"]])])
def test_an_output_of_another_shape_is_no_embedding(output: Any):
    with pytest.raises(ValueError, match="embeddings must"):
        Vectors.from_output(output)
