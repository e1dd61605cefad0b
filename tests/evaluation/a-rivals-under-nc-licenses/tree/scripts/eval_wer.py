# Copyright 2025 The pebble-asr authors
# SPDX-License-Identifier: Apache-2.0
"""Word error rates of the README's table."""
TEST_SETS = {"tedlium": "test", "gigaspeech": "test"}


def wer(ref, hyp):
    d = list(range(len(hyp) + 1))
    for i, r in enumerate(ref, 1):
        prev, d[0] = d[0], i
        for j, h in enumerate(hyp, 1):
            prev, d[j] = d[j], min(d[j] + 1, d[j - 1] + 1, prev + (r != h))
    return d[-1] / max(1, len(ref))
