"""Faces as vectors."""

from dataclasses import dataclass

import cv2
import numpy as np
from insightface.app import FaceAnalysis


@dataclass
class Face:
    photo: str
    box: np.ndarray
    vector: np.ndarray


class Finder:
    def __init__(self, size=640):
        self.app = FaceAnalysis(name="buffalo_l", allowed_modules=["detection", "recognition"])
        self.app.prepare(ctx_id=-1, det_size=(size, size))

    def find(self, path):
        for face in self.app.get(cv2.imread(str(path))):
            yield Face(str(path), face.bbox, face.normed_embedding)
