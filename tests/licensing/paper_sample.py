"""An evaluation as `reports/license.json` holds it, with everything in it that a paper has to tell, and its tree.

A chart-reading model: MIT code with an Apache-2.0 part, weights tuned from Llama 3.1 whose card says `apache-2.0`
and whose README says non-commercial, five data sets, samples without a statement, and one waiver.
"""

from __future__ import annotations

import copy
import hashlib
from typing import Any

APACHE = """Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License.
You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0"""
MIT = """MIT License

Copyright (c) 2024 Harbor Vision Lab

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
README = """---
license: apache-2.0
base_model: meta-llama/Llama-3.1-8B
datasets:
- HuggingFaceM4/ChartQA
---
# ChartReader

Reads numbers out of pictures of charts. The code is MIT.

## Weights

| checkpoint | size | score |
|---|---|---|
| chartreader-8b | 8 B | 81.2 |
| chartreader-8b-web | 8 B | 83.9 |

The weights of chartreader-8b-web may be used for non-commercial research only.

## Data

Trained on ChartQA, PlotQA and COCO; faces in the web charts come from WIDER FACE.
We compare with DePlot on ICDAR-2019. All charts of the Harbor set were drawn by us.

## License

Code: MIT, see LICENSE. We are grateful to the authors of timm.
"""
TREE = {
    "LICENSE": MIT,
    "NOTICE": "ChartReader\nCopyright 2024 Harbor Vision Lab\n\nThis product includes software developed at\n"
    "The Example Foundation (https://example.org/).\n",
    "README.md": README,
    "chartreader/__init__.py": '"""Read charts."""\n',
    "chartreader/axes.py": "# SPDX-License-Identifier: MIT\n# Copyright (c) 2024 Harbor Vision Lab\n\nimport math\n",
    "chartreader/third_party/layers.py": "\n".join(
        f"# {line}".rstrip() for line in ("Copyright 2019 Ross Wightman", "", *APACHE.split("\n"))
    )
    + "\n\nimport torch\n",
    "chartreader/static/viewer.min.js": "/*! viewer v2.1 */" + "var a=0;" * 3000
    + "/* (c) 2013-2021 Viewer Authors, released under the MIT license */" + "var b=1;" * 3000 + "\n",
    "setup.py": 'from setuptools import setup\n\nsetup(\n    name="chartreader",\n    license="BSD",\n)\n',
}  # fmt: skip
WEB = "https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/LICENSE"


def lines(path: str) -> list[str] | None:
    """Return the lines of a file of the tree, as the integrator's callable does; None for what is no text."""
    return TREE[path].splitlines() if path in TREE else None


def line(path: str, text: str) -> int:
    """Return where the text stands in a file of the tree."""
    return next(number for number, one in enumerate(TREE[path].splitlines(), 1) if text in one)


def at(path: str, text: str) -> dict[str, Any]:
    """Return a place with the words that stand there."""
    number = line(path, text)
    return {"path": path, "line": number, "text": TREE[path].splitlines()[number - 1]}


def spot(path: str, text: str) -> str:
    """Return a place as `path:line`."""
    return f"{path}:{line(path, text)}"


def claim(
    path: str, text: str, stated: str, expression: str | None, found: str, **more: Any
) -> dict[str, Any]:
    """Return a statement that stands in a file of the tree."""
    told = {"stated": stated, "expression": expression, "found": found, "confidence": "high", "about": None}
    return {**at(path, text), **told, **more}


def slot(verdict: str, concluded: str | None, confidence: str, **more: Any) -> dict[str, Any]:
    """Return a slot; what is not given is empty."""
    parts = ("claims", "evidence", "decisions", "reasons", "conflicts", "differs", "unknown", "datasets")
    head = {
        "verdict": verdict,
        "empty": False,
        "concluded": concluded,
        "detected": None,
        "confidence": confidence,
    }
    return {**head, **{part: [] for part in (*parts, "base_models")}, **more}


def reason(code: str, ruling: str, text: str, change: str, place: str | None, **more: Any) -> dict[str, Any]:
    """Return a reason."""
    told = {"code": code, "ruling": ruling, "text": text, "change": change, "place": place}
    return {**told, "tag": None, "waived_by": None, **more}


