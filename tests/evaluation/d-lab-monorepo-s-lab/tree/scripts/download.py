"""Fetch the checkpoint of a project."""

import sys
from urllib.request import urlretrieve

FILES = {"deblur": "deblur_v1.pth", "nightlift": "nightlift_x1.pth"}

if __name__ == "__main__":
    name = FILES[sys.argv[1]]
    urlretrieve(f"https://example.org/lll/{name}", name)
