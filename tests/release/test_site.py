"""The catalogue: a page of the published model, and the list of all, which load nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from maxctl.core.errors import StageError
from maxctl.core.manifest import Result
from maxctl.core.progress import Silent
from maxctl.core.stage import ModelView, Outcome, Skip, Verdict
from maxctl.release.site import Site, SiteOptions
from tests.wrapping.small_project import LICENSES, SmallProject

DIGEST = "sha256:" + "d" * 64
HOSTILE = '</script><script>alert(1)</script> "quoted" & <img src=x onerror=y> \u202egnp.exe'
LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data"}


class Published:
    """A small project with the record of a published image."""

    def __init__(self, root: Path, **changes: Any) -> None:
        service = {"title": "Tiny", "image": "registry.example.org/team/tiny"}
        self.small = SmallProject(root, root.parent / "cache", **{"service": service, **changes})
        self.small.scaffold()
        package = self.small.needs["package"].facts
        case = {
            "id": "cup",
            "verdict": "passed",
            "expected": 1,
            "same": 1,
            "missing": 0,
            "extra": 0,
            "changed": 0,
        }
        self.facts: dict[str, dict[str, Any]] = {
            "fetch": {"sources": [], "artifacts": [], "samples": []},
            "scan-license": LICENSES,
            "record": {"suite": DIGEST, "task": "object-detection", "made_by": {"node": "20"}, "cases": []},
            "convert": {"engine": "litert", "candidates": [_candidate()]},
            "package": package,
            "build": {
                "image": DIGEST, "tag": "t:1", "base": "b", "base_id": DIGEST, "archive_sha256": "a" * 64,
                "architecture": "linux/amd64", "size": 400_000_000,
            },
            **{
                step: {"target": target, "suite": DIGEST, "cases": [case]}
                for step, target in (("regress", "service"), ("regress-http", "http"), ("regress-image", "image"))
            },
        }  # fmt: skip
        self.verdict = Verdict.PASSED

    def result(self, step: str) -> Result:
        return Result(verdict=Verdict.PASSED, facts=self.facts[step])

    def site(self, staging: Path | None = None, output: Path | None = None) -> tuple[Outcome, Path]:
        spec = self.small.spec
        held = {step: self.result(step) for step in self.facts}
        published = {
            "repository": spec.service.image, "tag": spec.version, "digest": DIGEST, "image": DIGEST,
            "rests_on": {step: result.digest() for step, result in held.items()},
            "not_applicable": ["check: no Python source"], "approvals": ["legal: Ada Example <ada@example.org>"],
        }  # fmt: skip
        skip = Skip.UNAVAILABLE if self.verdict is Verdict.SKIPPED else None
        held["publish"] = Result(verdict=self.verdict, skip=skip, facts=published)
        stage = Site(SiteOptions(output=output))
        target = staging or self.small.root / ".maxctl/staging/site"
        view = ModelView(self.small.root, target, self.small.cache, spec, stage.reads, held, "site")
        return stage.run(view, Silent()), target / "site"


def _candidate() -> dict[str, Any]:
    return {
        "engine": "litert", "path": "m", "sha256": "a" * 64, "size_bytes": 1, "matches": True, "why": "",
        "max_score_difference": 0.0, "min_iou": 1.0,
    }  # fmt: skip


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Published]:
    def built(where: str = "p", **changes: Any) -> Published:
        return Published(tmp_path / where / "project", **changes)

    return built


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        if LOADS.get(tag) in values:
            self.loads.append(values[LOADS[tag]] or "")
        if tag == "a" and values.get("href"):
            self.links.append(values["href"] or "")


def seen(path: Path) -> _Seen:
    parser = _Seen()
    parser.feed(path.read_text())
    return parser


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_the_page_tells_what_to_pull_by_its_digest_and_how_it_was_verified(make):
    outcome, site = make().site()
    assert outcome.verdict is Verdict.PASSED, outcome.findings
    text = (site / "tiny-detector/index.html").read_text()
    assert f"docker pull registry.example.org/team/tiny@{DIGEST}" in text
    for words in (
        "a container of the image",
        "Ada Example",
        "no Python source",
        "nothing is | stated",
        "0.96",
    ):
        assert words in text, words


def test_the_entry_is_for_other_programs_and_lists_the_digest(make):
    _, site = make().site()
    entry = json.loads((site / "tiny-detector/model.json").read_text())
    assert entry["schema"] == "maxctl/catalogue-entry/1"
    assert entry["image"]["reference"] == f"registry.example.org/team/tiny@{DIGEST}"
    assert entry["licenses"]["slots"]["weights"] == {"verdict": "review", "license": None}
    assert (site / "tiny-detector" / entry["picture"]["path"]).is_file()


def test_nothing_is_loaded_from_elsewhere_and_every_local_link_leads_somewhere(make):
    _, site = make().site()
    for page in (site / "index.html", site / "tiny-detector/index.html"):
        found = seen(page)
        assert not [one for one in found.loads if re.match("(https?:)?//|data:", one)]
        local = [one.partition("#")[0] for one in (*found.loads, *found.links) if "://" not in one]
        assert all((page.parent / one).exists() for one in local if one), local
        assert "default-src 'none'" in page.read_text()
        assert "unsafe-inline" not in page.read_text()


def test_no_text_breaks_out_of_the_pages(make):
    _, plain_site = make("plain").site()
    hostile = make(
        "hostile", name=HOSTILE, description=HOSTILE, type=HOSTILE, domain=HOSTILE, authors=[HOSTILE]
    )
    hostile.facts["scan-license"] = json.loads(
        json.dumps(LICENSES).replace("nothing is", json.dumps(HOSTILE)[1:-1])
    )
    outcome, site = hostile.site()
    assert outcome.verdict is Verdict.PASSED
    for name in ("index.html", "tiny-detector/index.html"):
        assert seen(site / name).tags.count("script") == seen(plain_site / name).tags.count("script")
        assert "\u202e" not in (site / name).read_text()
        assert "alert(1)</script>" not in (site / name).read_text()


def test_the_same_inputs_give_the_same_bytes(make, tmp_path):
    published = make()
    _, one = published.site(tmp_path / "one")
    _, two = published.site(tmp_path / "two")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files and all((one / path).read_bytes() == (two / path).read_bytes() for path in files)


def test_a_model_that_is_not_published_has_no_page(make):
    published = make()
    published.verdict = Verdict.SKIPPED
    outcome, site = published.site()
    assert codes(outcome) == ["SIT001"]
    assert not site.exists()


def test_a_page_never_tells_another_version_or_other_results_than_those_published(make):
    published = make()
    spec = published.small.spec
    outcome, _ = published.site()
    assert outcome.verdict is Verdict.PASSED
    changed = spec.model_copy(update={"version": "2.0.0"})
    stage = Site()
    held = {step: published.result(step) for step in published.facts}
    facts = {
        "repository": spec.service.image, "tag": spec.version, "digest": DIGEST, "image": DIGEST,
        "rests_on": {"package": "sha256:0"}, "not_applicable": [], "approvals": [],
    }  # fmt: skip
    held["publish"] = Result(verdict=Verdict.PASSED, facts=facts)
    view = ModelView(
        published.small.root, published.small.root / "s", published.small.cache, changed, stage.reads, held
    )
    assert codes(stage.run(view, Silent())) == ["SIT002", "SIT002"]


def test_a_catalogue_lists_all_models_and_keeps_the_others_pages(make, tmp_path):
    folder = tmp_path / "catalogue"
    first, second = make("a"), make("b", id="second-detector", name="Second Detector")
    for published in (first, second):
        outcome, _ = published.site(output=folder)
        assert outcome.verdict is Verdict.PASSED
        assert outcome.outputs == ()
    listed = (folder / "index.html").read_text()
    assert "Tiny Detector" in listed and "Second Detector" in listed
    kept = (folder / "tiny-detector/index.html").read_bytes()
    second.site(output=folder)
    assert (folder / "tiny-detector/index.html").read_bytes() == kept
    assert not Site(SiteOptions(output=folder)).records()


@pytest.mark.parametrize("path", ["index.html", "tiny-detector/index.html", "tiny-detector/notes.txt"])
def test_what_maxctl_did_not_make_is_never_overwritten(make, tmp_path, path):
    folder = tmp_path / "catalogue"
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_text("somebody's own")
    outcome, _ = make().site(output=folder)
    assert set(codes(outcome)) == {"SIT003"}
    assert (folder / path).read_text() == "somebody's own"
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [path]


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, '{"schema": "other"}', "\udcff"])
def test_a_damaged_entry_of_another_model_is_told_and_left_alone(make, tmp_path, text):
    folder = tmp_path / "catalogue"
    (folder / "other").mkdir(parents=True)
    (folder / "other/model.json").write_bytes(text.encode(errors="surrogateescape"))
    outcome, _ = make().site(output=folder)
    assert outcome.verdict is Verdict.PASSED
    assert codes(outcome) == ["SIT004"]
    assert (folder / "other/model.json").read_bytes() == text.encode(errors="surrogateescape")


def test_a_folder_that_cannot_be_written_is_told_with_the_mend(make, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StageError, match="cannot be written") as caught:
        make().site(output=tmp_path / "file" / "catalogue")
    assert "--output" in caught.value.hint
