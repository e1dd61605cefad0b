from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maxctl.serving.errors import BadInputError, TooLargeError
from maxctl.serving.steps import sound as sound_module
from maxctl.serving.steps.add_axis import AddAxis
from maxctl.serving.steps.decode_audio import DecodeAudio
from maxctl.serving.steps.log import Log
from maxctl.serving.steps.mel_spectrogram import MelSpectrogram
from maxctl.serving.steps.mfcc import Mfcc
from maxctl.serving.steps.normalize_audio import NormalizeAudio
from maxctl.serving.steps.number_classes import NumberClasses
from maxctl.serving.steps.picture import Picture
from maxctl.serving.steps.pool_windows import AverageWindows, MaxWindows
from maxctl.serving.steps.resample import Resample
from maxctl.serving.steps.scores import Scores
from maxctl.serving.steps.select_class import SelectClass
from maxctl.serving.steps.sigmoid import Sigmoid
from maxctl.serving.steps.softmax import Softmax
from maxctl.serving.steps.sound import Sound
from maxctl.serving.steps.spectrogram import Spectrogram
from maxctl.serving.steps.speech_segments import Segment, SpeechSegments, speech_segments
from maxctl.serving.steps.threshold import Threshold
from maxctl.serving.steps.top_k import TopK
from maxctl.serving.steps.trim_or_pad import TrimOrPad
from maxctl.serving.steps.two_classes import TwoClasses
from maxctl.serving.steps.value import Context
from maxctl.serving.steps.vectors import Vectors
from maxctl.serving.steps.windows import Windows

RECORDED = Path(__file__).parents[1] / "recorded"
LIBROSA = np.load(RECORDED / "librosa.npz")
BASIC_PITCH = np.load(RECORDED / "basic_pitch.npz")
SILERO = json.loads((RECORDED / "silero_vad.json").read_text())
RATE = 16000
NOISE = np.random.default_rng(7).standard_normal(3000).astype(np.float32) * np.float32(0.1)


def whole(samples: Any, rate: int = RATE) -> Sound:
    return Sound(np.asarray(samples, np.float32), rate)


def recorded_sound() -> Sound:
    return whole(LIBROSA["samples"] / np.float32(32768))


def assert_close(found: np.ndarray, expected: np.ndarray) -> None:
    assert found.dtype == np.float32
    assert found.shape == expected.shape
    # 1e-5 of each value; what is less than a ten-millionth of the largest is rounding
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7 * float(np.abs(expected).max()))


def test_channels_are_mixed_to_their_mean_or_kept():
    stereo = whole([[0.5, -0.25], [1, 0]])
    assert DecodeAudio().apply(stereo).samples.tolist() == [0.125, 0.5]
    assert DecodeAudio(channels="keep").apply(stereo) is stereo
    assert DecodeAudio().apply(whole([[0.5], [1]])).samples.tolist() == [0.5, 1]


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_resampling_is_that_of_soxr(rate: int):
    soxr = pytest.importorskip("soxr")
    resampled = Resample(rate=RATE).apply(whole(NOISE, rate))
    assert resampled.rate == RATE
    assert np.array_equal(resampled.samples, soxr.resample(NOISE, rate, RATE, quality="HQ"))


def test_a_sound_that_has_the_rate_already_is_not_touched():
    assert Resample(rate=RATE).apply(whole(NOISE)).samples.tolist() == NOISE.tolist()


def test_a_sound_of_which_nothing_is_left_is_refused():
    pytest.importorskip("soxr")
    with pytest.raises(BadInputError, match="too short: 1 samples at 48000 Hz"):
        Resample(rate=RATE).apply(whole([1], 48000))


def test_kept_channels_are_resampled_one_beside_the_other():
    pytest.importorskip("soxr")
    stereo = np.stack((NOISE, -NOISE), axis=1)
    resampled = Resample(rate=8000).apply(whole(stereo)).samples
    assert resampled.shape == (1500, 2)
    assert np.array_equal(resampled[:, 0], Resample(rate=8000).apply(whole(NOISE)).samples)


def test_a_sound_is_cut_or_filled_up_as_librosa_fixes_its_length():
    for name, size in (("long", 2000), ("short", 500)):
        fixed = TrimOrPad(samples=size).apply(recorded_sound()).samples
        assert np.array_equal(fixed, LIBROSA[f"fixed/{name}"])


