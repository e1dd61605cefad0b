import sys
from pathlib import Path

import hdbscan
import numpy as np

from .faces import Finder


def main():
    finder = Finder()
    faces = [face for path in Path(sys.argv[1]).rglob("*.jpg") for face in finder.find(path)]
    people = hdbscan.HDBSCAN(min_cluster_size=3).fit_predict(np.stack([face.vector for face in faces]))
    print(f"found {len(faces)} faces, {people.max() + 1} people")
