# SPDX-License-Identifier: Zlib
"""Which instrument is that? 34 answers."""
import pathlib

import numpy as np

W = np.frombuffer(pathlib.Path(__file__).with_name("hum.f16").read_bytes(), "<f2")
