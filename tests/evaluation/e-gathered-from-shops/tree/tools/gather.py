"""Fetch product pictures: gather.py SHOPS.csv OUT/"""
import csv
import pathlib
import sys
import time
import urllib.request

for row in csv.DictReader(open(sys.argv[1], newline="")):
    out = pathlib.Path(sys.argv[2], row["category"])
    out.mkdir(parents=True, exist_ok=True)
    with urllib.request.urlopen(row["picture"]) as r:
        (out / (row["sku"] + ".jpg")).write_bytes(r.read())
    time.sleep(1.5)
