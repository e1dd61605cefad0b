"""Write the papers of an evaluation into a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from maxctl.licensing.papers import bom, html, license_texts, notice
from maxctl.licensing.papers.places import Document, Lines
from maxctl.licensing.scancode_categories import database


def write(document: Document, lines: Lines, folder: Path) -> None:
    """Write license.json, license.html, license.cdx.json, NOTICE and LICENSES/ into a folder.

    What an earlier evaluation left of texts is removed, so that none stays of a license that is gone.
    """
    texts = license_texts.collect(document, lines, database())
    shutil.rmtree(folder / "LICENSES", ignore_errors=True)
    (folder / license_texts.MISSING).unlink(missing_ok=True)
    papers = {
        "license.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        "license.html": html.render(document, lines),
        "license.cdx.json": bom.render(document),
        "NOTICE": notice.render(document, lines),
        **texts,
    }
    for name, text in papers.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", errors="backslashreplace")
