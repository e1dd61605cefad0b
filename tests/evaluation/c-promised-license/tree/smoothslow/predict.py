# Copyright 2025 the Smooth and Slow authors
# SPDX-License-Identifier: Apache-2.0
import argparse
import torch


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--checkpoint", default="preview.pth")
    p.add_argument("video")
    a = p.parse_args()
    state = torch.load(a.checkpoint, map_location="cpu", weights_only=True)
    print(len(state), a.video)


if __name__ == "__main__":
    main()
