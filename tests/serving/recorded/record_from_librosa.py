"""Write `librosa.npz`: what librosa itself answers, for tests that run without it.

Run by hand when a case is added: `python tests/serving/recorded/record_from_librosa.py`, where librosa is
installed. The file here was made with librosa 0.11.0.
"""

from pathlib import Path

import librosa
import numpy as np

HERE = Path(__file__).parent
RATE = 16000
STFT = {
    "default": {"n_fft": 128, "hop_length": 32},
    "reflected": {"n_fft": 128, "hop_length": 50, "win_length": 100, "window": "hamming", "pad_mode": "reflect"},
    "not-centred": {"n_fft": 64, "hop_length": 64, "window": "blackman", "center": False},
    "odd": {"n_fft": 101, "hop_length": 37, "win_length": 50, "window": "ones"},
}
MEL = {
    "slaney": {"n_mels": 20},
    "htk": {"n_mels": 24, "htk": True, "norm": None, "fmin": 60.0, "fmax": 3800.0},
    "mixed": {"n_mels": 16, "norm": None, "fmax": 7000.0},
    "htk-slaney": {"n_mels": 12, "htk": True, "fmin": 300.0},
}


def recorded(samples):
    sound = samples / 32768.0  # float64: librosa then computes in double precision
    for name, options in STFT.items():
        yield f"stft/{name}", np.abs(librosa.stft(sound, **options))
    for name, options in MEL.items():
        yield f"mel/{name}", librosa.feature.melspectrogram(
            y=sound, sr=RATE, n_fft=256, hop_length=100, power=1.0 if name == "mixed" else 2.0, **options
        )
    power = librosa.feature.melspectrogram(y=sound, sr=RATE, n_fft=256, hop_length=100, n_mels=20)
    yield "log/power", librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None)
    yield "log/max", librosa.power_to_db(power, ref=np.max, amin=1e-10, top_db=40.0)
    yield "log/amplitude", librosa.amplitude_to_db(np.sqrt(power), ref=1.0, amin=1e-5, top_db=80.0)
    yield "mfcc", librosa.feature.mfcc(S=librosa.power_to_db(power, top_db=None), n_mfcc=13)
    yield "fixed/long", librosa.util.fix_length(sound, size=2000)
    yield "fixed/short", librosa.util.fix_length(sound, size=500)
    yield "normalized", librosa.util.normalize(sound)


if __name__ == "__main__":
    random = np.random.default_rng(20261122)
    time = np.arange(1200) / RATE
    tones = 0.4 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(2 * np.pi * 3000 * time * (1 + time))
    noisy = tones * np.linspace(0.05, 1, len(time)) + 0.01 * random.standard_normal(len(time))
    sound = np.round(noisy * 32767).astype(np.int16)
    arrays = {name: np.asarray(value, np.float32) for name, value in recorded(sound)}
    np.savez_compressed(HERE / "librosa.npz", samples=sound, **arrays)