@pytest.mark.parametrize(
    ("keep", "size", "expected"),
    [
        ("start", 2, [1, 2]),
        ("middle", 2, [2, 3]),
        ("end", 2, [4, 5]),
        ("start", 8, [1, 2, 3, 4, 5, 0, 0, 0]),
        ("middle", 8, [0, 1, 2, 3, 4, 5, 0, 0]),
        ("end", 8, [0, 0, 0, 1, 2, 3, 4, 5]),
    ],
)
def test_the_side_that_is_kept_is_the_one_that_is_asked_for(keep: str, size: int, expected: list[int]):
    fixed = TrimOrPad(samples=size, keep=keep).apply(whole([1, 2, 3, 4, 5]))
    assert fixed.samples.tolist() == expected


@pytest.mark.parametrize("name", BASIC_PITCH.files)
def test_windows_with_overlap_at_both_ends_are_those_of_basic_pitch(name: str):
    expected = BASIC_PITCH[name]
    sound = whole(np.arange(1, int(name.partition("/")[2]) + 1), 1000)
    step = Windows(size=44, hop=36, before=4, end="every-start")
    cut = AddAxis().apply(step.apply(sound))
    assert np.array_equal(cut.tensors()[None], expected)
    assert cut.starts is not None
    assert cut.starts.tolist() == [(number * 36 - 4) / 1000 for number in range(len(expected))]


@pytest.mark.parametrize("length", [1, 511, 512, 513, 1000, 1024, 2048])
def test_windows_with_context_from_the_window_before_are_those_of_silero_vad(length: int):
    samples = np.arange(1, length + 1, dtype=np.float32)
    expected, context = [], np.zeros(64, np.float32)
    for start in range(0, length, 512):  # as its OnnxWrapper calls the model
        chunk = np.concatenate(
            [context, np.pad(samples[start : start + 512], (0, max(0, start + 512 - length)))]
        )
        expected.append(chunk)
        context = chunk[-64:]
    cut = Windows(size=576, hop=512, before=64).apply(whole(samples))
    assert np.array_equal(cut.samples, np.stack(expected))
    assert (cut.length, cut.hop) == (length, 512)


@pytest.mark.parametrize(
    ("end", "length", "count"),
    [
        ("cover", 3, 1), ("cover", 4, 1), ("cover", 5, 2), ("cover", 8, 3), ("cover", 9, 4),
        ("drop", 3, 1), ("drop", 4, 1), ("drop", 5, 1), ("drop", 6, 2), ("drop", 9, 3),
        ("every-start", 2, 1), ("every-start", 3, 2), ("every-start", 8, 4),
    ],
)  # fmt: skip
def test_how_many_windows_there_are_is_declared(end: str, length: int, count: int):
    cut = Windows(size=4, hop=2, end=end).apply(whole(np.ones(length)))
    assert cut.samples.shape == (count, 4)
    assert cut.samples.sum() >= (0 if end == "drop" else length)


def test_a_sound_that_makes_too_many_windows_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sound_module, "MAX_VALUES", 1000)
    with pytest.raises(TooLargeError, match="makes 97 windows of 20 values, and 1000 values"):
        Windows(size=20, hop=10).apply(whole(np.ones(980)))
    with pytest.raises(TooLargeError):
        Spectrogram(n_fft=16, hop=1).apply(whole(np.ones(980)))


def test_windows_need_less_padding_than_they_are_long():
    with pytest.raises(ValueError, match="before must be less than size"):
        Windows(size=4, hop=2, before=4)


def test_the_peak_becomes_the_level_as_in_librosa():
    found = NormalizeAudio(by="peak").apply(recorded_sound())
    assert_close(found.samples, LIBROSA["normalized"])


def test_the_root_mean_square_becomes_the_level():
    found = NormalizeAudio(by="rms", level=0.25).apply(whole(NOISE))
    assert math.isclose(np.sqrt(np.square(found.samples, dtype=np.float64).mean()), 0.25, rel_tol=1e-6)


def test_mean_and_variance_are_taken_of_each_window_alone():
    windows = Windows(size=1000, hop=1000).apply(whole(NOISE * np.linspace(0.1, 3, 3000) + 0.2))
    found = NormalizeAudio(by="mean-variance").apply(windows).samples
    # transformers' Wav2Vec2FeatureExtractor: (x - x.mean()) / sqrt(x.var() + 1e-7)
    expected = [(x - x.mean()) / np.sqrt(x.var() + 1e-7) for x in windows.samples.astype(np.float64)]
    assert_close(found, np.stack(expected))


