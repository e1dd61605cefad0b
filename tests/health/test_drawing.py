from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from maxctl.core.errors import UsageError
from maxctl.health import drawing

GREY = (90, 90, 90)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.new("RGB", (200, 100), GREY).save(tmp_path / "grey.png")
    return tmp_path / "grey.png"


def drawn(picture: Path, answer: dict[str, Any]) -> Any:
    drawing.draw(picture, answer, picture.with_name("out.png"))
    return np.asarray(Image.open(picture.with_name("out.png")))


def test_a_box_is_drawn_where_it_is(picture: Path):
    box = {"label": "cup", "probability": 0.9, "detection_box": [0.2, 0.5, 0.9, 0.75]}
    changed = np.argwhere((drawn(picture, {"predictions": [box]}) != GREY).any(axis=2))
    assert changed.min(axis=0).tolist() == [20, 100]
    assert changed[:, 0].max() == 90


def test_a_region_is_coloured_and_the_background_left(picture: Path):
    found = drawn(picture, {"seg_map": [[0, 0], [0, 1]]})
    assert (found[:49, :].reshape(-1, 3) == GREY).all()
    assert (found[60:, 110:] != GREY).any()


def test_points_and_their_lines_are_drawn(picture: Path):
    person = {"human_id": 0, "pose_lines": [{"line": [20, 50, 120, 50]}], "body_parts": [{"x": 20, "y": 50}]}
    assert (drawn(picture, {"predictions": [person]})[50, 70] != GREY).any()


def test_labels_without_a_place_are_listed(picture: Path):
    found = drawn(picture, {"predictions": [{"label": "wolf", "probability": 0.9}]})
    assert (found[:20] != GREY).any() and (found[60:] == GREY).all()


def test_a_file_that_is_no_picture_is_told(tmp_path: Path):
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(UsageError, match="no picture to draw on"):
        drawing.draw(tmp_path / "a.txt", {"predictions": []}, tmp_path / "out.png")
