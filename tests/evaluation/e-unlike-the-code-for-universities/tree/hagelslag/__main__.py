# SPDX-License-Identifier: BSD-3-Clause
import argparse

import torch

p = argparse.ArgumentParser("hagelslag")
p.add_argument("ortho")
p.add_argument("--weights", default="glass_a.pt")
p.add_argument("--out", default="damage.gpkg")
a = p.parse_args()
net = torch.jit.load(a.weights).eval()
