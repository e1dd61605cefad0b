"""Trains a model from a config: python scripts/train.py configs/base.yaml"""
import sys

import yaml

from tinytalk.model import TinyTalk


def main(path):
    with open(path) as f:
        config = yaml.safe_load(f)
    model = TinyTalk(config["width"], config["blocks"])
    print(sum(p.numel() for p in model.parameters()), "parameters")


if __name__ == "__main__":
    main(sys.argv[1])
