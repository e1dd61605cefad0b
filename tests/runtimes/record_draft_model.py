"""Write what a draft of a real model is made from.

`python -m tests.runtimes.record_draft_model MODEL ORIGIN OUT.json`
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

from maxctl.runtimes import format_named, known
from maxctl.runtimes.draft.gather import facts_of


def main(model: Path, origin: str, out: Path) -> None:
    """Record the model's description and the evidence beside it; licences and long texts are left out."""
    description = format_named(known(model)).inspect(model).to_json()
    description["metadata"] = {key: value[:200] for key, value in description["metadata"].items()}
    description["licenses"] = []
    evidence = dataclasses.asdict(facts_of(model, description).evidence)
    evidence["words"] = evidence["words"][:400]
    evidence["properties"] = {
        key: value for key, value in evidence["properties"].items() if len(value) < 4000
    }
    kept = {key: value for key, value in evidence.items() if value}
    recorded = {"origin": origin, "file": model.name, "description": description, "evidence": kept}
    out.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
