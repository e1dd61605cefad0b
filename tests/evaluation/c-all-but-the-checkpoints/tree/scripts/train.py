"""Train on MegaDepth and DIODE."""
import argparse


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--megadepth", required=True)
    p.add_argument("--diode", required=True)
    p.add_argument("--steps", type=int, default=120_000)
    print(p.parse_args())


if __name__ == "__main__":
    main()
