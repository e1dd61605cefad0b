"""The stage `review`: what is asked for, what counts, and which part of what was approved has changed."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from maxctl.core.facts.review import ReviewFacts
from maxctl.core.findings import Finding
from maxctl.core.manifest import load
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import Outcome, Verdict
from maxctl.release.review import Review
from tests.projects import project
from tests.release.reviewed_project import LIFECYCLE, Reviewed, make_key, public, reviewed, use_cheap_stages

TWO = {"ada": {"roles": ["engineering", "legal"], "author": True}, "bob": {"roles": ["legal", "engineering"]}}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    use_cheap_stages(monkeypatch)


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def only(outcome: Outcome, code: str) -> Finding:
    (found,) = [finding for finding in outcome.findings if finding.code == code]
    return found


def facts(outcome: Outcome) -> ReviewFacts:
    assert isinstance(outcome.facts, ReviewFacts)
    return outcome.facts


def edit_spec(made: Reviewed, **changes: object) -> None:
    path = made.root / "model.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **changes}, sort_keys=False))


def test_every_section_result_and_product_is_a_part_and_a_valid_approval_of_them_passes(
    tmp_path: Path,
) -> None:
    made = reviewed(tmp_path)
    made.sign("ada", comment="I ran it")
    record = made.recorded_review()
    assert record.result.verdict is Verdict.PASSED and record.result.findings == ()
    subject = record.result.facts["subject"]
    assert {f"model.yaml#{name}" for name in ModelSpec.model_fields} < set(subject)
    assert {f"manifest.yaml#{step}" for step in Review.needs} < set(subject)
    assert {"golden", "service", ".maxctl/out/fetch/artifacts", ".maxctl/out/package"} < set(subject)
    assert [(one["state"], one["comment"]) for one in record.result.facts["approvals"]] == [
        ("valid", "I ran it")
    ]
    assert record.result.valid_until is None


def test_a_spec_without_review_fails_and_shows_what_to_add(tmp_path: Path) -> None:
    root = project(tmp_path / "p", {"pipelines/lifecycle.yaml": LIFECYCLE})
    made = Reviewed(root)
    made.run()
    outcome = made.review()
    assert outcome.verdict is Verdict.FAILED and codes(outcome) == ["REV001"]
    shown = outcome.findings[0].remedy.partition("\n")[2]
    section = yaml.safe_load(shown.replace("AAAA…", "AAAA" + "B" * 64))["review"]
    edit_spec(made, review=section)
    assert made.project.spec.review is not None, "what the remedy shows is a valid section"


def test_a_review_that_asks_nobody_fails(tmp_path: Path) -> None:
    outcome = reviewed(tmp_path, required={}).review()
    assert outcome.verdict is Verdict.FAILED and codes(outcome) == ["REV002"]


def test_a_missing_approval_names_who_can_give_it_and_the_command(tmp_path: Path) -> None:
    outcome = reviewed(tmp_path, TWO, {"engineering": {"approvals": 2, "independent": 1}}).review()
    found = only(outcome, "REV003")
    assert "engineering gave 0 of 2 approvals, 1 of them not by authors" in found.message
    assert "Bob <bob@example.org> (bob)" in found.message
    assert "`maxctl approve engineering --as bob`" in found.remedy


def test_an_author_alone_is_not_enough_where_another_is_asked_for(tmp_path: Path) -> None:
    made = reviewed(tmp_path, TWO, {"engineering": {"approvals": 1, "independent": 1}})
    made.sign("ada")
    found = only(made.review(), "REV004")
    assert "0 of 1 from people who are no authors" in found.message
    assert found.remedy == "`maxctl approve engineering --as bob`"
    made.sign("bob")
    assert made.review().verdict is Verdict.PASSED


def test_somebody_among_the_models_authors_is_an_author_whatever_the_reviewers_say(tmp_path: Path) -> None:
    people = {"ada": {"roles": ["engineering"], "author": False}, "bob": {"roles": ["engineering"]}}
    made = reviewed(
        tmp_path, people, {"engineering": {"independent": 1}}, authors=["A. Author <ADA@example.org>"]
    )
    made.sign("ada")
    assert "REV004" in codes(made.review())


def test_a_license_that_needs_a_person_asks_for_a_legal_approval_of_no_author(tmp_path: Path) -> None:
    made = reviewed(tmp_path, TWO, files={"inputs/legal.txt": "yes"})
    made.sign("bob", "engineering")
    made.sign("ada", "legal")
    outcome = made.review()
    assert (
        codes(outcome) == ["REV004"] and "a license needs a person's judgement" in outcome.findings[0].message
    )
    made.sign("bob", "legal")
    assert made.review().verdict is Verdict.PASSED


def test_a_weaker_demand_in_the_spec_does_not_weaken_the_legal_one_and_a_stronger_one_stands(
    tmp_path: Path,
) -> None:
    files = {"inputs/legal.txt": "yes"}
    weak = reviewed(tmp_path / "weak", TWO, {"legal": {"approvals": 1, "independent": 0}}, files)
    strong = reviewed(tmp_path / "strong", TWO, {"legal": {"approvals": 2, "independent": 1}}, files)
    asked = [facts(made.review()).demands[0] for made in (weak, strong)]
    assert [(one.approvals, one.independent) for one in asked] == [(1, 1), (2, 1)]


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("golden/file.txt", "golden"),
        ("service/file.txt", "service"),
        (".maxctl/out/fetch/artifacts/file.txt", ".maxctl/out/fetch/artifacts"),
        (".maxctl/out/fetch/sources/code/file.txt", ".maxctl/out/fetch/sources/code"),
        (".maxctl/out/package/file.txt", ".maxctl/out/package"),
        ("reports/README.md", "reports/README.md"),
    ],
)
def test_one_byte_of_a_product_voids_and_names_the_part(tmp_path: Path, path: str, part: str) -> None:
    made = reviewed(tmp_path)
    made.sign("ada")
    before = (made.root / path).read_bytes()
    (made.root / path).write_bytes(bytes([before[0] ^ 1]) + before[1:])
    outcome = made.review()
    assert only(outcome, "REV005").message.endswith(f"is void; changed since: `{part}`")
    assert only(outcome, "REV017").subject == part
    assert "REV003" in codes(outcome)


def test_a_step_that_found_something_else_voids_and_names_its_record(tmp_path: Path) -> None:
    made = reviewed(tmp_path)
    made.sign("ada")
    (made.root / "inputs").mkdir()
    (made.root / "inputs/regress.txt").write_text("other answers")
    made.run()
    message = only(made.review(), "REV005").message
    assert message.endswith("changed since: `manifest.yaml#regress`, `reports/regress-service.html`")


def test_a_record_edited_by_hand_voids(tmp_path: Path) -> None:
    made = reviewed(tmp_path, files={"inputs/legal.txt": "yes"}, people=TWO)
    made.sign("bob", "engineering")
    made.sign("bob", "legal")
    assert made.review().verdict is Verdict.PASSED
    manifest = made.root / "manifest.yaml"
    manifest.write_text(
        manifest.read_text().replace("legal_approval_required: true", "legal_approval_required: false")
    )
    outcome = made.review()
    assert {found.code for found in outcome.findings} == {"REV003", "REV005"}
    assert all("`manifest.yaml#scan-license`" in f.message for f in outcome.findings if f.code == "REV005")


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ("description", "Finds other things."),
        ("license", "MIT"),
        ("domain", "vision"),
        ("authors", ["Somebody"]),
    ],
)
def test_a_changed_section_of_the_spec_voids_and_is_named(
    tmp_path: Path, section: str, value: object
) -> None:
    made = reviewed(tmp_path)
    made.sign("ada")
    edit_spec(made, **{section: value})
    assert only(made.review(), "REV005").message.endswith(f"changed since: `model.yaml#{section}`")


def test_another_reviewers_key_swapped_after_the_approval_voids_it(tmp_path: Path) -> None:
    made = reviewed(tmp_path, TWO)
    made.sign("ada")
    review = yaml.safe_load((made.root / "model.yaml").read_text())["review"]
    review["reviewers"][1]["key"] = public(make_key(tmp_path, "mallory"))
    edit_spec(made, review=review)
    assert only(made.review(), "REV005").message.endswith("`model.yaml#review`")


def test_parts_that_came_and_went_are_named(tmp_path: Path) -> None:
    made = reviewed(tmp_path)
    subject = made.subject()
    old = {name: found for name, found in subject.items() if name != "golden"} | {
        "weights": "sha256:" + "0" * 64
    }
    made.sign("ada", subject=old)
    assert only(made.review(), "REV005").message.endswith(
        "`golden`, which is new, `weights`, which is no more"
    )


def test_an_approval_counts_through_its_last_day_and_the_record_expires_with_it(tmp_path: Path) -> None:
    made = reviewed(tmp_path, TWO, {"engineering": {"approvals": 2}})
    today = date.today()
    made.sign("ada", expires=str(today))
    made.sign("bob", expires=str(today + timedelta(9)))
    outcome = made.review()
    assert (outcome.verdict, outcome.valid_until) == (Verdict.PASSED, today)
    made.sign("ada", expires=str(today - timedelta(1)), signed_on="2020-01-01")
    outcome = made.review()
    assert str(today - timedelta(1)) in only(outcome, "REV010").message and "REV003" in codes(outcome)


def test_a_rejection_stands_whatever_the_count_and_though_parts_changed(tmp_path: Path) -> None:
    made = reviewed(tmp_path, TWO)
    made.sign("ada")
    made.sign("bob", decision="reject", comment="the boxes are off")
    outcome = made.review()
    assert codes(outcome) == ["REV013"] and outcome.verdict is Verdict.FAILED
    assert "the boxes are off" in outcome.findings[0].message
    edit_spec(made, domain="vision")
    made.sign("ada")
    outcome = made.review()
    assert (
        codes(outcome) == ["REV013"] and "changed since: `model.yaml#domain`" in outcome.findings[0].message
    )
    made.sign("bob")
    assert made.review().verdict is Verdict.PASSED


@pytest.mark.parametrize("change", [{"model": "other-model"}, {"version": "0.9.0"}])
def test_an_approval_of_another_model_or_version_does_not_count(
    tmp_path: Path, change: dict[str, str]
) -> None:
    made = reviewed(tmp_path)
    made.sign("ada", **change)
    found = only(made.review(), "REV011")
    assert next(iter(change.values())) in found.message and "tiny-detector 1.0.0" in found.message


def test_an_approval_that_nobody_asks_for_is_a_note(tmp_path: Path) -> None:
    made = reviewed(tmp_path, TWO)
    made.sign("ada", expires="2999-01-01")
    made.sign("bob", "legal", expires="2998-01-01")
    outcome = made.review()
    assert codes(outcome) == ["REV015"] and outcome.verdict is Verdict.PASSED
    assert outcome.valid_until == date(2999, 1, 1), "what does not count does not end the record either"


def test_a_demand_that_the_people_named_can_never_meet_is_told(tmp_path: Path) -> None:
    outcome = reviewed(
        tmp_path, TWO, {"engineering": {"approvals": 2, "independent": 2}, "security": {}}
    ).review()
    messages = [found.message for found in outcome.findings if found.code == "REV014"]
    assert len(messages) == 2
    assert "names 2 who can, 1 of them no author" in messages[0]
    assert messages[1].startswith("security has to give 1 approval") and "names 0" in messages[1]


def test_what_had_nothing_to_do_is_named_for_the_reviewer(tmp_path: Path) -> None:
    made = reviewed(tmp_path, files={"inputs/check.txt": "skip: no Python source"})
    made.sign("ada")
    assert facts(made.review()).not_applicable == ("check: no Python source",)
    made.recorded_review()
    assert "- check: no Python source" in (made.root / "reports/review.md").read_text()


def test_the_page_is_the_same_bytes_and_a_text_of_the_project_cannot_forge_a_part_of_it(
    tmp_path: Path,
) -> None:
    evil = "Nice.\n\n## Approved by legal\n| legal | 1 of 1 |\x1b[2J <script>"
    made = reviewed(tmp_path, description=evil)
    made.recorded_review()
    page = (made.root / "reports/review.md").read_text()
    assert r"Nice.\\n\\n\#\# Approved by legal\\n\| legal \| 1 of 1 \|\\x1b\[2J \<script\>" in page
    assert page.count("\n## ") == 5 and "\x1b" not in page
    first = (made.root / "manifest.yaml").read_bytes()
    (made.root / "reports/review.md").unlink()
    made.recorded_review()
    assert (made.root / "reports/review.md").read_text() == page and (
        made.root / "manifest.yaml"
    ).read_bytes() == first


def test_a_recorded_review_is_stale_when_an_approval_changes(tmp_path: Path) -> None:
    made = reviewed(tmp_path)
    path = made.sign("ada")
    key = made.recorded_review().key
    path.write_bytes(path.read_bytes() + b"\n")
    record = made.recorded_review()
    assert record.key != key and record.result.verdict is Verdict.FAILED
    assert load(made.root / "manifest.yaml", "tiny-detector").steps["review"] == record


def test_every_code_says_why() -> None:
    assert len({code.code for code in Review.codes}) == 18
    assert all(code.title and len(code.why) > 30 for code in Review.codes)
