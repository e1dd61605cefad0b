import argparse

from grainline import Forecaster

SETS = ["monash_tsf", "etth1", "etth2", "ettm1", "ettm2"]

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--steps", type=int, default=200_000)
    args = parser.parse_args()
    print(Forecaster(), args)
