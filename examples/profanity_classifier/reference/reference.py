# SPDX-License-Identifier: Apache-2.0
# Copyright the maxctl authors
"""The research code itself answers: alt-profanity-check, from the wheel that maxctl fetched and scanned."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

request = json.loads(Path(os.environ["MAXCTL_REQUEST"]).read_text(encoding="utf-8"))
sys.path.insert(0, request["sources"]["alt-profanity-check"])

import profanity_check  # noqa: E402


def answer(texts):
    """Return the package's probability for each text."""
    found = profanity_check.predict_prob([texts] if isinstance(texts, str) else texts)
    return {"status": "ok", "predictions": [{"clean": 1 - float(one), "profane": float(one)} for one in found]}


with open(os.environ["MAXCTL_RESPONSE"], "a", encoding="utf-8") as answers:
    versions = {name: version(name) for name in ("scikit-learn", "numpy", "joblib")}
    started = {"python": platform.python_version(), "alt-profanity-check": "1.9.1", **versions}
    lines = [{"event": "started", "versions": started}]
    for case in request["cases"]:
        texts = json.loads(Path(case["input"]).read_text(encoding="utf-8"))
        lines.append({"id": case["id"], "response": answer(texts)})
    answers.writelines(json.dumps(line) + "\n" for line in lines)
