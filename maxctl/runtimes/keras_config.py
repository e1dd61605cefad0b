"""Keras configurations, as JSON: their layers, and what loading them would execute. Imports nothing, runs nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

OWN_MODULES = frozenset(
    {"keras", "keras_core", "tf_keras", "keras_cv", "keras_nlp", "keras_hub", "tensorflow"}
)
# parts of Keras that no layer comes from: functions there download, unpack and load files
_NOT_LAYERS = frozenset({"utils", "saving", "tools", "legacy", "backend", "export", "wrappers", "datasets"})
FILE_FUNCTIONS = ("io.", "py_function", "numpy_function", "raw_ops.")
TABLES = frozenset({"StringLookup", "IntegerLookup", "TextVectorization"})

# what each does that is not arithmetic on its inputs
CARRIERS = {
    "TorchModuleWrapper": "unpickles a module of PyTorch",
    "TFSMLayer": "loads a SavedModel from another folder",
    "JaxLayer": "calls a function of Python",
    "FlaxLayer": "calls a function of Python",
}
# layers of TensorFlow that Keras 2 made of operations; Keras 3 cannot load them
OPERATIONS = frozenset(
    {"TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod"}
)

MODELS = frozenset({"Functional", "Model", "Sequential"})
# the layers of Keras 2 and 3 that a file may name without a module; what is not among them is somebody's own
_NAMES = """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention AlphaDropout Attention
    AugMix AutoContrast Average AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
    BatchNormalization BatchNormalizationV1 Bidirectional CategoryEncoding CenterCrop Concatenate
    ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D
    Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D
    Convolution2DTranspose Convolution3D Convolution3DTranspose Cropping1D Cropping2D Cropping3D CutMix Dense
    DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten
    GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D
    GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization
    GroupQueryAttention HashedCrossing Hashing Identity InputLayer IntegerLookup LSTM LSTMCell LayerNormalization
    LeakyReLU Masking MaxNumBoundingBoxes MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D
    Maximum MelSpectrogram Minimum MixUp MultiHeadAttention Multiply Normalization PReLU Permute Pipeline
    RMSNormalization RNN RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast
    RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHeight
    RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness
    RandomShear RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling Reshape Resizing
    ReversibleEmbedding STFTSpectrogram SeparableConv1D SeparableConv2D SeparableConvolution1D
    SeparableConvolution2D SimpleRNN SimpleRNNCell Softmax Solarization SpatialDropout1D SpatialDropout2D
    SpatialDropout3D SpectralNormalization StackedRNNCells StringLookup Subtract SyncBatchNormalization
    TextVectorization ThresholdedReLU TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D
    ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""
LAYERS = frozenset(_NAMES.split()) | MODELS

_INNER = ("layers", "layer", "backward_layer", "cell", "cells")
_DEPTH = 100


class NestedError(ValueError):
    """A configuration whose layers are nested deeper than any model's."""


@dataclass(frozen=True, slots=True, order=True)
class Danger:
    """What loading the configuration would do: run code, or touch a file."""

    kind: Literal["code", "file"]
    operator: str
    """The layer or the function that does it."""
    message: str


def dangers(config: Any) -> list[Danger]:
    """Return what loading a model of this configuration would execute; each thing once, in order."""
    return sorted(set(_walk(config)))


def _walk(config: Any) -> Iterator[Danger]:
    waiting = [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            yield from _of_object(node)
        elif isinstance(node, list):
            waiting += node


def _of_object(node: Mapping[str, Any]) -> Iterator[Danger]:
    kind = node.get("class_name")
    if not isinstance(kind, str):
        return
    inner = node.get("config")
    name = inner.get("name") if isinstance(inner, dict) else None
    called = f" `{name}`" if isinstance(name, str) else ""
    module = node.get("module")
    plain = kind.rpartition(">")[2]
    if plain in ("Lambda", "__lambda__"):
        if kind != "__lambda__":  # in Keras 3 it stands inside the Lambda layer, which is told already
            yield Danger(
                "code", "Lambda", f"the Lambda layer{called} runs Python code that is stored in the file"
            )
    elif plain in OPERATIONS:
        function = str(node.get("function") or (inner.get("function") if isinstance(inner, dict) else ""))
        if any(part in function for part in FILE_FUNCTIONS):
            yield Danger("code", f"tf.{function}", f"the layer{called} calls tf.{function}")
    elif isinstance(module, str) and not _is_own(module, kind):
        # Keras imports `module` and takes `class_name` from it, whatever it is
        what = f"{module}.{inner if kind == 'function' and isinstance(inner, str) else kind}"
        yield Danger("code", what, f"loading it imports {what}, which is not part of Keras")
    elif plain in CARRIERS:
        yield Danger("code", plain, f"the layer{called} ({plain}) {CARRIERS[plain]}")
    elif plain in TABLES and isinstance(inner, dict) and isinstance(inner.get("vocabulary"), str):
        yield Danger("file", plain, f"the layer{called} reads the file `{inner['vocabulary']}`")


def _is_own(module: str, kind: str) -> bool:
    plain = module == "builtins" and kind in ("dict", "list", "tuple", "set", "slice", "str", "bytes")
    parts = module.removeprefix("tensorflow.").split(".")
    deeper = parts[1:2] if parts[1:2] != ["src"] else parts[2:3]
    layers = parts[0] != "keras" or not _NOT_LAYERS.intersection(deeper)
    return not module or plain or (module.partition(".")[0] in OWN_MODULES and layers)


def layers(model: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the layers of a model, and those inside other models and wrappers, in the order of the file.

    Raises `NestedError`.
    """
    if depth > _DEPTH:
        raise NestedError(f"its layers are nested more than {_DEPTH} deep")
    if not isinstance(model, dict) or not isinstance(model.get("class_name"), str):
        return
    if plain_name(model) not in MODELS:
        yield model
    config = model.get("config")
    inner = config if isinstance(config, dict) else {"layers": config} if depth == 0 else {}
    for key in _INNER:
        held = inner.get(key)
        for one in held if isinstance(held, list) else [held]:
            yield from layers(one, depth + 1)


def plain_name(layer: Mapping[str, Any]) -> str:
    """Return the class of a layer, without the package that it was registered under."""
    return str(layer["class_name"]).rpartition(">")[2]


def is_known(layer: Mapping[str, Any]) -> bool:
    """Tell whether a layer is one of Keras's own, so that it can be built without anybody's code."""
    module, registered = layer.get("module"), layer.get("registered_name")
    if (isinstance(registered, str) and ">" in registered) or ">" in str(layer["class_name"]):
        return False
    if isinstance(module, str) and module.startswith(("keras.src.ops.", "keras.ops.")):
        return True  # an operation that was called on a tensor of the graph
    own = not isinstance(module, str) or module.partition(".")[0] == "keras"
    return own and plain_name(layer) in LAYERS
