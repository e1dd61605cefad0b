# SPDX-License-Identifier: 0BSD
import pathlib

WEIGHTS = pathlib.Path(__file__).with_name("digits.weights").read_bytes()


def read(glyph):
    return max(range(10), key=lambda d: sum(a * b for a, b in zip(glyph, WEIGHTS[d::10])))
