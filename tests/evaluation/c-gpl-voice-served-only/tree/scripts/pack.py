# SPDX-License-Identifier: GPL-3.0-only
# Copyright (C) 2021-2024 the Periwinkle authors
import sys

import numpy as np

state = np.load(sys.argv[1])
with open(sys.argv[2], "wb") as f:
    f.write(b"PWV1")
    for name in sorted(state):
        f.write(state[name].astype("<f2").tobytes())