@pytest.mark.parametrize("by", ["peak", "rms", "mean-variance", "none"])
def test_silence_stays_silence(by: str):
    assert not NormalizeAudio(by=by).apply(whole(np.zeros(100))).samples.any()


STFT: dict[str, dict[str, Any]] = {
    "default": {"n_fft": 128, "hop": 32},
    "reflected": {"n_fft": 128, "hop": 50, "window_size": 100, "window": "hamming", "pad": "reflect"},
    "not-centred": {"n_fft": 64, "hop": 64, "window": "blackman", "center": False},
    "odd": {"n_fft": 101, "hop": 37, "window_size": 50, "window": "ones"},
}


@pytest.mark.parametrize("name", STFT)
def test_spectrograms_are_librosas(name: str):
    magnitude = Spectrogram(power="magnitude", **STFT[name]).apply(recorded_sound()).samples
    expected = LIBROSA[f"stft/{name}"]
    assert_close(magnitude, expected)
    power = Spectrogram(power="power", **STFT[name]).apply(recorded_sound()).samples
    assert_close(power, expected.astype(np.float64) ** 2)


def test_a_spectrogram_is_exactly_the_fourier_transform_of_its_frames():
    step = Spectrogram(n_fft=64, hop=16, center=False, window="ones", axes="time-frequency")
    frames = np.stack([NOISE[start : start + 64] for start in range(0, 3000 - 63, 16)]).astype(np.float64)
    transformed = np.fft.rfft(frames)
    expected = (transformed.real**2 + transformed.imag**2).astype(np.float32)
    assert np.array_equal(step.apply(whole(NOISE)).samples, expected)


def test_long_sounds_are_transformed_in_blocks_without_a_seam():
    sound = whole(np.tile(NOISE, 4))
    step = Spectrogram(n_fft=32, hop=8, axes="time-frequency")
    found = step.apply(sound).samples
    assert len(found) == 1501
    part = step.apply(whole(sound.samples[8 * 250 - 16 : 8 * 260 + 16])).samples
    assert np.array_equal(part[2:-2], found[250:261])


def test_frames_as_long_as_the_window_are_those_of_tensorflow():
    # tf.signal.stft(x, 25, 10, 32): frames of 25 samples, zeros behind, a periodic Hann window
    step = Spectrogram(
        n_fft=32,
        hop=10,
        window_size=25,
        frame="window",
        center=False,
        power="magnitude",
        axes="time-frequency",
    )
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(25) / 25)
    frames = np.stack([NOISE[start : start + 25] * hann for start in range(0, 200 - 24, 10)])
    found = step.apply(whole(NOISE[:200])).samples
    assert_close(found, np.abs(np.fft.rfft(frames, 32)))


@pytest.mark.slow
def test_frames_as_long_as_the_window_are_those_of_the_installed_tensorflow():
    tensorflow = pytest.importorskip("tensorflow")
    step = Spectrogram(
        n_fft=512,
        hop=160,
        window_size=400,
        frame="window",
        center=False,
        power="magnitude",
        axes="time-frequency",
    )
    expected = tensorflow.abs(tensorflow.signal.stft(NOISE, 400, 160, 512)).numpy()
    np.testing.assert_allclose(step.apply(whole(NOISE)).samples, expected, rtol=1e-3, atol=1e-4)


def test_each_window_has_its_own_spectrogram():
    windows = Windows(size=500, hop=500).apply(whole(NOISE))
    found = Spectrogram(n_fft=64, hop=32).apply(windows)
    assert found.samples.shape == (6, 33, 16)
    alone = Spectrogram(n_fft=64, hop=32).apply(whole(NOISE[500:1000]))
    assert np.array_equal(found.samples[1], alone.samples)
    assert found.duration == alone.duration * 6 == 3000


def test_a_sound_shorter_than_a_frame_makes_one_frame():
    assert Spectrogram(n_fft=64, hop=32, center=False).apply(whole(NOISE[:5])).samples.shape == (33, 1)
    assert Spectrogram(n_fft=64, hop=32, pad="reflect").apply(whole(NOISE[:5])).samples.shape == (33, 1)
    assert Spectrogram(n_fft=64, hop=32, pad="reflect").apply(whole(NOISE[:1])).samples.shape == (33, 1)


def mel(**options: Any) -> MelSpectrogram:
    return MelSpectrogram(n_fft=256, hop=100, **options)


