"""RMSE of a checkpoint on the measured transects: evaluate.py CHECKPOINT TRANSECTS.csv"""
import csv
import sys

rows = list(csv.DictReader(open(sys.argv[2], newline="")))
err = [(float(r["height"]) - float(r["predicted"])) ** 2 for r in rows]
print(f"{(sum(err) / len(err)) ** 0.5:.1f} cm")
