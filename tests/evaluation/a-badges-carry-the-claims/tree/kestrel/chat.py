import argparse

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--weights", required=True)
parser.add_argument("--temperature", type=float, default=0.7)
args = parser.parse_args()

history = []
while True:
    history.append(input("you> "))
    with torch.inference_mode():
        print("kestrel>", len(history))
