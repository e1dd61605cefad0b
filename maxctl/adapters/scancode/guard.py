"""Whether the scancode that is installed is the one whose inner parts are known here, byte for byte."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

VERSION = "32.5.0"
INDEX = "licensedcode/data/cache/license_index/index_cache"
"""scancode's own index, pickled, as its wheel carries it."""
SOURCES = {
    "cluecode/copyrights.py": "46dca303ceab9667d2c19eae6df3f685a4f89a928ce7d83b0aaa50c232b0b81a",
    "cluecode/copyrights_hint.py": "5f03386ed3a878671c4a75b8a8a2760def80bfd764c66e223bac1f1a0fbf6f28",
    "cluecode/linux_credits.py": "1949922310c8dd6fa4107dcf864ed0afbbc52d8d9c28f7a0ed5f83c46af93591",
    "commoncode/resource.py": "11f41755e5ab9df37de6133a61056966cfe2cce4a2876eebdbfacf575ea6f9e3",
    "license_expression/__init__.py": "78c6f58164867161cc1de6e68dd8f7a634978f3e0d7fff662f33c40059421676",
    "license_expression/_pyahocorasick.py": "16e261aa9bd0f8807ad1a070093e91ab97a05cc1a8eacc7cac054c0e0a93dd83",
    "licensedcode/cache.py": "b2a8a53485f24fb16d6aaad80e5673579c04b892e07d3bf9c1b788f68b9aac7c",
    "licensedcode/detection.py": "a52230bc53e32d4de57dd7799ac90383a8b7cf74c5214c6e9c786e6aeca33553",
    "licensedcode/index.py": "25bb4ae6740b83d3372515047d863e132d93b011b456f1d9295321a64d240bb9",
    "licensedcode/match.py": "6333da46fc64784877c886a241a33f89fb2f1e60e1f98a43187c91ea976dc9ae",
    "licensedcode/match_aho.py": "444effb217c341a0353a208be0bdba8e030b7600a988d7b97c93e1bb6b856253",
    "licensedcode/match_hash.py": "5c4fce4425269524c1233ea5086571ce58bbe40b7d30fe5a1d724208a93bce8f",
    "licensedcode/match_seq.py": "2a1a9135562f9dfbec6ed1b22b2b78a3c4679b5fa34e20ac4545616b96ba4555",
    "licensedcode/match_set.py": "4657448a9a3a2dbdfd09a288c54bef55a960d14376c5faba1eb682eb2abb07c0",
    "licensedcode/match_spdx_lid.py": "dc202292ebddca56e83bd9e1d0125906fab5fb38d975581b35d6b4c961143b58",
    "licensedcode/models.py": "84c26f48e69dee271cb55cacaf80e7d139454f30e4cff33708bc47e80656841e",
    "licensedcode/query.py": "40f61cb7bc720f46abe3ef73801f0f11ff53af54ca2bd3189df25fcf6a6e81bf",
    "licensedcode/spans.py": "7bcd2406524cfc5d3eb35c88c5456e337f722f74d2e15bffaf24eb38d6367559",
    "licensedcode/tokenize.py": "35c5cb2fad6435969d4df28481fde485302ce2201c001e1410f7793f2d6fe948",
    "packagedcode/utils.py": "e9c94afb09333f94658f1add322a4ee23d42eba0c368adb2303e1e1e67e15503",
    "plugincode/location_provider.py": "cced2a6f43220f64c434d051d07b68a0ec07cf796e6abf892e13a3dd272ba6fd",
    "pygmars/__init__.py": "9c9297fa580b43962444cc96fa3ef3ac5afb754f37d95edaffccb9aab6ec4c90",
    "pygmars/lex.py": "5787f19904cc0c0440fb0177412ed57541c096606762df87ed6c2e336a08a86c",
    "pygmars/parse.py": "91f61110fbe84d132264f06ddd7c0a8b3280bc33482c1674e93a096039495015",
    "pygmars/tree.py": "dbe07e75eec565fa116c949fbcf5144dde2908c97d6a69ed1d30f4c7e647ea84",
    "scancode/api.py": "7a125854e7946b6651f8de7463d6774c9fc5e0fb2dd6f62aa95f56cec0828c9a",
    "scancode_config.py": "96b9e45912d8ca140724b4ab012ce4b64ba38425ca354881abe7d06a9822f8f4",
    "summarycode/classify.py": "1226c83e3e8885c5bfcb16af9fc282fac8be1da70357a0ee6beb894a90da12a3",
    "textcode/analysis.py": "bdfde21f56e7f23cc2b37e9e223759db6282892fb07eb11916514f3983475c22",
    "textcode/gibberish.py": "2b2304644eed43df54391a17627164c820b32293f9fbb3798d7017f78395b9e0",
    "textcode/markup.py": "86e4b7a6672ada08827aa5c7bfff6a7249dc561e1e817e68ee1170419f5b90fd",
    "typecode/contenttype.py": "9303af4ee5ee1a589314c7d2ba376f5ea07e3fa30a43a229ecfc879fc9abaff7",
    "typecode/magic2.py": "57f0b27ba4d93904bf03fe72227e84aef0e76523bbc21c09ca4ba2a4089e8ffa",
}
"""SHA-256 of every source that is replaced in part, and of those on which the proofs rely."""


def refusal(site: Path, version: str) -> str | None:
    """Return why the parts of scancode that are installed in `site` cannot be replaced, or None."""
    if version != VERSION:
        return f"scancode {version} is installed; the fast engine knows {VERSION}"
    for name, digest in SOURCES.items():
        try:
            known = hashlib.sha256((site / name).read_bytes()).hexdigest() == digest
        except OSError:
            known = False
        if not known:
            return f"{name} is not as scancode {VERSION} has it"
    if not (site / INDEX).is_file():
        return "scancode's own index of licenses is missing"
    if importlib.util.find_spec("numpy") is None:
        return "numpy, which the fast engine computes with, is not installed"
    return None
