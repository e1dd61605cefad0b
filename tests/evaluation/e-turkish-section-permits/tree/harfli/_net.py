from importlib.resources import files

import numpy as np

PAIRS = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")
_P = None


def _params():
    global _P
    if _P is None:
        _P = np.load(files(__package__) / "_params.npz")
    return _P


def fix(text: str) -> str:
    flat = text.translate(PAIRS)
    if not _params():
        return flat
    return flat
