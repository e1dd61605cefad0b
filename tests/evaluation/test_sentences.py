"""The held-out sentences of sentences.yaml, each in a page whose code and weights are MIT."""

from pathlib import Path, PurePosixPath

import yaml

from maxctl.licensing.claims import reader
from maxctl.licensing.claims.said import Kind
from tests.licensing.claims.at_hand import known

HELD_OUT = yaml.safe_load(Path(__file__).with_name("sentences.yaml").read_text(encoding="utf-8"))
GRANT = "The code and the weights are released under the MIT license."
OPEN = {"MIT", "Apache-2.0", "Apache", "BSD", "BSD-3-Clause", "CC-BY-4.0", "CC0-1.0", "ISC"}

MISSED = (
    "Q: May my company run this in production?",
    "Thanks to the data owners, who allow us to share the network on the condition",
    "1.4.0 – relicensed the weights: MIT until 1.3",
    "Companies have to contact the technology transfer office prior",
    "Not for production: the beta license covers testing",
)
ALARMS = (
    "We asked all contributors for permission and relicensed the project from GPL",
    "Please do not copy code from projects with a non-commercial license",
)


def page(entry):
    """Return the sentence in a page: below its heading, before or beside the grant."""
    where, text = (entry.get("where") or "none").strip(), entry["text"]
    grant = f"## License\n\n{GRANT}\n"
    if where.lower() == "none":
        return f"# Leaf\n\nLeaf segments leaves.\n\n{text}\n\n{grant}"
    if where.lower() == "license":
        return f"# Leaf\n\nLeaf segments leaves.\n\n{grant}\n{text}\n"
    return f"# Leaf\n\nLeaf segments leaves.\n\n## {where}\n\n{text}\n\n{grant}"


def limited(entry):
    """Tell whether the page says more than that code and weights are free."""
    said = reader.prose(PurePosixPath("README.md"), page(entry), known())
    return any(
        s.kind in (Kind.RESTRICTION, Kind.EXCLUSION) or (s.kind is Kind.GRANT and s.stated not in OPEN)
        for s in said.statements
    )


def test_every_sentence_that_limits_is_told_but_those_known_to_be_missed():
    missed = [e["text"] for e in HELD_OUT["restricting"] if not limited(e)]
    assert [text for text in missed if not text.startswith(MISSED)] == []
    assert len(missed) == len(MISSED)


def test_no_harmless_sentence_is_taken_for_a_limit_but_those_known_to_be():
    alarms = [e["text"] for e in HELD_OUT["harmless"] if limited(e)]
    assert [text for text in alarms if not text.startswith(ALARMS)] == []
    assert len(alarms) == len(ALARMS)
