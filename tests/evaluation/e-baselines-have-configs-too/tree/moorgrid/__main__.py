import argparse

from .net import Moorgrid

p = argparse.ArgumentParser("moorgrid")
p.add_argument("photo")
p.add_argument("--weights", required=True)
p.add_argument("--out", default="grid.csv")
a = p.parse_args()
Moorgrid.load(a.weights).write(a.photo, a.out)
