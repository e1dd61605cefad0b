import argparse

from .unet import UNet

p = argparse.ArgumentParser("dunewatch")
p.add_argument("photo")
p.add_argument("--weights", default="weights/dunewatch.pt")
p.add_argument("--crs")
p.add_argument("--simplify", type=float, default=2)
a = p.parse_args()
line, confidence = UNet.load(a.weights).line(a.photo, a.simplify)
print(f"line: {len(line)} points, confidence {confidence:.2f}")