def dataset(id_: str, license_: str | None, use: str, verdict: str, **more: Any) -> dict[str, Any]:
    """Return a data set."""
    told = {"id": id_, "known_as": id_, "license": license_, "use": use, "verdict": verdict, "tags": []}
    ends = {"note": None, "source": None, "evidence": None, "stated_in": "README.md:22"}
    return {**told, **ends, **more}


LLAMA = "LicenseRef-scancode-llama-3.1-license-2024"
NONCOMMERCIAL = "The weights of chartreader-8b-web may be used for non-commercial research only."
TRAINED = "Trained on ChartQA"
VIEWER = "chartreader/static/viewer.min.js"
LAYERS = "chartreader/third_party/layers.py"

CODE = slot(
    "allow", "Apache-2.0 AND MIT", "high", detected="Apache-2.0 AND BSD-3-Clause AND MIT",
    claims=[
        claim("LICENSE", "MIT License", "MIT License", "MIT", "license file"),
        claim("README.md", "The code is MIT", "The code is MIT.", "MIT", "README sentence"),
        claim("setup.py", "license=", "BSD", None, "setup.py", confidence="low"),
    ],
    evidence=[
        {**at("LICENSE", "MIT License"), "end": 21, "expression": "MIT", "score": 100.0},
        {**at("README.md", "Code: MIT"), "end": line("README.md", "Code: MIT"), "expression": "MIT", "score": 100.0},
        {**at("chartreader/axes.py", "SPDX"), "end": 1, "expression": "MIT", "score": 100.0},
        {"path": VIEWER, "line": 1, "end": 1, "text": "released under the MIT license",
         "expression": "MIT", "score": 100.0},
        {**at(LAYERS, "Licensed under"), "end": 7, "expression": "Apache-2.0", "score": 98.4},
        {**at("setup.py", "license="), "end": 5, "expression": "BSD-3-Clause", "score": 90.0},
    ],
    decisions=[
        {"license": "Apache-2.0", "ruling": "allow", "rule": "category Permissive",
         "reason": "permissive licenses ask for notices only", "places": [spot(LAYERS, "Licensed under")]},
        {"license": "MIT", "ruling": "allow", "rule": "category Permissive",
         "reason": "permissive licenses ask for notices only",
         "places": ["LICENSE:1", spot("README.md", "The code is MIT"), f"{VIEWER}:1"]},
    ],
    reasons=[
        reason("LIC008", "allow", "the code contains Apache-2.0 beside its own license",
               "nothing to decide; its notice has to be kept", spot(LAYERS, "Licensed under")),
    ],
    differs=[{**{k: at("setup.py", "license=")[k] for k in ("path", "line")}, "detected": "BSD-3-Clause",
              "concluded": "MIT",
              "why": "`BSD` names a family of licenses and not one of them, and the license file is MIT"}],
)  # fmt: skip
WEIGHTS = slot(
    "deny", f"Apache-2.0 AND {LLAMA}", "low",
    claims=[
        claim("README.md", "license: apache-2.0", "apache-2.0", "Apache-2.0", "front matter"),
        claim("README.md", NONCOMMERCIAL, NONCOMMERCIAL, None, "README sentence", about="chartreader-8b-web"),
        {"path": "chartreader-8b.gguf", "line": None, "text": "general.license = llama3.1", "stated": "llama3.1",
         "expression": LLAMA, "found": "GGUF general.license", "confidence": "high", "about": "chartreader-8b"},
    ],
    decisions=[
        {"license": "Apache-2.0", "ruling": "allow", "rule": "category Permissive",
         "reason": "permissive licenses ask for notices only", "places": [spot("README.md", "license: apache-2.0")]},
        {"license": LLAMA, "ruling": "review", "rule": "ai_licenses llama3.1",
         "reason": "commercial use: conditional; threshold: 700M MAU", "places": ["chartreader-8b.gguf"]},
    ],
    reasons=[
        reason("LIC001", "deny", "chartreader-8b-web may be used for non-commercial research only",
               "leave this checkpoint out, or get a commercial license from Harbor Vision Lab",
               spot("README.md", NONCOMMERCIAL), tag="nc-weights"),
        reason("LIC002", "review", "the Llama 3.1 license ends above 700 million monthly users",
               "state monthly_active_users in the policy, or have the terms read and the approval recorded",
               "chartreader-8b.gguf", waived_by="open-source office"),
        reason("LIC006", "review", "the card says Apache-2.0, the file itself says Llama 3.1",
               "ask the owner which holds; until then the stricter counts", spot("README.md", "license: apache-2.0")),
    ],
    conflicts=[
        {"kind": "claims", "text": "the card says Apache-2.0, the file itself says Llama 3.1",
         "places": [at("README.md", "license: apache-2.0"),
                    {"path": "chartreader-8b.gguf", "line": None, "text": "general.license = llama3.1"}]},
        {"kind": "checkpoints",
         "text": "chartreader-8b-web is for research only, chartreader-8b is not",
         "places": [at("README.md", NONCOMMERCIAL),
                    {"path": "chartreader-8b.gguf", "line": None, "text": "general.license = llama3.1"}]},
    ],
    unknown=["whether Harbor Vision Lab has a license of its own from Meta",
             "who holds the rights in the adapters that were merged in"],
    base_models=[
        {"name": "meta-llama/Llama-3.1-8B", "known_as": "llama-3.1", "license": LLAMA, "relation": "finetune",
         "verdict": "review", "source": WEB, "evidence": "read", "stated_in": spot("README.md", "base_model")},
    ],
)  # fmt: skip
DATA = slot(
    "review", "CC-BY-4.0 AND CC-BY-NC-ND-4.0 AND GPL-3.0-only", "medium",
    claims=[claim("README.md", TRAINED, "Trained on ChartQA, PlotQA and COCO", None, "README sentence")],
    reasons=[
        reason("LIC010", "review", "wider-face: the terms forbid commercial use, and the data are faces",
               "have someone who may decide weigh the terms against the use of the model, and record the approval",
               spot("README.md", TRAINED), tag="biometric"),
        reason("LIC011", "review", "nothing is known of a data set `harbor`",
               "name its terms, or have them read by someone who may decide", spot("README.md", "Harbor set"),
               tag="unstated-data"),
    ],
    unknown=["which pictures of COCO were used: each has terms of its own"],
    datasets=[
        dataset("chartqa", "GPL-3.0-only", "training", "review", tags=["share-alike-data"],
                source="https://github.com/vis-nlp/ChartQA", evidence="read",
                stated_in=spot("README.md", "HuggingFaceM4")),
        dataset("coco", "CC-BY-4.0", "training", "review", note="annotations; the images are of many owners",
                source="https://cocodataset.org/#termsofuse", evidence="read"),
        dataset("wider-face", "CC-BY-NC-ND-4.0", "training", "review", tags=["nc-data", "biometric"],
                source="huggingface/datasets:datasets/wider_face/README.md", evidence="read"),
        dataset("harbor", None, "training", "review", known_as=None, tags=["unstated-data"],
                stated_in=spot("README.md", "Harbor set")),
        dataset("icdar-2019", "NOASSERTION", "evaluation", "allow", evidence="known",
                stated_in=spot("README.md", "ICDAR")),
    ],
)  # fmt: skip
SAMPLES = slot(
    "review", None, "none",
    reasons=[reason("LIC003", "review", "nothing states a license of the samples",
                    "ask their owner, and cite the answer under licensing.claims.samples", None)],
    unknown=["who drew the charts in samples/"],
)  # fmt: skip


