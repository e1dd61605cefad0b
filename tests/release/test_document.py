"""The documents of a release: from the spec and the record, in forms that their readers' tools take."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from maxctl.core.stage import Verdict
from maxctl.release.document import Document
from tests.wrapping.small_project import SmallProject, told

MARKDOWN = MarkdownIt("commonmark").enable("table")
SECTIONS = [
    "Model metadata", "Benchmark", "References", "Licenses", "Pre-requisites", "Deployment options",
    "Resources and contributions",
]  # fmt: skip
CASES = [{"id": "cup", "verdict": "passed", "expected": 1, "same": 1, "missing": 0, "extra": 0, "changed": 0}]
FETCHED = {
    "slot": "weights", "size": 2, "sha256": "a" * 64, "address": "npm:tiny@1.0.0#model.json",
    "path": "model/model.json",
}  # fmt: skip


@pytest.fixture
def documented(tmp_path: Path) -> Callable[..., Path]:
    """Run `document` on a small project and return its docs folder."""

    def make(*, goldens: bool = True, slots: dict[str, Any] | None = None, **changes: Any) -> Path:
        project = SmallProject(tmp_path / "p", tmp_path / "cache", **changes)
        judged = project.needs["scan-license"].facts
        project.needs["scan-license"] = told({**judged, "slots": {**judged["slots"], **(slots or {})}})
        project.scaffold()
        for step, target in (("regress", "service"), ("regress-http", "http")):
            project.needs[step] = told({"target": target, "suite": "sha256:0", "cases": CASES})
        project.needs["fetch"].facts.update({"artifacts": [FETCHED]})
        project.needs["check"].facts.update({"checks": []})
        project.needs["convert"].facts.update({"engine": "litert", "candidates": []})
        project.needs["record"] = told(
            {"suite": "sha256:0", "task": "object-detection", "made_by": {"node": "20"}, "cases": []},
            verdict=Verdict.PASSED if goldens else Verdict.SKIPPED,
        )
        make.outcome = project.run(Document())  # type: ignore[attr-defined]
        return project.root / "docs"

    return make


LEARNT = {
    "verdict": "review", "concluded": None, "confidence": "low",
    "datasets": [{
        "id": "pets", "known_as": None, "license": None, "use": "training", "verdict": "review", "tags": [],
        "note": None, "source": "https://example.org/terms", "evidence": None,
        "stated_in": "https://example.org/paper",
    }],
}  # fmt: skip


def rows(text: str, of: str) -> list[list[str]]:
    """Return the cells of the table rows that start with a word."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith(f"| {of} |")
    ]


def headings(text: str, level: str = "h2") -> list[str]:
    tokens = MARKDOWN.parse(text)
    return [
        tokens[n + 1].content
        for n, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == level
    ]


def front_matter(text: str) -> dict[str, Any]:
    _, matter, _ = text.split("---\n", 2)
    return dict(yaml.safe_load(matter))


def test_the_readme_has_maxs_sections_in_maxs_order(documented):
    assert headings((documented() / "README.md").read_text()) == SECTIONS


def test_the_readme_shows_a_question_with_the_golden_answer(documented):
    text = (documented() / "README.md").read_text()
    assert "curl -F image=@samples/cup.png 'http://localhost:5000/model/predict?threshold=0.5'" in text
    assert '"label": "cup", "probability": 0.9613' in text


def test_the_model_card_has_front_matter_that_tells_of_the_weights_not_of_the_code(documented):
    card = (documented() / "MODEL_CARD.md").read_text()
    assert (
        front_matter(card)["license"] == "unknown"
    )  # the code is Apache-2.0, nothing is stated of the weights
    assert front_matter(card)["pipeline_tag"] == "object-detection"
    assert "| the service in its own locked environment | 1 of 1 |" in card
    assert "npm:tiny@1.0.0" in card and "a" * 64 in card


def test_without_goldens_the_card_says_that_nothing_is_shown(documented):
    assert (
        "nothing shows that the service answers" in (documented(goldens=False) / "MODEL_CARD.md").read_text()
    )


def test_the_licenses_page_says_why_and_what_would_change_it(documented):
    page = (documented() / "LICENSES.md").read_text()
    assert "LIC010: nothing is \\| stated. What would change it: ask" in page
    assert "keep the NOTICE" in page and "somebody" in page


def test_what_is_not_stated_is_said_and_is_a_note_with_the_mend(documented):
    readme = (documented() / "README.md").read_text()
    assert "## Benchmark\n\nNot stated." in readme
    outcome = documented.outcome
    assert outcome.verdict is Verdict.PASSED
    assert {finding.subject for finding in outcome.findings} == {
        "authors", "domain", "benchmarks", "licensing.datasets", "choice",
    }  # fmt: skip
    assert all("model.yaml" in finding.remedy for finding in outcome.findings)


def test_a_benchmark_is_shown_with_its_source_and_as_somebody_elses(documented):
    figure = {"metric": "mAP", "dataset": "COCO val", "value": "22", "source": "https://example.org/zoo"}
    readme = (documented(benchmarks=[figure]) / "README.md").read_text()
    assert "| mAP | COCO val | 22 | <https://example.org/zoo> |" in readme
    assert "were not measured again" in readme


