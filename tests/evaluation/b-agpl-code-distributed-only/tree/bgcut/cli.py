# SPDX-License-Identifier: AGPL-3.0-only
import argparse

import cv2
import numpy as np


def cut(image, rect, rounds=5):
    mask = np.zeros(image.shape[:2], np.uint8)
    bg, fg = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, mask, rect, bg, fg, rounds, cv2.GC_INIT_WITH_RECT)
    return np.where((mask == 1) | (mask == 3), 255, 0).astype(np.uint8)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("image"); p.add_argument("--rect", required=True); p.add_argument("-o", required=True)
    a = p.parse_args()
    image = cv2.imread(a.image)
    cv2.imwrite(a.o, np.dstack([image, cut(image, tuple(map(int, a.rect.split(","))))]))
