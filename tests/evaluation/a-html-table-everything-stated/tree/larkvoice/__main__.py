import argparse

from .synth import Synth

parser = argparse.ArgumentParser(prog="larkvoice")
parser.add_argument("text")
parser.add_argument("-o", "--output", default="out.wav")
args = parser.parse_args()
Synth().save(args.text, args.output)
