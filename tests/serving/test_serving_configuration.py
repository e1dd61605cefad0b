from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maxctl.core import digest
from maxctl.serving import config, cpu, engines, integrity, settings
from maxctl.serving.engines.pool import EnginePool
from maxctl.serving.errors import BadInputError, NotReadyError, StartupError
from maxctl.serving.predictor import Predictor

Write = Callable[..., Path]


def test_a_service_file_says_the_same_when_written_again(write_service: Write):
    loaded = config.load(write_service() / "service.json")
    assert config.ServiceConfig.model_validate(json.loads(loaded.model_dump_json(by_alias=True))) == loaded


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": 1}, "extra: Extra inputs are not permitted"),
        ({"schema": "maxctl/service/9"}, "schema: Input should be 'maxctl/service/1'"),
        ({"task": "cooking"}, "task: Value error, no such task; there are: audio-classification, custom"),
        (
            {"engine": {"name": "onnx", "path": "a", "sha256": "0" * 64}},
            "no such engine; there are: ",
        ),
        (
            {"engine": {"name": "fake", "path": "/a", "sha256": "0" * 64}},
            "engine.path: Value error, must be a path",
        ),
        (
            {"engine": {"name": "fake", "path": "a/../../b", "sha256": "0" * 64}},
            "inside the service's folder",
        ),
        ({"engine": {"name": "fake", "path": "a", "sha256": "0"}}, "engine.sha256: String should match"),
        ({"labels": ""}, "labels: Value error"),
        ({"preprocess": []}, "decode_image must be the first step"),
        (
            {"preprocess": [{"step": "scale"}, {"step": "decode_image"}]},
            "decode_image must be the first step",
        ),
        ({"preprocess": [{"step": "decode_image"}, {"step": "rotate"}]}, "preprocess.1: Input tag 'rotate'"),
        ({"preprocess": [{"step": "decode_image"}, {"step": "scale", "by": 2}]}, "by: Extra inputs"),
        ({"outputs": {"boxes": "b"}}, "needs scores"),
        ({"outputs": {"boxes": "b", "scores": "s", "masks": "m"}}, "has no masks; it knows boxes"),
        ({"postprocess": [{"step": "score_threshold", "parameter": "x"}]}, "score_threshold uses x"),
        (
            {"parameters": {"threshold": {"default": 2, "maximum": 1}}},
            "default: must be from -inf to 1, not 2",
        ),
        ({"limits": {"body_bytes": 0}}, "limits.body_bytes"),
    ],
)
def test_a_wrong_service_file_is_told_by_file_and_place(
    write_service: Write, change: dict[str, Any], message: str
):
    path = write_service(**change) / "service.json"
    with pytest.raises(StartupError) as fault:
        config.load(path)
    assert str(fault.value).startswith(f"{path}: ")
    assert message in str(fault.value)


def test_all_faults_of_a_service_file_are_told_at_once(write_service: Write):
    with pytest.raises(StartupError, match=r"extra: .*; .*more: ") as fault:
        config.load(write_service(extra=1, more=2) / "service.json")
    assert "\n" not in str(fault.value)


@pytest.mark.parametrize(("text", "message"), [("{", "is not JSON"), (None, "cannot be read")])
def test_a_service_file_that_is_missing_or_no_json_is_told(tmp_path: Path, text: str | None, message: str):
    if text is not None:
        (tmp_path / "service.json").write_text(text)
    with pytest.raises(StartupError, match=message):
        config.load(tmp_path / "service.json")


def test_without_variables_the_settings_are_the_documented_ones():
    assert settings.from_environment({}) == settings.Settings(threads=cpu.available())
    assert settings.from_environment({"PORT": "", "THREADS": " "}) == settings.from_environment({})


def test_every_variable_is_read():
    given = {
        "PORT": "8080", "HOST": "::1", "CORS_ENABLE": "true", "LOG_LEVEL": "DEBUG", "THREADS": "3",
        "MAX_BODY_BYTES": "10", "MAX_PIXELS": "20",
    }  # fmt: skip
    assert settings.from_environment(given) == settings.Settings(8080, "::1", ("*",), "debug", 3, 10, 20)
    for name in (*given, "CORS_ORIGINS"):
        assert f"| {name} |" in (settings.__doc__ or "")


