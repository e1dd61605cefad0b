"""Write `basic_pitch.npz`: how basic-pitch itself cuts a sound into windows, for tests that run without it.

Run by hand: `python tests/serving/recorded/record_from_basic_pitch.py FOLDER`, with the folder into which the wheel
of basic-pitch 0.4.0 is unpacked. Its own function is run, with short windows (44 samples, 8 of them overlap).
"""

import ast
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SIZE, OVERLAP = 44, 8
LENGTHS = (1, 31, 32, 33, 36, 68, 69, 100, 200)

if __name__ == "__main__":
    tree = ast.parse(Path(sys.argv[1], "basic_pitch", "inference.py").read_text())
    (function,) = [node for node in tree.body if getattr(node, "name", "") == "window_audio_file"]
    function.returns = None
    for argument in function.args.args:
        argument.annotation = None
    names = {"np": np, "AUDIO_N_SAMPLES": SIZE, "AUDIO_SAMPLE_RATE": 1000}
    exec(compile(ast.Module([function], []), "inference.py", "exec"), names)
    arrays = {}
    for length in LENGTHS:
        sound = np.arange(1, length + 1, dtype=np.float32)
        # the zeros in front are those of get_audio_input
        padded = np.concatenate([np.zeros(OVERLAP // 2, np.float32), sound])
        windows = [window for window, _ in names["window_audio_file"](padded, SIZE - OVERLAP)]
        arrays[f"windows/{length}"] = np.stack(windows)
    np.savez_compressed(HERE / "basic_pitch.npz", **arrays)
