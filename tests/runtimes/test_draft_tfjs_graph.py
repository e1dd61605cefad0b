"""Where a detector of TensorFlow's Object Detection API is cut, read from its own constants."""

from pathlib import Path

import numpy as np
import pytest

from maxctl.runtimes import tfjs
from maxctl.runtimes.draft.gather import facts_of
from tests.runtimes import tiny_models as tiny
from tests.runtimes.drafts import drafted, steps

CONSTANTS = {
    "Preprocessor/map/while/ResizeImage/stack": np.array([24, 32], np.int32),
    "Preprocessor/mul/x": np.array(2 / 255, np.float32),
    "Preprocessor/sub/y": np.array(1, np.float32),
    "Postprocessor/Slice/begin": np.array([0, 0, 1], np.int32),
    "Postprocessor/Slice/size": np.array([-1, -1, -1], np.int32),
    "Postprocessor/ExpandDims": np.zeros((1, 7, 4), np.float32),
    "BoxPredictor_0/ClassPredictor/biases": np.zeros(3 * 6, np.float32),
    "BoxPredictor_0/BoxEncodingPredictor/biases": np.zeros(3 * 4, np.float32),
}


def detector(folder: Path, without: str = "") -> Path:
    """A graph with the nodes that such a detector begins and ends with: 7 boxes, 5 classes and the background."""
    loop = "Preprocessor/map/while/ResizeImage/ResizeBilinear"
    nodes = [
        tiny.placeholder("image_tensor", [1, -1, -1, 3]),
        *(
            tiny.const(name, array.shape, 3 if array.dtype == np.int32 else 1)
            for name, array in CONSTANTS.items()
        ),
        tiny.node(loop, "ResizeBilinear", ["image_tensor", "Preprocessor/map/while/ResizeImage/stack"]),
        tiny.node("Preprocessor/mul", "Mul", ["Preprocessor/mul/x", loop]),
        tiny.node("Preprocessor/sub", "Sub", ["Preprocessor/mul", "Preprocessor/sub/y"]),
        tiny.node("convert_scores", "Sigmoid", ["Preprocessor/sub"]),
        tiny.node(
            "Postprocessor/Slice",
            "Slice",
            ["convert_scores", "Postprocessor/Slice/begin", "Postprocessor/Slice/size"],
        ),
        tiny.node(
            "Postprocessor/ExpandDims_1", "ExpandDims", ["Preprocessor/sub", "Postprocessor/ExpandDims"]
        ),
    ]
    nodes = [one for one in nodes if one["name"] != without]
    weights = [tiny.weight(name, array) for name, array in CONSTANTS.items()]
    return tiny.write(
        folder, tiny.document(nodes, weights), b"".join(a.tobytes() for a in CONSTANTS.values())
    )


def test_the_cut_has_sizes_classes_and_range_from_the_graph(tmp_path: Path) -> None:
    path = detector(tmp_path)
    draft = drafted(facts_of(path, tfjs.inspect(path).to_json()))
    assert steps(draft)[:4] == ["decode_image", "resize", "scale", "|"]
    resize, scale = (guess.value for guess in draft.preprocess[1:])
    assert (resize["height"], resize["width"]) == (24, 32)
    assert np.float32(scale["multiply"]) == np.float32(2 / 255) and scale["add"] == -1
    (image,) = (guess.value for guess in draft.inputs)
    assert (image["tensor"], image["shape"]) == ("Preprocessor/sub:0", [1, 24, 32, 3])
    assert [guess.value["shape"] for guess in draft.outputs] == [[1, 7, 4], [1, 7, 5]]
    assert draft.answer.first_id == 1 and draft.answer.classes == 5


@pytest.mark.parametrize("gone", ["Preprocessor/sub", "Postprocessor/Slice"])
def test_a_graph_without_such_nodes_is_not_cut(gone: str, tmp_path: Path) -> None:
    path = detector(tmp_path, without=gone)
    assert facts_of(path, tfjs.inspect(path).to_json()).evidence.cut == {}


def test_shapes_that_only_the_converter_s_metadata_knows_are_used(tmp_path: Path) -> None:
    nodes = [tiny.placeholder("input", [1, 32, 32, 3]), tiny.node("probs", "Softmax", ["input"])]
    tensor = {"name": "probs:0", "dtype": "DT_FLOAT", "tensorShape": tiny.tensor_shape([-1, 4])}
    metadata = {"signature": {"outputs": {"probs:0": tensor}}}
    path = tiny.write(tmp_path, tiny.document(nodes, userDefinedMetadata=metadata))
    found = facts_of(path, tfjs.inspect(path).to_json())
    assert found.outputs[0].shape == (None, 4) and found.outputs[0].last() == "softmax"
    assert drafted(found).answer.classes == 4
