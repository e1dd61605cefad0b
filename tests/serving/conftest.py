"""A service in a temporary folder, behind an engine of a few lines: it finds what a 2 x 2 picture holds."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from maxctl.serving import config, engines
from maxctl.serving.app import create_app
from maxctl.serving.engines.interface import Engine, Signature, TensorSpec
from maxctl.serving.settings import Settings

QUARTERS = [[0, 0, 0.5, 0.5], [0, 0.5, 0.5, 1], [0.5, 0, 1, 0.5], [0.5, 0.5, 1, 1]]


class FakeEngine(Engine):
    """Four boxes, one for each pixel; the scores of its three classes are its red, green and blue."""

    name: ClassVar[str] = "fake"
    threads: ClassVar[list[int]] = []
    fault: ClassVar[Exception | None] = None
    gate: ClassVar[threading.Event | None] = None
    entered: ClassVar[threading.Semaphore] = threading.Semaphore(0)

    @classmethod
    def load(cls, path: Path, threads: int) -> FakeEngine:
        FakeEngine.threads.append(threads)
        return cls()

    @classmethod
    def version(cls) -> str:
        return "0"

    @property
    def signature(self) -> Signature:
        outputs = {"boxes": TensorSpec("float32", (1, 4, 4)), "scores": TensorSpec("float32", (1, 4, 3))}
        return Signature({"image": TensorSpec("float32", (1, 2, 2, 3))}, outputs)

    def infer(self, inputs: Any) -> dict[str, Any]:
        if FakeEngine.gate is not None:
            FakeEngine.entered.release()
            assert FakeEngine.gate.wait(10)
        if FakeEngine.fault is not None:
            raise FakeEngine.fault
        return {"boxes": np.array([QUARTERS], np.float32), "scores": inputs["image"].reshape(1, 4, 3)}


@pytest.fixture(autouse=True)
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> type[FakeEngine]:
    engines.register("fake", FakeEngine)
    monkeypatch.setattr(FakeEngine, "threads", [])
    monkeypatch.setattr(FakeEngine, "fault", None)
    monkeypatch.setattr(FakeEngine, "gate", None)
    monkeypatch.setattr(FakeEngine, "entered", threading.Semaphore(0))
    return FakeEngine


def document(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "maxctl/service/1",
        "metadata": {
            "id": "tiny",
            "name": "Tiny",
            "description": "Finds red, green and blue",
            "type": "Object Detection",
            "source": "https://example.org/tiny",
            "license": "Apache-2.0",
        },
        "api": {"title": "Tiny <Detector>", "description": "For tests", "version": "1.2.3"},
        "task": "object-detection",
        "engine": {
            "name": "fake",
            "path": "assets/model.bin",
            "sha256": hashlib.sha256(b"weights").hexdigest(),
        },
        "labels": "assets/labels.json",
        "input": {"field": "image", "kind": "image"},
        "preprocess": [
            {"step": "decode_image"},
            {"step": "resize", "width": 2, "height": 2, "filter": "nearest"},
            {"step": "scale", "multiply": 1 / 255},
        ],
        "outputs": {"boxes": "boxes", "scores": "scores"},
        "postprocess": [
            {"step": "class_scores", "first_id": 1},
            {"step": "non_maximum_suppression", "iou": 0.5, "classes": "agnostic", "max_detections": 100},
            {"step": "clip_boxes"},
        ],
        "parameters": {
            "threshold": {"default": 0.7, "minimum": 0, "maximum": 1, "description": "Probability threshold"}
        },
        "limits": {"body_bytes": 100_000, "pixels": 1_000_000},
        **changes,
    }


def write(folder: Path, **changes: Any) -> Path:
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "model.bin").write_bytes(b"weights")
    names = [{"id": 1, "name": "red"}, {"id": 2, "name": "green"}, {"id": 3, "name": "blue"}]
    (folder / "assets" / "labels.json").write_text(json.dumps(names))
    (folder / "service.json").write_text(json.dumps(document(**changes)))
    return folder


def application(folder: Path, settings: Settings) -> FastAPI:
    return create_app(config.load(folder / "service.json"), folder, settings)


@contextmanager
def started(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        # the model loads in a thread; each question gives it time
        assert any(client.get("/health/ready").status_code == 200 for _ in range(5000))
        yield client


@pytest.fixture
def write_service(tmp_path: Path) -> Callable[..., Path]:
    """Write a service's folder; keywords replace parts of service.json."""
    return partial(write, tmp_path)


@pytest.fixture
def make_app(write_service: Callable[..., Path]) -> Callable[..., FastAPI]:
    """Make an application that is not started, so that no model is loaded."""
    return lambda settings=Settings(), **changes: application(write_service(**changes), settings)  # noqa: B008


@pytest.fixture
def start(make_app: Callable[..., FastAPI]) -> Iterator[Callable[..., TestClient]]:
    """Give a client of a service of its own, started, with its model loaded."""
    with ExitStack() as clients:
        yield lambda *args, **changes: clients.enter_context(started(make_app(*args, **changes)))


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Give a client of a service that the tests of a file share."""
    engines.register("fake", FakeEngine)
    with started(application(write(tmp_path_factory.mktemp("shared")), Settings())) as client:
        yield client


RED_AND_BLUE = np.array([[[255, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 204]]], np.uint8)


def encode(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


@pytest.fixture
def picture() -> bytes:
    """Return a PNG of 2 x 2 pixels: pure red at the top left, four fifths blue at the bottom right."""
    return encode(Image.fromarray(RED_AND_BLUE))


@pytest.fixture
def large_picture() -> bytes:
    """Return the same picture with 16 x 16 pixels."""
    return encode(Image.fromarray(RED_AND_BLUE.repeat(8, axis=0).repeat(8, axis=1)))


@pytest.fixture
def encoded() -> Callable[..., bytes]:
    return encode
