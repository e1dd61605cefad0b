import argparse

import torch


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ckpt", required=True)
    parser.add_argument("--data", required=True)
    args = parser.parse_args()
    state = torch.load(args.ckpt, map_location="cpu")
    print(len(state["model"]), args.data)


if __name__ == "__main__":
    main()
