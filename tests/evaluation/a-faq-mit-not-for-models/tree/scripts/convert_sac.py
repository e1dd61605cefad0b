"""Puts SAC files of one event into a single npz."""
import sys

import numpy as np
import obspy

traces = {path: obspy.read(path)[0].data for path in sys.argv[2:]}
np.savez_compressed(sys.argv[1], **traces)
