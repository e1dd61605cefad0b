import argparse

from safetensors.torch import load_file


def main():
    p = argparse.ArgumentParser("eddy")
    p.add_argument("video")
    p.add_argument("--gsd", type=float, required=True, help="metres per pixel")
    p.add_argument("--ckpt", required=True)
    a = p.parse_args()
    load_file(a.ckpt)
