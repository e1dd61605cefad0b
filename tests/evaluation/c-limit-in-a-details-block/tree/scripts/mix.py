import random, sys

import numpy as np
import soundfile as sf

turns = [sf.read(p, dtype="float32")[0] for p in sys.argv[2:]]
k = random.randint(2, 8)
n = max(map(len, turns))
mix = np.zeros(n, np.float32)
for t in random.sample(turns, min(k, len(turns))):
    mix[: len(t)] += t * 10 ** (random.uniform(-6, 6) / 20)
sf.write(sys.argv[1], mix, 16000)
