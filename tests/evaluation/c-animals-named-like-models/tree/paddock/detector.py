import pathlib

import yaml

DATA = pathlib.Path(__file__).parent / "data"


class Detector:
    def __init__(self, without=()):
        self.names = [n for n in yaml.safe_load((DATA / "classes.yaml").read_text())["names"] if n not in without]
        self.weights = (DATA / "weights.bin").read_bytes()

    def alpaca_or_llama(self, box):
        """The second look: ears of a llama are shaped like bananas."""
        return "llama" if box.ear_curvature > 0.4 else "alpaca"
