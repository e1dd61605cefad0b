from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
import pytest

from maxctl.serving import inputs
from maxctl.serving.errors import BadInputError, ServingError, TooLargeError
from maxctl.serving.inputs import Limits
from maxctl.serving.steps.decode_audio import decode_audio
from maxctl.serving.steps.rows import Rows
from maxctl.serving.steps.texts import Texts

LIMITS = Limits(seconds=2.0, items=3)
TONE = (0.5 * np.sin(np.arange(800) / 5)).astype(np.float32)


def written(format: str, samples: Any = TONE, rate: int = 8000, **options: Any) -> bytes:
    soundfile = pytest.importorskip("soundfile")
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=format, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes, size: int | None = None) -> bytes:
    return name + struct.pack("<I", len(data) if size is None else size) + data


def wav(
    data: bytes, *, channels: int = 1, rate: int = 8000, bits: int = 16, size: int | None = None
) -> bytes:
    """Return a WAV file written by hand, so that its header can say anything."""
    frame = max(channels * bits // 8, 1)
    head = struct.pack("<HHIIHH", 1, channels, rate, rate * frame % 2**32, frame, bits)
    body = b"WAVE" + chunk(b"fmt ", head) + chunk(b"data", data, size)
    return chunk(b"RIFF", body, min(len(body), 2**32 - 1))


def audio(data: bytes) -> Any:
    return inputs.find("audio").decode(data, LIMITS, "audio")


def refusal(data: bytes, error: type[ServingError] = BadInputError) -> str:
    with pytest.raises(error) as raised:
        audio(data)
    return str(raised.value)


@pytest.mark.parametrize(
    ("format", "options", "exact"),
    [
        ("WAV", {"subtype": "FLOAT"}, 0),
        ("WAV", {"subtype": "PCM_16"}, 2**-15),
        ("FLAC", {"subtype": "PCM_24"}, 2**-23),
        ("AIFF", {}, 2**-15),
        ("OGG", {}, 0.1),
        ("MP3", {}, 0.1),
    ],
)
def test_a_sound_is_read_by_what_it_holds(format: str, options: dict[str, Any], exact: float):
    sound = audio(written(format, **options))
    assert (sound.rate, sound.samples.dtype, sound.samples.shape) == (8000, np.float32, (800, 1))
    assert np.abs(sound.samples[:, 0] - TONE).max() <= exact


def test_channels_stay_beside_each_other_until_a_step_mixes_them():
    sound = audio(written("WAV", np.stack((TONE, -TONE), axis=1), subtype="FLOAT"))
    assert np.array_equal(sound.samples, np.stack((TONE, -TONE), axis=1))


@pytest.mark.parametrize(
    "data",
    [
        b"x",
        b"not a sound at all, though long enough to have a header of forty-four bytes",
        b"RIFF",
        b"RIFF\xff\xff\xff\xffWAVE",
        b"RIFF\x24\x00\x00\x00AVI LIST",
        b"fLaC" + bytes(40),
        b"OggS" + bytes(100),
        b"ID3" + bytes(100),
        b"\xff\xfb" + bytes(100),
        bytes(1000),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
    ids=lambda data: repr(data[:8]),
)
def test_what_is_no_sound_is_refused_with_what_is_accepted(data: bytes):
    assert "WAV, FLAC, Ogg or MP3" in refusal(data)


def test_an_empty_file_is_refused():
    assert "the file is empty" in refusal(b"")


@pytest.mark.parametrize("format", ["AU", "CAF", "VOC", "NIST"])
def test_formats_that_nobody_declared_are_not_parsed_at_all(format: str, monkeypatch: pytest.MonkeyPatch):
    data = written(format)
    monkeypatch.setattr("soundfile.SoundFile", lambda file: pytest.fail("libsndfile was asked"))
    assert "no sound that is read here" in refusal(data)


@pytest.mark.parametrize("format", ["WAV", "FLAC"])
def test_a_file_that_is_cut_short_is_refused(format: str):
    data = written(format)
    assert "cut short" in refusal(data[: len(data) // 2])


def test_a_wav_file_that_announces_more_than_it_holds_is_refused():
    assert "8 of 2000000000 bytes" in refusal(wav(bytes(8), size=2_000_000_000))


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF])
def test_a_wav_file_written_into_a_pipe_leaves_its_length_open(size: int):
    sound = audio(wav(np.arange(100, dtype="<i2").tobytes(), size=size))
    assert sound.samples[:, 0].tolist() == [value / 32768 for value in range(100)]


def test_no_channels_are_refused():
    refusal(wav(bytes(8), channels=0))


@pytest.mark.parametrize("rate", [0, 1, 999, 768_001, 2**31 - 1, 2**32 - 1])
def test_a_rate_that_no_sound_has_is_refused(rate: int):
    refusal(wav(bytes(8), rate=rate))


def test_more_channels_than_any_sound_has_are_refused():
    assert "33 channels" in refusal(wav(bytes(66), channels=33))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_level_are_refused(value: float):
    samples = TONE.copy()
    samples[3] = value
    assert "finite numbers" in refusal(written("WAV", samples, subtype="FLOAT"))


def test_a_sound_without_samples_is_refused():
    assert "no samples" in refusal(written("WAV", TONE[:0]))


def test_a_sound_that_is_too_long_is_refused_before_it_is_decoded():
    # 3 s of silence make a few hundred bytes
    data = written("FLAC", np.zeros(24000, np.float32))
    assert len(data) < 2000
    assert "longer than the 2 s" in refusal(data, TooLargeError)


def test_the_longest_sound_that_is_allowed_is_read():
    assert len(audio(wav(bytes(32000))).samples) == 16000
    assert "longer" in refusal(wav(bytes(32002)), TooLargeError)


def test_many_channels_and_a_high_rate_do_not_multiply_the_memory():
    # 1 s of 32 channels at 48 kHz: eight times what 2 s of two channels may be
    data = written("WAV", np.zeros((48000, 8), np.float32), 48000, subtype="PCM_U8")
    assert "more than the 24000 samples that are accepted in 8 channels" in refusal(data, TooLargeError)


def test_an_mp3_is_one_whatever_it_is_called():
    sound = decode_audio(written("MP3"), max_seconds=2)
    assert sound.samples.shape == (800, 1)


@pytest.mark.parametrize("format", ["WAV", "FLAC", "OGG", "MP3"])
def test_damaged_bytes_cost_a_refusal_at_most(format: str):
    data = written(format)
    random = np.random.default_rng(3)
    for _ in range(60):
        damaged = bytearray(data)
        for at in random.integers(0, min(len(data), 200), 4):
            damaged[at] = random.integers(256)
        try:
            assert audio(bytes(damaged)).samples.ndim == 2
        except ServingError as error:
            assert error.status in (400, 413)


def audio_tensor(shape: tuple[int, ...], data: Any, datatype: str = "FP32") -> Any:
    return inputs.find("audio").from_tensor(datatype, shape, data, LIMITS, "audio")


def test_samples_of_a_tensor_are_at_16_khz():
    for shape in ((4,), (1, 4)):
        sound = audio_tensor(shape, np.ones(shape, np.float32))
        assert (sound.rate, sound.samples.shape) == (16000, (4, 1))


def test_a_sound_in_a_bytes_tensor_is_a_file():
    assert audio_tensor((1,), [written("WAV")], "BYTES").rate == 8000
    with pytest.raises(BadInputError, match="one sound a request"):
        audio_tensor((2,), [b"", b""], "BYTES")


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (np.full(3, np.nan), BadInputError, "finite"),
        (np.full(3, 1e30), BadInputError, "finite"),
        (np.zeros((2, 3)), BadInputError, r"must have shape \[N\]"),
        (np.zeros(32001), TooLargeError, "more than 2 s"),
    ],
)
def test_a_tensor_that_is_no_sound_is_refused(data: Any, error: type[Exception], reason: str):
    with pytest.raises(error, match=reason):
        audio_tensor(data.shape, data)


