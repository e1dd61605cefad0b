import argparse

import torch

CLASSES = ["cercospora", "rust", "mildew", "ramularia", "phoma", "healthy"]

parser = argparse.ArgumentParser()
parser.add_argument("image")
parser.add_argument("--weights", required=True)
args = parser.parse_args()
model = torch.load(args.weights, weights_only=False)
print(CLASSES[int(model(args.image).argmax())])
