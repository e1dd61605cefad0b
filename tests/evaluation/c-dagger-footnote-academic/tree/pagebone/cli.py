import argparse, json, sys

from .detect import detect


def main(argv=None):
    p = argparse.ArgumentParser("pagebone")
    p.add_argument("page")
    p.add_argument("--model", choices=["s", "m", "l", "xl"], default="m")
    a = p.parse_args(argv)
    json.dump(detect(a.page, a.model), sys.stdout)
