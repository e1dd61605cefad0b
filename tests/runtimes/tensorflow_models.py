"""Small models as Keras and TensorFlow write them: `python -m tests.runtimes.tensorflow_models FOLDER`.

Beside each model `NAME` stands `NAME.npz`: inputs `in.…` and what the framework itself answers, `out.…`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

os.environ.update(KERAS_BACKEND="tensorflow", CUDA_VISIBLE_DEVICES="-1", TF_ENABLE_ONEDNN_OPTS="0")
OLD_KERNEL = np.arange(8, dtype=np.float32).reshape(4, 2) / 10
OLD_BIAS = np.array([0.5, -0.25], np.float32)
OLD_CONFIG = {
    "class_name": "Sequential",
    "config": {
        "name": "old",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {
                    "batch_input_shape": [None, 4],
                    "dtype": "float32",
                    "sparse": False,
                    "ragged": False,
                    "name": "dense_input",
                },
            },
            {
                "class_name": "Dense",
                "config": {
                    "name": "dense",
                    "trainable": True,
                    "dtype": "float32",
                    "units": 2,
                    "activation": "relu",
                    "use_bias": True,
                    "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
                    "bias_initializer": {"class_name": "Zeros", "config": {}},
                    "kernel_regularizer": None,
                    "bias_regularizer": None,
                    "activity_regularizer": None,
                    "kernel_constraint": None,
                    "bias_constraint": None,
                },
            },
        ],
    },
}


def told(path: Path, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    parts = {**{f"in.{k}": v for k, v in inputs.items()}, **{f"out.{k}": v for k, v in outputs.items()}}
    arrays: dict[str, Any] = {key: np.asarray(value) for key, value in parts.items()}
    np.savez(path.with_name(f"{path.name}.npz"), **arrays)


def numbers(*shape: int) -> Any:
    return np.random.default_rng(7).normal(0, 1, shape).astype(np.float32)


def keras_models(folder: Path) -> None:
    import keras  # type: ignore[import-untyped]
    from keras import layers

    keras.utils.set_random_seed(3)
    x = keras.Input((8, 8, 3), name="picture")
    y = layers.Conv2D(2, 3, padding="same", activation="relu", name="conv")(x)
    y = layers.BatchNormalization(name="norm", beta_initializer="ones")(y)
    y = layers.Dropout(0.5, name="drop")(layers.GlobalAveragePooling2D(name="mean")(y))
    picture = keras.Model(x, layers.Dense(3, activation="softmax", name="scores")(y), name="classifier")
    picture.compile("adam", "mse")
    picture.fit(numbers(2, 8, 8, 3), np.eye(3)[:2], verbose=0)
    pixels = numbers(1, 8, 8, 3)
    for name in ("picture.keras", "picture.h5"):
        picture.save(folder / name)
        told(folder / name, {"picture": pixels}, {"scores": picture(pixels, training=False)})
    picture.save_weights(folder / "only.weights.h5")
    picture.export(folder / "exported", verbose=False)
    told(folder / "exported", {"picture": pixels}, {"output_0": picture(pixels, training=False)})

    a, b = keras.Input((2,), name="left"), keras.Input((3,), name="right", dtype="int32")
    joined = layers.Concatenate(name="join")([a, keras.ops.cast(b, "float32")])
    ends = {"z": layers.Dense(2, name="first")(joined), "a": layers.Dense(1, name="second")(joined)}
    several = keras.Model({"l": a, "r": b}, ends)
    several.save(folder / "several.keras")
    inputs = {"l": numbers(1, 2), "r": np.array([[1, 2, 3]], np.int32)}
    told(folder / "several.keras", inputs, several(inputs))

    sequence = keras.Sequential(
        [
            keras.Input((5, 2), name="steps"),
            layers.Bidirectional(layers.LSTM(3)),
            layers.Dense(1, name="next"),
        ]
    )
    sequence.save(folder / "sequence.keras")
    told(folder / "sequence.keras", {"steps": numbers(1, 5, 2)}, {"next": sequence(numbers(1, 5, 2))})

    lookup = layers.StringLookup(vocabulary=["good", "bad"], name="lookup")
    word = keras.Input((1,), dtype="string", name="word")
    words = keras.Model(word, layers.Flatten(name="flat")(layers.Embedding(3, 2, name="embed")(lookup(word))))
    words.save(folder / "words.keras")

    twice = keras.Sequential([keras.Input((2,)), layers.Lambda(lambda t: t * 2, name="twice")])
    twice.save(folder / "lambda.keras")
    twice.save(folder / "lambda.h5")

    @keras.saving.register_keras_serializable("theirs")
    class Scale(layers.Layer):  # type: ignore[misc]
        def call(self, value: Any) -> Any:
            return value * 2

    custom = keras.Sequential([keras.Input((2,)), Scale(name="scale")])
    custom.save(folder / "custom.keras")
    custom.save(folder / "custom.h5")


def old_keras(folder: Path) -> None:
    """An HDF5 file as Keras 2.4 wrote them."""
    import h5py  # type: ignore[import-untyped]

    with h5py.File(folder / "old.h5", "w") as file:
        file.attrs.update(keras_version="2.4.0", backend="tensorflow", model_config=json.dumps(OLD_CONFIG))
        weights = file.create_group("model_weights")
        weights.attrs["layer_names"] = np.array([b"dense"])
        weights.attrs.update(keras_version="2.4.0", backend="tensorflow")
        dense = weights.create_group("dense")
        dense.attrs["weight_names"] = np.array([b"dense/kernel:0", b"dense/bias:0"])
        dense["dense/kernel:0"], dense["dense/bias:0"] = OLD_KERNEL, OLD_BIAS
    x = numbers(1, 4)
    told(folder / "old.h5", {"dense_input": x}, {"dense": np.maximum(x @ OLD_KERNEL + OLD_BIAS, 0)})


def saved_models(folder: Path) -> None:
    import tensorflow as tf  # type: ignore[import-untyped]

    class Two(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            self.w = tf.Variable([2.0, 3.0])

        @tf.function(input_signature=[tf.TensorSpec([None, 2], name="x")])  # type: ignore[untyped-decorator]
        def scaled(self, x: Any) -> Any:
            return {"y": x * self.w}

        @tf.function(input_signature=[tf.TensorSpec([None, 2], name="x")])  # type: ignore[untyped-decorator]
        def summed(self, x: Any) -> Any:
            return {"sum": tf.reduce_sum(x * self.w, 1)}

    two = Two()
    tf.saved_model.save(two, str(folder / "two"), signatures={"scaled": two.scaled, "summed": two.summed})
    tf.saved_model.save(two, str(folder / "none"))

    class Words(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            (folder / "words.txt").write_text("cat\ndog\n")
            start = tf.lookup.TextFileInitializer(
                str(folder / "words.txt"), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            )  # fmt: skip
            self.table = tf.lookup.StaticHashTable(start, -1)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="word")])  # type: ignore[untyped-decorator]
        def number(self, word: Any) -> Any:
            return {"number": self.table.lookup(word)}

    words = Words()
    tf.saved_model.save(words, str(folder / "table2"), signatures={"serving_default": words.number})


def first_tensorflow(folder: Path) -> None:
    """A SavedModel of TensorFlow 1: variables, a table that is filled from an asset, two graphs, three signatures."""
    import tensorflow.compat.v1 as tf  # type: ignore[import-untyped]

    words = folder / "vocabulary.txt"
    words.write_text("cat\ndog\n")
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 2], "x")
        word = tf.placeholder(tf.string, [None], "word")
        w = tf.get_variable("w", initializer=np.array([2.0, 3.0], np.float32))
        y = tf.multiply(x, w, name="y")
        asset = tf.constant(str(words), name="words")
        table = tf.lookup.StaticHashTable(
            tf.lookup.TextFileInitializer(
                asset,
                tf.string,
                tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64,
                tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            -1,
        )
        number = table.lookup(word)
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        info = tf.saved_model.utils.build_tensor_info
        define = tf.saved_model.signature_def_utils.build_signature_def
        method = tf.saved_model.signature_constants.PREDICT_METHOD_NAME
        signatures = {
            "scale": define({"x": info(x)}, {"y": info(y)}, method),
            "sum": define({"x": info(x)}, {"s": info(tf.reduce_sum(y, 1))}, method),
            "number": define({"word": info(word)}, {"number": info(number)}, method),
        }
        builder = tf.saved_model.Builder(str(folder / "first"))
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            signatures,
            assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
            main_op=tf.tables_initializer(),
            strip_default_attrs=True,
        )
        builder.add_meta_graph(
            ["serve", "sum"],
            {"serving_default": signatures["sum"]},
            assets_collection=tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS),
        )
        builder.save()
        outside = tf.saved_model.Builder(str(folder / "outside"))  # the asset is not declared
        outside.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signatures["number"]})
        outside.save()
        frozen = tf.graph_util.convert_variables_to_constants(session, graph.as_graph_def(), ["y"])
    (folder / "frozen.pb").write_bytes(frozen.SerializeToString(deterministic=True))
    (folder / "unfrozen.pb").write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))


def frozen_picture(folder: Path) -> None:
    """A frozen graph that decodes a JPEG itself, before what is to be served."""
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default() as graph, tf.Session() as session:
        encoded = tf.placeholder(tf.string, [], "encoded")
        pixels = tf.cast(tf.image.decode_jpeg(encoded, channels=3), tf.float32)
        scaled = tf.subtract(tf.expand_dims(pixels, 0) / 127.5, 1.0, name="scaled")
        kernel = tf.constant(numbers(3, 3, 3, 2), name="kernel")
        features = tf.nn.relu(tf.nn.conv2d(scaled, kernel, 1, "SAME"))
        tf.nn.softmax(tf.reduce_mean(features, [1, 2]), name="scores")
        x = numbers(1, 8, 8, 3)
        told(folder / "picture.pb", {"image": x}, {"scores": session.run("scores:0", {"scaled:0": x})})
    (folder / "picture.pb").write_bytes(graph.as_graph_def().SerializeToString(deterministic=True))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for make in (old_keras, keras_models, saved_models, first_tensorflow, frozen_picture):
        make(target)
