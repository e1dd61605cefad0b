import argparse

import numpy as np
import tifffile
from scipy.ndimage import median_filter


def clean(rgbi, radius=3, level=0.08):
    ir = rgbi[..., 3].astype(np.float32)
    dust = median_filter(ir, 8 * radius + 1) - ir > level * ir.max()
    out = rgbi[..., :3].copy()
    for ch in range(3):
        out[..., ch][dust] = median_filter(out[..., ch], 2 * radius + 1)[dust]
    return out


def main():
    p = argparse.ArgumentParser("mottle")
    p.add_argument("scan")
    p.add_argument("-o", "--out", required=True)
    p.add_argument("--radius", type=int, default=3)
    a = p.parse_args()
    tifffile.imwrite(a.out, clean(tifffile.imread(a.scan), a.radius))
