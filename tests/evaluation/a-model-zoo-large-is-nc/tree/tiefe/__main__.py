import argparse

from .net import build

parser = argparse.ArgumentParser(prog="tiefe")
parser.add_argument("image")
parser.add_argument("--size", choices=["tiny", "small", "large", "giant"], default="small")
args = parser.parse_args()
net = build(args.size, f"checkpoints/tiefe_{args.size}.pth")
print(net(args.image).shape)
