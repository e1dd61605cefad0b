from tensorflow import keras
from tensorflow.keras import layers


def build(vocab, width=128):
    tokens = keras.Input((None,), dtype="int32")
    x = layers.Embedding(vocab, width)(tokens)
    x = layers.concatenate([layers.GlobalMaxPooling1D()(layers.Conv1D(64, k, activation="relu")(x)) for k in (2, 3, 5)])
    model = keras.Model(tokens, layers.Dense(1, activation="sigmoid")(x))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model
