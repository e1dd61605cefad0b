# SPDX-FileCopyrightText: 2024 Recettes annotées
# SPDX-License-Identifier: MIT
import json
import sys

for line in sys.stdin:
    r = json.loads(line)
    for token, tag in zip(r["tokens"], r["tags"]):
        print(token, tag, sep="\t")
    print()