def test_the_citation_fits_its_schema(documented):
    docs = documented(authors=["Ada"], description='with "quotes": and\nlines')
    checker = Path(sys.executable).parent / "check-jsonschema"
    checked = subprocess.run(
        [str(checker), "--builtin-schema", "vendor.citation-file-format", str(docs / "CITATION.cff")],
        capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert yaml.safe_load((docs / "CITATION.cff").read_text())["license"] == "Apache-2.0"


def test_no_text_of_the_spec_breaks_out_of_a_document(documented):
    hostile = "a | b\n# c\n<script>d</script> `e` [f](https://example.org) --- *g*"
    docs = documented(description=hostile, authors=[hostile], domain=hostile)
    assert headings((docs / "README.md").read_text()) == SECTIONS
    for name in ("README.md", "MODEL_CARD.md", "LICENSES.md"):
        text = (docs / name).read_text()
        shown = MARKDOWN.render(text.split("---\n", 2)[-1] if name == "MODEL_CARD.md" else text)
        assert "<script" not in shown and 'href="https://example.org"' not in shown
    assert yaml.safe_load((docs / "CITATION.cff").read_text())["authors"] == [{"name": hostile}]
    assert front_matter((docs / "MODEL_CARD.md").read_text())["license"] == "unknown"


def test_the_projects_own_template_stands_in_for_ours(documented, tmp_path):
    own = tmp_path / "p/templates/docs"
    own.mkdir(parents=True)
    (own / "DEPLOY.md.jinja").write_text("Ask the platform team for {{ model.id }}.\n")
    (own / "EXTRA.md").write_text("as it is\n")
    docs = documented()
    assert (docs / "DEPLOY.md").read_text() == "Ask the platform team for tiny-detector.\n"
    assert (docs / "EXTRA.md").read_text() == "as it is\n"


def test_an_image_is_run_by_its_digest_where_there_is_one(documented):
    docs = documented(service={"title": "Tiny", "image": "registry.example.org/team/tiny"})
    assert (
        "docker run --rm -p 5000:5000 registry.example.org/team/tiny:1.0.0"
        in (docs / "README.md").read_text()
    )
    assert "deploy/image.json" in (docs / "DEPLOY.md").read_text()


def test_the_terms_of_a_data_set_are_not_taken_for_the_place_that_states_its_use(documented):
    docs = documented(slots={"data": LEARNT})
    terms, use = "<https://example.org/terms>", "<https://example.org/paper>"
    for name in ("MODEL_CARD.md", "LICENSES.md"):
        assert rows((docs / name).read_text(), "pets")[0][-2:] == [terms, use]
    assert rows((docs / "README.md").read_text(), "Training data")[0][-1] == terms


def test_a_data_set_without_a_license_is_a_note(documented):
    documented(slots={"data": LEARNT})
    assert "pets" in {finding.subject for finding in documented.outcome.findings}


CLAIM = {"path": "https://example.org/a", "stated": "MIT", "expression": "MIT", "found": "spec"}
LICENSED = [{**LEARNT["datasets"][0], "license": "CC-BY-4.0"}]


@pytest.mark.parametrize("mended", [{"datasets": LICENSED}, {"claims": [CLAIM]}], ids=["known", "claimed"])
def test_a_data_set_whose_license_is_stated_is_no_note(documented, mended):
    documented(slots={"data": {**LEARNT, **mended}})
    assert "pets" not in {finding.subject for finding in documented.outcome.findings}


def test_the_card_names_every_mirror(documented):
    mirrors = ["npm:tiny@1.0.0#model.json", "https://example.org/model.json"]
    artifact = {"path": "model/model.json", "size": 2, "sha256": "a" * 64, "mirrors": mirrors}
    card = (documented(artifacts=[artifact]) / "MODEL_CARD.md").read_text()
    assert "npm:tiny@1.0.0\\#model.json or <https://example.org/model.json>" in card


def test_without_an_author_there_is_no_citation_and_no_link_to_it(documented):
    docs = documented()
    assert not (docs / "CITATION.cff").exists()
    assert "CITATION" not in (docs / "README.md").read_text()


def test_without_an_image_the_documents_name_files_that_are_there(documented, tmp_path):
    docs = documented()
    for name in ("README.md", "DEPLOY.md"):
        applied = (docs / name).read_text().split("kubectl apply -f ")[1].split()[0]
        assert (tmp_path / "p" / applied).is_file()


def test_places_are_told_as_a_reader_knows_them(documented):
    path = ".maxctl/out/fetch/sources/research/LICENSE"
    evidence = {"path": path, "line": 3, "text": "MIT", "expression": "MIT", "places": 1}
    docs = documented(slots={"scripts": {**LEARNT, "datasets": [], "evidence": [evidence]}})
    page = (docs / "LICENSES.md").read_text()
    assert "| sources/research/LICENSE:3 |" in page and ".maxctl" not in page


def test_the_same_inputs_give_the_same_bytes(documented, tmp_path):
    docs = documented(authors=["Ada"])
    first = {path.name: path.read_bytes() for path in docs.iterdir()}
    shutil.rmtree(tmp_path / "p")
    again = documented(authors=["Ada"])
    assert {path.name: path.read_bytes() for path in again.iterdir()} == first


def test_a_model_that_hears_is_documented_as_one(documented, tmp_path):
    voice = {
        "engine": "litert",
        "input": {"kind": "audio"},
        "preprocess": [{"step": "decode_audio"}, {"step": "windows", "size": 512, "hop": 512}],
        "outputs": {"scores": "boxes"},
        "postprocess": [{"step": "speech_segments"}],
        "parameters": {"threshold": {"default": 0.5, "minimum": 0, "maximum": 1}},
    }
    folder = documented(task="speech-activity", inference=voice, labels=None, golden=None, goldens=False)
    assert "| audio: WAV, FLAC, Ogg or MP3 |" in (folder / "README.md").read_text()
    for document in (folder / "README.md", folder / "DEPLOY.md", tmp_path / "p/service/README.md"):
        text = document.read_text()
        assert "pixels" not in text and "PIXELS" not in text and "picture" not in text, document