def text(value: object) -> Texts:
    return inputs.find("text").decode(json.dumps(value).encode(), LIMITS, "lines")


def test_a_text_or_a_list_of_texts_is_read():
    assert text("a").texts == ("a",)
    assert text(["a", "ö🌍"]).texts == ("a", "ö🌍")
    assert text("a").field == "lines"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "a list of texts"),
        ({}, "a list of texts"),
        (3, "a list of texts"),
        (["a", None], "a list of texts"),
        (["a"] * 4, "4 texts are more than the 3 allowed"),
        ("a" * 1_000_001, "longer than 1000000 characters"),
        ("half \ud83c of a pair", "surrogate pair"),
    ],
)
def test_what_is_no_text_is_refused_under_its_field(value: object, reason: str):
    with pytest.raises(BadInputError, match=reason) as raised:
        text(value)
    assert list(raised.value.errors) == ["lines"]


@pytest.mark.parametrize("kind", ["text", "table"])
@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(kind: str, data: bytes):
    with pytest.raises(BadInputError, match="must be JSON"):
        inputs.find(kind).decode(data, LIMITS, "field")


def test_texts_of_a_tensor_are_utf_8():
    kind = inputs.find("text")
    assert kind.from_tensor("BYTES", (2,), ["ö".encode(), b"b"], LIMITS, "text").texts == ("ö", "b")
    with pytest.raises(BadInputError, match="must be UTF-8"):
        kind.from_tensor("BYTES", (1,), [b"\xff"], LIMITS, "text")
    with pytest.raises(BadInputError, match="4 texts"):
        kind.from_tensor("BYTES", (4,), [b"a"] * 4, LIMITS, "text")


def rows(value: object) -> Rows:
    return inputs.find("table").decode(json.dumps(value).encode(), LIMITS, "rows")


def test_rows_are_objects_or_lists():
    assert rows([{"a": 1}, [2]]).rows == ({"a": 1}, [2])
    assert rows({"a": 1}).rows == ({"a": 1},)


@pytest.mark.parametrize("value", [[], 3, "a", [3], [{"a": 1}, "b"], None])
def test_what_is_no_row_is_refused(value: object):
    with pytest.raises(BadInputError, match="must be a list of rows"):
        rows(value)


def test_more_rows_than_allowed_are_refused():
    with pytest.raises(BadInputError, match="4 rows are more than the 3 allowed"):
        rows([[1]] * 4)


def test_rows_of_a_tensor_have_the_columns_in_their_order():
    kind = inputs.find("table")
    found = kind.from_tensor("FP32", (2, 2), np.array([[1, 2], [3, 4]]), LIMITS, "rows")
    assert found.rows == ([1, 2], [3, 4])
    assert kind.from_tensor("FP32", (2,), np.array([1, 2]), LIMITS, "rows").rows == ([1, 2],)
    with pytest.raises(BadInputError, match=r"must have shape \[rows, columns\]"):
        kind.from_tensor("FP32", (1, 1, 1), np.zeros((1, 1, 1)), LIMITS, "rows")


@pytest.mark.parametrize("kind", inputs.names())
def test_each_kind_has_an_example_for_the_engines_to_warm_up_with(kind: str):
    assert inputs.find(kind).example() is not None