MEL: dict[str, dict[str, Any]] = {
    "slaney": {"bands": 20},
    "htk": {"bands": 24, "scale": "htk", "norm": "none", "fmin": 60.0, "fmax": 3800.0},
    "mixed": {"bands": 16, "norm": "none", "fmax": 7000.0, "power": "magnitude"},
    "htk-slaney": {"bands": 12, "scale": "htk", "fmin": 300.0},
}


@pytest.mark.parametrize("name", MEL)
def test_mel_spectrograms_are_librosas(name: str):
    assert_close(mel(**MEL[name]).apply(recorded_sound()).samples, LIBROSA[f"mel/{name}"])


def test_time_goes_first_where_that_is_declared():
    found = mel(bands=20, axes="time-frequency").apply(recorded_sound()).samples
    assert np.array_equal(found.T, mel(bands=20).apply(recorded_sound()).samples)


def test_a_range_above_half_the_rate_is_told():
    with pytest.raises(ValueError, match="fmin 9000 leaves nothing below 8000 Hz"):
        mel(fmin=9000).apply(recorded_sound())
    with pytest.raises(ValueError, match="fmax must be more than fmin"):
        mel(fmin=3000, fmax=2000)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("power", Log(unit="power-db", floor=1e-10)),
        ("max", Log(unit="power-db", floor=1e-10, reference="max", top_db=40)),
        ("amplitude", Log(unit="amplitude-db", floor=1e-5, top_db=80)),
    ],
)
def test_decibels_are_librosas(name: str, step: Log):
    power = "magnitude" if name == "amplitude" else "power"
    levels = mel(bands=20).apply(recorded_sound())
    if power == "magnitude":
        levels = levels.with_samples(np.sqrt(levels.samples))
    np.testing.assert_allclose(step.apply(levels).samples, LIBROSA[f"log/{name}"], rtol=1e-5, atol=1e-5)


def test_logarithms_have_a_floor_and_an_offset():
    levels = whole(NOISE[:10]).with_spectrogram(np.array([[0, 1, 9]], np.float32))
    natural = Log(floor=0, add=0.01).apply(levels).samples
    assert natural.tolist() == [[pytest.approx(math.log(value + 0.01), rel=1e-6) for value in (0, 1, 9)]]
    floored = Log(unit="log10", floor=1e-3).apply(levels).samples
    assert floored.tolist() == [[-3, 0, pytest.approx(math.log10(9), rel=1e-6)]]


def test_the_logarithm_of_silence_cannot_be_declared():
    with pytest.raises(ValueError, match="silence has no logarithm"):
        Log(floor=0)
    with pytest.raises(ValueError, match="top_db goes with"):
        Log(top_db=80)


def test_each_window_is_related_to_its_own_highest_level():
    windows = np.array([[[1, 100]], [[10, 1]]], np.float32)
    sound = Sound(windows, RATE, np.array([0.0, 1.0]), form="spectrogram")
    found = Log(unit="power-db", reference="max").apply(sound).samples
    assert found.tolist() == [[[-20, 0]], [[0, -10]]]


def test_cepstral_coefficients_are_librosas():
    decibels = Log(unit="power-db").apply(mel(bands=20).apply(recorded_sound()))
    found = Mfcc(count=13).apply(decibels).samples
    np.testing.assert_allclose(found, LIBROSA["mfcc"], rtol=1e-5, atol=1e-4)
    turned = decibels.with_samples(decibels.samples.T)
    assert np.array_equal(Mfcc(count=13, axes="time-frequency").apply(turned).samples.T, found)


def test_an_axis_is_added_to_each_item():
    assert AddAxis().apply(whole(NOISE)).tensors()[None].shape == (1, 3000, 1)
    assert AddAxis(at="start").apply(whole(NOISE)).tensors()[None].shape == (1, 1, 3000)
    windows = Windows(size=500, hop=500).apply(whole(NOISE))
    assert AddAxis(at="start").apply(windows).tensors()[None].shape == (6, 1, 500)


SPECTRUM = Spectrogram(n_fft=64, hop=32)


@pytest.mark.parametrize(
    "step",
    [Resample(rate=8000), TrimOrPad(samples=5), Windows(size=5, hop=5), NormalizeAudio(), SPECTRUM, mel()],
)
def test_steps_for_samples_do_not_take_a_spectrogram(step: Any):
    with pytest.raises(ValueError, match="put it before the spectrogram"):
        step.apply(SPECTRUM.apply(whole(NOISE)))


