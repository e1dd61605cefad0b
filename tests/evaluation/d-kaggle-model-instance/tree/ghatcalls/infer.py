"""Five seconds of sound in, 182 probabilities out."""

import keras
import numpy as np

RATE = 32_000


def spectrogram(sound):
    frames = np.lib.stride_tricks.sliding_window_view(sound, 1024)[::320]
    power = np.abs(np.fft.rfft(frames * np.hanning(1024))) ** 2
    return np.log(power[:, :128] + 1e-6)


def predict(sound, path="weights/fold0.keras"):
    model = keras.saving.load_model(path)
    pieces = sound[: len(sound) // (5 * RATE) * 5 * RATE].reshape(-1, 5 * RATE)
    return model.predict(np.stack([spectrogram(piece) for piece in pieces]))