@pytest.mark.parametrize(
    ("given", "origins"),
    [
        ({}, ()),
        ({"CORS_ENABLE": "false"}, ()),
        ({"CORS_ENABLE": "true"}, ("*",)),
        ({"CORS_ORIGINS": "https://a.example, http://b.example"}, ("https://a.example", "http://b.example")),
        ({"CORS_ENABLE": "false", "CORS_ORIGINS": "https://a.example"}, ()),
    ],
)
def test_origins_come_from_two_variables(given: dict[str, str], origins: tuple[str, ...]):
    assert settings.from_environment(given).cors_origins == origins


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("PORT", "http", "must be a whole number from 1 to 65535"),
        ("PORT", "0", "must be a whole number from 1 to 65535"),
        ("PORT", "65536", "must be a whole number from 1 to 65535"),
        ("PORT", "5000.0", "must be a whole number"),
        ("PORT", "９", "must be a whole number"),
        ("THREADS", "-1", "must be a whole number from 1 to 1024"),
        ("MAX_BODY_BYTES", "16MB", "must be a whole number"),
        ("MAX_PIXELS", "9" * 5000, "must be a whole number"),
        ("LOG_LEVEL", "loud", "must be one of debug, info, warning, error"),
        ("CORS_ENABLE", "yes", "must be one of true, false"),
        ("CORS_ORIGINS", "a.example", "an origin starts with http:// or https://"),
    ],
)
def test_a_wrong_variable_ends_the_start_with_its_name_and_what_is_accepted(
    name: str, value: str, accepted: str
):
    with pytest.raises(StartupError) as fault:
        settings.from_environment({name: value})
    assert str(fault.value).startswith(f"{name}={value}: ")
    assert accepted in str(fault.value)


def test_cpus_are_limited_by_the_control_groups_quota(tmp_path: Path):
    assert cpu.available(tmp_path) >= 1
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert cpu.available(tmp_path) == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    unlimited = cpu.available(tmp_path)
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("-1")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert cpu.available(tmp_path) == unlimited
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000")
    assert cpu.available(tmp_path) == 1


def test_cpu_flags_are_those_that_change_answers(tmp_path: Path):
    (tmp_path / "cpuinfo").write_text("processor : 0\nflags : fpu avx2 fma ht\n")
    assert cpu.flags(tmp_path / "cpuinfo") == ["avx2", "fma"]
    assert cpu.flags(tmp_path / "none") == []


def test_a_folders_digest_is_the_one_that_maxctl_records(tmp_path: Path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x").write_bytes(b"1")
    (tmp_path / "b.txt").write_bytes(b"2")
    (tmp_path / "run").write_bytes(b"3")
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("b.txt")
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "y").write_bytes(b"4")
    assert f"sha256:{integrity.digest(tmp_path)}" == digest.of_path(tmp_path)
    assert f"sha256:{integrity.digest(tmp_path / 'run')}" == digest.of_path(tmp_path / "run")


def predictor(folder: Path, **options: Any) -> Predictor:
    return Predictor(config.load(folder / "service.json"), folder, **options)


def test_a_changed_model_is_not_loaded(write_service: Write, fake_engine: Any):
    folder = write_service()
    (folder / "assets" / "model.bin").write_bytes(b"Weights")
    with pytest.raises(StartupError, match=hashlib.sha256(b"weights").hexdigest()):
        predictor(folder).load()
    assert not fake_engine.threads