@pytest.mark.parametrize("step", [Resample(rate=8000), TrimOrPad(samples=5), Windows(size=5, hop=5)])
def test_steps_for_whole_sounds_do_not_take_windows(step: Any):
    with pytest.raises(ValueError, match="whole sound"):
        step.apply(Windows(size=500, hop=500).apply(whole(NOISE)))


@pytest.mark.parametrize("step", [Log(), Mfcc()])
def test_steps_for_spectrograms_do_not_take_samples(step: Any):
    with pytest.raises(ValueError, match="takes a spectrogram"):
        step.apply(whole(NOISE))


@pytest.mark.parametrize("step", [SPECTRUM, mel()])
def test_a_spectrogram_is_of_one_channel(step: Any):
    with pytest.raises(ValueError, match="channels: mono"):
        step.apply(whole(np.zeros((100, 2))))


@pytest.mark.parametrize(
    "step",
    [DecodeAudio(), Resample(rate=8000), TrimOrPad(samples=5), Windows(size=5, hop=5), NormalizeAudio(), SPECTRUM,
     mel(), Log(), Mfcc(), AddAxis()],
)  # fmt: skip
def test_steps_for_sounds_do_not_take_pictures(step: Any):
    with pytest.raises(ValueError, match=f"{step.step} does not take pictures"):
        step.apply(Picture.whole(np.zeros((2, 2, 3), np.uint8)))


def options_of(case: dict[str, Any]) -> tuple[SpeechSegments, float]:
    names = {
        "neg_threshold": "exit_threshold",
        "min_speech_duration_ms": "min_speech_ms",
        "max_speech_duration_s": "max_speech_seconds",
        "min_silence_duration_ms": "min_silence_ms",
        "speech_pad_ms": "pad_ms",
        "min_silence_at_max_speech": "min_pause_ms",
    }
    return SpeechSegments(**{names[key]: value for key, value in case.items() if key in names}), case.get(
        "threshold", 0.5
    )