def _duty(slot: str, license_: str, kind: str, text: str, place: str | None = None) -> dict[str, Any]:
    return {"slot": slot, "license": license_, "kind": kind, "text": text, "place": place}


DOCUMENT: dict[str, Any] = {
    "schema": "maxctl/scan-license/1",
    "subject": "chartreader",
    "use_case": "commercial",
    "delivery": "both",
    "verdict": "deny",
    "legal_approval_required": True,
    "policy": "sha256:3c1f2e8a9b7d4f60512e8c7a9d0b3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d",
    "policy_name": "maxctl default",
    "slots": {
        "code": CODE, "weights": WEIGHTS, "data": DATA,
        "scripts": slot("allow", None, "none", empty=True), "samples": SAMPLES,
    },
    "obligations": [
        _duty("code", "Apache-2.0", "notice", "keep its copyright notices, license text and NOTICE with every copy",
              spot(LAYERS, "Licensed under")),
        _duty("code", "MIT", "notice", "keep its copyright notices and license text with every copy", "LICENSE:1"),
        _duty("weights", LLAMA, "attribution", 'show "Built with Llama" on a page or screen', "chartreader-8b.gguf"),
        _duty("weights", LLAMA, "notice",
              'carry this line in a Notice file: "Llama 3.1 is licensed under the Llama 3.1 Community License, '
              'Copyright © Meta Platforms, Inc. All Rights Reserved."', "chartreader-8b.gguf"),
        _duty("weights", LLAMA, "naming", 'a model made with it has a name that begins with "Llama"'),
        _duty("weights", LLAMA, "acceptable-use", "pass the acceptable use policy on to every recipient", WEB),
        _duty("weights", LLAMA, "threshold", "above 700 million monthly users a license from Meta is needed"),
        _duty("data", "CC-BY-4.0", "attribution", "name the creators of COCO, its license, and what was changed"),
    ],
    "tasks": [
        {"slot": "weights", "text": "Decide whether chartreader-8b-web is left out.",
         "place": spot("README.md", NONCOMMERCIAL)},
        {"slot": "data", "text": "Read the terms of WIDER FACE and say whether faces may be learnt from.",
         "place": spot("README.md", TRAINED)},
        {"slot": "samples", "text": "Ask who drew the charts in samples/.", "place": None},
    ],
    "waivers": [
        {"slot": "weights", "what": f"LIC002 {LLAMA}", "reason": "fewer than 10,000 users, and the service is internal",
         "owner": "open-source office", "expires": "2027-06-30"},
    ],
    "findings": [
        {"code": "LIC001", "severity": "error", "subject": "weights",
         "message": "chartreader-8b-web may be used for non-commercial research only", "remedy": None, "place": None},
        {"code": "LIC012", "severity": "warning", "subject": "code",
         "message": "assets/legacy.rar could not be looked into: it is an archive of an unknown kind",
         "remedy": "unpack it, or leave it out of the source",
         "place": {"path": "assets/legacy.rar", "line": None, "column": None}},
    ],
    "files": [
        {"path": path, "sha256": hashlib.sha256(text.encode()).hexdigest(), "licenses": licenses,
         "copyrights": copyrights}
        for (path, text), (licenses, copyrights) in zip(TREE.items(), [
            ("MIT", ["Copyright (c) 2024 Harbor Vision Lab"]),
            (None, ["Copyright 2024 Harbor Vision Lab"]),
            ("Apache-2.0 AND MIT", []),
            (None, []),
            ("MIT", ["Copyright (c) 2024 Harbor Vision Lab"]),
            ("Apache-2.0", ["Copyright 2019 Ross Wightman"]),
            ("MIT", ["(c) 2013-2021 Viewer Authors"]),
            ("BSD-3-Clause", []),
        ], strict=True)
    ],
}  # fmt: skip


def document(**changes: Any) -> dict[str, Any]:
    """Return a copy of the document that a test may change."""
    return {**copy.deepcopy(DOCUMENT), **changes}


def allowed() -> dict[str, Any]:
    """Return a document in which nothing stands against the use."""
    slots = {
        name: {**slot("allow", None, "none", empty=True)}
        for name in ("weights", "data", "scripts", "samples")
    }
    return document(
        verdict="allow", legal_approval_required=False, tasks=[], waivers=[], findings=[],
        slots={"code": copy.deepcopy(CODE), **slots}, obligations=DOCUMENT["obligations"][:2],
    )  # fmt: skip


def large(count: int) -> dict[str, Any]:
    """Return a document with so many more files."""
    told = document()
    told["files"] += [
        {"path": f"src/part_{number // 40:03}/module_{number:05}.py", "sha256": f"{number:064x}",
         "licenses": "Apache-2.0" if number % 3 else None,
         "copyrights": [f"Copyright {2015 + number % 9} The Chart Authors"] if number % 3 else []}
        for number in range(count)
    ]  # fmt: skip
    return told
