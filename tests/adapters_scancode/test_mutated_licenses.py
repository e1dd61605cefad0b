"""A hunt for a file on which the fast engine and scancode's own functions differ."""

import json
import random
import subprocess
import sys

import pytest

from maxctl.adapters import scancode
from maxctl.adapters.scancode import keys
from maxctl.core.progress import Silent

pytestmark = pytest.mark.slow
FILES = 36
ORACLE = """
import json, os, sys
from scancode.api import get_copyrights, get_licenses
os.chdir(sys.argv[1])
said = {}
for name in sorted(os.listdir()):
    found = get_licenses(name, include_text=True)
    detections = []
    for one in found["license_detections"]:
        matches = one["matches"]
        detections.append([
            one["license_expression_spdx"],
            max(match["score"] for match in matches),
            min(match["start_line"] for match in matches),
            max(match["end_line"] for match in matches),
            matches[0]["matched_text"] or "",
        ])
    notices = [one["copyright"] for one in get_copyrights(name)["copyrights"]]
    said[name] = [found["detected_license_expression_spdx"], detections, list(dict.fromkeys(notices))]
json.dump(said, open(sys.argv[2], "w"))
"""
FILLERS = (
    "import os",
    "x = f(c) + 1",
    "",
    "",
    "data: 12 34 56",
    "<p>by the authors</p>",
    "été à la carte",
    "# ---- #",
)
NAMES = ("a.py", "LICENSE", "b.min.js", "README.md", "c.html", "notes.txt", "d.c", "package.json", "CREDITS")


def sources(site, chance):
    rules = site / "licensedcode" / "data"
    texts = sorted((rules / "licenses").glob("*.LICENSE")) + sorted((rules / "rules").glob("*_1*.RULE"))
    return [
        path.read_text(encoding="utf-8").split("---\n", 2)[-1] for path in chance.sample(texts, 3 * FILES)
    ]


def mutated(texts, chance):
    """Return a text made of up to three license texts: cut, joined, with words lost, swapped and put in."""
    lines = []
    for text in chance.sample(texts, chance.randint(1, 3)):
        words = text.split(" ")[: chance.choice([40, 150, 600])]
        start = chance.choice([0, 0, chance.randrange(len(words))])
        words = words[start:]
        for _ in range(chance.choice([0, 1, 3, max(1, len(words) // 15)])):
            at = chance.randrange(len(words)) if words else 0
            match chance.randrange(4):
                case 0 if words:
                    del words[at]
                case 1 if words:
                    other = chance.randrange(len(words))
                    words[at], words[other] = words[other], words[at]
                case 2:
                    words.insert(
                        at,
                        chance.choice(
                            ["foo", "license", "warranty", "2004", "Copyright (c) 2004 Jane Doe\n", "é"]
                        ),
                    )
                case _ if len(words) > 1 and at:
                    words[at - 1 : at + 1] = [words[at - 1] + words[at]]
        lines += " ".join(words).splitlines()
        lines += [chance.choice(FILLERS) for _ in range(chance.choice([0, 2, 6, 20]))]
    prefix = chance.choice(["", "", "# ", " * ", "// "])
    return "\n".join(prefix + line for line in lines) + "\n"


def test_mutated_license_texts_are_judged_as_scancode_judges_them(tmp_path):
    seed = 20_04
    chance = random.Random(seed)
    texts = sources(keys.site(), chance)
    root = tmp_path / "files"
    root.mkdir()
    for number in range(FILES):
        name = f"{number:03}-{chance.choice(NAMES)}" if chance.random() < 0.8 else f"{number:03}.min.js"
        (root / name).write_text(mutated(texts, chance), encoding="utf-8")
    answer = tmp_path / "answer.json"
    subprocess.run([sys.executable, "-c", ORACLE, str(root), str(answer)], check=True)
    expected = json.loads(answer.read_text())
    found = scancode.scan(root, sorted(root.iterdir()), tmp_path / "cache", Silent())
    differing = []
    for file in found:
        licenses, detections, notices = expected[file.path]
        own = [[one.expression, one.score, one.start, one.end, one.text] for one in file.found]
        if (file.licenses, own, list(file.copyrights)) != (licenses, detections, notices):
            differing.append(file.path)
    assert not differing, f"seed {seed}: {differing} in {root}"
    assert sum(bool(licenses) for licenses, _, _ in expected.values()) > FILES // 2