@pytest.mark.parametrize("number", range(len(SILERO["options"])))
def test_speech_is_where_silero_vad_finds_it(number: int):
    case = SILERO["options"][number]
    rate = case.get("sampling_rate", 16000)
    hop = 256 if rate == 8000 else 512
    options, threshold = options_of(case)
    for recorded in SILERO["cases"]:
        scores = np.array(recorded["scores"])
        found = speech_segments(scores, hop, rate, len(scores) * hop - hop // 3, threshold, options)
        assert [[start, end] for start, end, _ in found] == recorded["answers"][number]


def test_segments_are_in_seconds_with_the_mean_score_of_their_windows():
    sound = Windows(size=576, hop=512, before=64).apply(whole(np.zeros(512 * 40)))
    scores = np.full((40, 1), 0.1, np.float32)
    scores[10:30, 0] = np.linspace(0.6, 1, 20)
    context = Context({"threshold": 0.5}, sound)
    (found,) = SpeechSegments().apply(Scores.from_output(scores), context)
    assert found == Segment((5120 - 480) / RATE, (15360 + 480) / RATE, pytest.approx(0.8, rel=1e-6))
    assert SpeechSegments().needs() == {"threshold"}


def test_the_scores_of_a_whole_sound_need_the_samples_between_them():
    context = Context({"threshold": 0.5}, whole(np.zeros(16000)))
    scores = Scores.from_output(np.ones((1, 100)))
    with pytest.raises(ValueError, match="give hop"):
        SpeechSegments().apply(scores, context)
    assert SpeechSegments(hop=160).apply(scores, context) == (Segment(0, 1, 1),)
    with pytest.raises(ValueError, match="needs the sound"):
        SpeechSegments().apply(scores, Context({"threshold": 0.5}))


def test_windows_are_pooled_to_one_answer():
    scores = Scores.from_output(np.array([[0.25, 0.5], [0.75, 0]]))
    mean = AverageWindows().apply(scores, Context({}))
    assert isinstance(mean, Scores)
    assert (mean.values.tolist(), mean.pooled) == ([[0.5, 0.25]], True)
    assert MaxWindows().apply(scores, Context({})).values.tolist() == [[0.75, 0.5]]
    vectors = AverageWindows().apply(Vectors(scores.values), Context({}))
    assert isinstance(vectors, Vectors)
    assert vectors.values.tolist() == [[0.5, 0.25]]


def test_classes_that_were_dropped_cannot_be_pooled():
    scores = Scores.from_output(np.array([[0.25, 0.5]])).keep(np.array([[True, False]]))
    with pytest.raises(ValueError, match="put it before top_k"):
        AverageWindows().apply(scores, Context({}))


def test_one_probability_becomes_two():
    found = TwoClasses().apply(Scores.from_output(np.array([0.25, 1])), Context({}))
    assert found.values.tolist() == [[0.75, 0.25], [0, 1]]
    with pytest.raises(ValueError, match="not 2"):
        TwoClasses().apply(found, Context({}))


def test_scores_are_ranked_by_value_then_by_id_and_only_those_that_are_kept():
    scores = Scores(np.array([[0.5, 0.75, 0.5]], np.float32), first_id=1)
    assert list(scores.ranked(0)) == [(2, 0.75), (1, 0.5), (3, 0.5)]
    kept = scores.keep(np.array([[True, True, False]])).keep(np.array([[True, False, True]]))
    assert list(kept.ranked(0)) == [(1, 0.5)]


@pytest.mark.parametrize("output", [np.zeros((2, 3, 4)), np.array([["a"]]), np.zeros((0, 3))])
def test_an_output_of_another_shape_is_no_scores(output: Any):
    with pytest.raises(ValueError, match="scores must"):
        Scores.from_output(output)


def test_several_scores_a_window_are_told_apart_by_hop_or_by_class():
    sound = Windows(size=1600, hop=1600).apply(whole(np.zeros(16000)))
    context = Context({"threshold": 0.5}, sound)
    scores = Scores.from_output(np.tile([[0.1, 0.9]], (10, 1)))
    with pytest.raises(ValueError, match="not 2: pick one with select_class"):
        SpeechSegments().apply(scores, context)
    speech = SelectClass(column=1).apply(scores, context)
    assert SpeechSegments().apply(speech, context) == (Segment(0, 1, pytest.approx(0.9)),)
    # .9 at every other step of 50 ms: never long enough below the exit to end
    (found,) = SpeechSegments(hop=800, pad_ms=0).apply(scores, context)
    assert (found.start, found.end) == (0.05, 1)
    with pytest.raises(ValueError, match="column 2 of 2"):
        SelectClass(column=2).apply(scores, context)


def test_classes_are_numbered_from_a_declared_id():
    scores = NumberClasses(first_id=1).apply(Scores.from_output(np.array([[0.25, 0.75]])), Context({}))
    assert list(scores.ranked(0)) == [(2, 0.75), (1, 0.25)]


def test_the_best_classes_stay_and_of_equal_ones_the_first():
    scores = Scores.from_output(np.array([[0.5, 0.75, 0.5], [0, 0, 0]]))
    kept = TopK(k=2).apply(scores, Context({}))
    assert [list(kept.ranked(item)) for item in (0, 1)] == [[(1, 0.75), (0, 0.5)], [(0, 0), (1, 0)]]
    assert list(TopK(k=9).apply(scores, Context({})).ranked(0)) == list(scores.ranked(0))


def test_a_class_at_the_threshold_is_left_out_and_so_is_what_is_no_number():
    scores = Scores.from_output(np.array([[0.5, np.nextafter(np.float32(0.5), 1), np.nan]], np.float32))
    kept = Threshold(parameter="least").apply(scores, Context({"least": 0.5}))
    assert [id_ for id_, _ in kept.ranked(0)] == [1]
    assert Threshold(parameter="least").needs() == {"least"}


def test_softmax_and_sigmoid_do_not_overflow():
    logits = Scores.from_output(np.array([[1e4, 0, -1e4], [-200, -200, -200]], np.float32))
    assert Softmax().apply(logits, Context({})).values.tolist() == [[1, 0, 0], [pytest.approx(1 / 3)] * 3]
    assert Sigmoid().apply(logits, Context({})).values[0].tolist() == [1, 0.5, 0]


def test_softmax_and_sigmoid_are_those_of_scipy():
    special = pytest.importorskip("scipy.special")
    logits = np.random.default_rng(5).normal(0, 5, (20, 7)).astype(np.float32)
    for step, function in ((Softmax(), lambda x: special.softmax(x, axis=1)), (Sigmoid(), special.expit)):
        found = step.apply(Scores(logits), Context({})).values
        np.testing.assert_allclose(found, function(logits.astype(np.float64)), rtol=1e-6)