def test_a_missing_model_is_told(write_service: Write):
    folder = write_service()
    (folder / "assets" / "model.bin").unlink()
    with pytest.raises(StartupError, match=r"model\.bin: the model cannot be read"):
        predictor(folder).load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"outputs": {"boxes": "nowhere", "scores": "scores"}},
            "outputs.boxes nowhere: the model has boxes, scores",
        ),
        ({"input": {"tensor": "nothing"}}, "input.tensor nothing: the model has image"),
        (
            {"preprocess": [{"step": "decode_image"}]},
            r"preprocess gives uint8 \[1, 32, 32, 3\], but input image takes float32 \[1, 2, 2, 3\]",
        ),
        (
            {"preprocess": [{"step": "decode_image"}, {"step": "scale"}]},
            r"preprocess gives float32 \[1, 32, 32, 3\], but input image takes float32 \[1, 2, 2, 3\]",
        ),
        ({"postprocess": [{"step": "clip_boxes"}]}, "put class_scores before"),
    ],
)
def test_a_configuration_that_does_not_fit_the_model_is_told_before_the_first_request(
    write_service: Write, change: dict[str, Any], message: str
):
    with pytest.raises(StartupError, match=message):
        predictor(write_service(**change)).load()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("[]x", "Invalid JSON"),
        ('[{"id": "a", "name": "b"}]', "0.id"),
        ('[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]', "label id 1 stands there twice"),
    ],
)
def test_wrong_labels_are_told(write_service: Write, labels: str, message: str):
    folder = write_service()
    (folder / "assets" / "labels.json").write_text(labels)
    with pytest.raises(StartupError, match=message):
        predictor(folder)


def test_an_unloaded_predictor_says_so(write_service: Write, picture: bytes):
    with pytest.raises(NotReadyError):
        predictor(write_service()).predict(picture)


def test_encoded_and_raw_pixels_are_answered_alike(write_service: Write, picture: bytes):
    import io

    import numpy as np
    from PIL import Image

    asked = predictor(write_service())
    asked.load()
    pixels = np.asarray(Image.open(io.BytesIO(picture)))
    assert asked.predict(picture) == asked.predict_tensor("UINT8", pixels.shape, pixels)
    assert [one.label for one in asked.predict(picture, {"threshold": 0.9}).found] == ["red"]
    with pytest.raises(BadInputError, match=r"UINT8 must have shape \[H,W,3\]"):
        asked.predict_tensor("UINT8", (2, 2), pixels[..., 0])
    with pytest.raises(BadInputError, match="is no parameter; there are: threshold"):
        asked.predict(picture, {"treshold": 0.9})


def test_a_pool_loads_an_engine_for_each_place_and_one_for_a_request_that_is_alone(
    fake_engine: Any, monkeypatch: Any
):
    pool = EnginePool(fake_engine, Path(), 3)
    assert pool.load_wide() is not None
    assert fake_engine.threads == [1, 1, 1, 3]
    assert len({id(engine) for engine in pool.narrow}) == 3
    monkeypatch.setattr(fake_engine, "shareable", True)
    fake_engine.threads.clear()
    pool = EnginePool(fake_engine, Path(), 3)
    assert pool.load_wide() is not None
    assert len({id(engine) for engine in pool.narrow}) == 1
    assert fake_engine.threads == [1, 3]
    monkeypatch.setattr(fake_engine, "own_threads", False)
    assert EnginePool(fake_engine, Path(), 3).load_wide() is None


def test_only_a_request_that_is_alone_gets_the_engine_of_many_threads(fake_engine: Any):
    pool = EnginePool(fake_engine, Path(), 2)
    with pool.borrow() as early:
        assert early in pool.narrow
    pool.lend_wide(pool.load_wide())
    with pool.borrow() as alone:
        assert alone is pool.wide
        with pool.borrow() as second:
            assert second is not pool.wide
    with pool.borrow() as again:
        assert again is pool.wide
    assert EnginePool(fake_engine, Path(), 1).load_wide() is None


def test_a_borrowed_engine_comes_back_after_a_fault(fake_engine: Any):
    pool = EnginePool(fake_engine, Path(), 1)
    with pytest.raises(RuntimeError), pool.borrow():
        raise RuntimeError
    with pool.borrow() as engine:
        assert engine is pool.narrow[0]


def test_the_names_of_engines_are_known_without_their_frameworks():
    assert {"litert", "tensorflow"} <= set(engines.names())
