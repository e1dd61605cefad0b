"""The stage scan-license: on a project as `fetch` leaves it, and on any folder."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from maxctl.adapters import scancode
from maxctl.adapters.scancode import Found, ScannedFile
from maxctl.core.errors import SpecError, UsageError
from maxctl.core.findings import Severity
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.slot import Slot
from maxctl.core.stage import ModelView, Verdict
from maxctl.licensing.scan_license import ScanLicense
from maxctl.policy.rules import PolicyError
from tests.policy.knowledge_at_hand import policy_text
from tests.projects import project, write_tree

REPORT = "reports/license.json"
RECORDED = Path(__file__).parents[1] / "recorded" / "scancode-32.5.0"
SOURCE = ".maxctl/out/fetch/sources/coco-ssd"
FILE = {"size": 2, "sha256": "0" * 64, "mirrors": ["file:upstream/x"]}
SPEC = {
    "sources": [{"name": "coco-ssd", **FILE}],
    "samples": [{"path": "coffee.png", "license": "CC0-1.0", "credit": "someone", **FILE}],
    "licensing": {
        "claims": {
            "code": [{"license": "Apache-2.0", "source": "https://example.org/LICENSE"}],
            "weights": [{"license": None, "source": "https://example.org/weights"}],
        },
        "datasets": [{"id": "coco", "source": "https://example.org/README"}],
    },
}
HEADER = "// SPDX-License-Identifier: Apache-2.0\n"
FILES = {
    "reference/answer.mjs": HEADER,
    "reference/package.json": '{\n  "license": "Apache-2.0"\n}\n',
    "reference/package-lock.json": '{"license": "GPL-3.0-only"}',
    "reference/node_modules/x/LICENSE": "GPL",
    f"{SOURCE}/package.json": '{\n  "name": "coco",\n  "license": "Apache-2.0"\n}\n',
    f"{SOURCE}/dist/index.js": "// a header",
    f"{SOURCE}/dist/coco-ssd.js": "// a header",
    f"{SOURCE}/dist/coco-ssd.min.js.html": "MIT Licensed",
    ".maxctl/out/fetch/artifacts/model/model.json": "{}",
    ".maxctl/out/fetch/samples/coffee.png": b"png",
}


class Scanner:
    """Answers for files by their first line or by what was recorded; remembers what it was asked."""

    def __init__(self, recorded=None):
        self.asked = []
        self.recorded = {file.path: file for file in recorded or ()}

    def __call__(self, root, files, cache, progress, *, jobs, label, engine):
        answers = []
        for path in sorted(files):
            inside = path.relative_to(root).as_posix()
            self.asked.append(inside)
            answers.append(self.recorded.get(inside) or self.by_header(inside, path))
        return tuple(answers)

    @staticmethod
    def by_header(inside, path):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            _, mark, tag = line.partition("SPDX-License-Identifier: ")
            if mark:
                return ScannedFile(inside, tag, (Found(tag, 100.0, number, number, line),), ())
        return ScannedFile(inside, None, (), ())


@pytest.fixture
def scanner(monkeypatch):
    made = Scanner(scancode.parse((RECORDED / "coco-ssd.json").read_text(encoding="utf-8")))
    monkeypatch.setattr(scancode, "scan", made)
    return made


def run(root, **options):
    outputs = [SimpleNamespace(path=path) for path in (SOURCE, ".maxctl/out/fetch/artifacts")]
    fetched = SimpleNamespace(outputs=outputs, verdict=Verdict.PASSED)
    view = ModelView(
        root,
        root / "staging",
        root / "cache",
        Project(root).spec,
        ScanLicense.reads,
        {"fetch": fetched},
        "scan-license",
    )
    return ScanLicense(ScanLicense.Options(**options)).run(view, Silent())


def on_path(root, **options):
    return ScanLicense(ScanLicense.Options(**options)).on_paths([str(root)], root.parent / "cache", Silent())


def example(tmp_path, files=None, **changes):
    spec = json.loads(json.dumps({**SPEC, **changes}))  # no part twice, or YAML would write aliases
    return project(tmp_path / "p", {**FILES, **(files or {})}, **spec)


def rulings(outcome):
    return {slot.value: facts.verdict for slot, facts in outcome.facts.slots.items()}


def test_the_example_passes_and_asks_for_a_legal_approval(tmp_path, scanner):
    outcome = run(example(tmp_path))
    assert rulings(outcome) == {
        "code": "allow", "weights": "review", "data": "review", "scripts": "allow", "samples": "allow",
    }  # fmt: skip
    assert outcome.verdict is Verdict.PASSED
    assert (outcome.facts.verdict, outcome.facts.legal_approval_required) == ("review", True)
    assert outcome.facts.slots[Slot.CODE].concluded == "0BSD AND Apache-2.0 AND MIT"
    assert outcome.facts.slots[Slot.CODE].confidence == "high"


def test_nested_licenses_are_told_with_file_and_line(tmp_path, scanner):
    found = [f for f in run(example(tmp_path)).findings if f.code == "LIC008"]
    assert {str(f.place) for f in found} == {
        f"{SOURCE}/dist/coco-ssd.js:26",
        f"{SOURCE}/dist/coco-ssd.min.js.html:3135",
    }
    assert {f.severity for f in found} == {Severity.NOTE}


def test_a_package_s_own_statement_is_a_claim_with_its_line(tmp_path, scanner):
    claims = run(example(tmp_path)).facts.slots[Slot.CODE].claims
    assert [(c.found, c.path, c.line, c.expression) for c in claims] == [
        ("spec", "https://example.org/LICENSE", None, "Apache-2.0"),
        ("package.json", f"{SOURCE}/package.json", 3, "Apache-2.0"),
    ]


def test_a_review_fails_where_the_gate_is_set_to_review(tmp_path, scanner):
    outcome = run(example(tmp_path), fail_on="review")
    assert outcome.verdict is Verdict.FAILED
    assert {f.code for f in outcome.findings if f.severity is Severity.ERROR} == {"LIC003", "LIC010"}


def test_a_denied_license_fails_by_default_and_not_for_another_use(tmp_path, scanner):
    licensing = {
        **SPEC["licensing"],
        "claims": {"weights": [{"license": "CC-BY-NC-4.0", "source": "https://x.example"}]},
    }
    root = example(tmp_path, licensing=licensing)
    assert run(root).verdict is Verdict.FAILED
    assert run(root).facts.verdict == "deny"
    research = run(root, use_case="research")
    assert (research.verdict, rulings(research)["weights"]) == (Verdict.PASSED, "allow")


def test_the_license_of_the_code_does_not_license_the_weights(tmp_path, scanner):
    licensing = {
        **SPEC["licensing"],
        "claims": {"weights": [{"license": "Apache-2.0", "source": "sources/coco-ssd/LICENSE"}]},
    }
    assert rulings(run(example(tmp_path, licensing=licensing)))["weights"] == "review"


def test_a_license_of_the_model_inside_the_source_speaks_for_the_weights(tmp_path, scanner):
    root = example(tmp_path, {f"{SOURCE}/LICENSE-MODEL": "SPDX-License-Identifier: CC-BY-NC-4.0\n"})
    outcome = run(root)
    assert (rulings(outcome)["weights"], rulings(outcome)["code"]) == ("deny", "allow")


def test_a_sample_with_a_placeholder_for_a_license_is_reviewed(tmp_path, scanner):
    samples = [{"path": "a.png", "license": "Custom", "credit": "someone", **FILE}]
    assert rulings(run(example(tmp_path, samples=samples)))["samples"] == "review"


def test_a_claim_that_the_tree_contradicts_is_a_finding_at_the_text(tmp_path, scanner):
    claims = {"code": [{"license": "MIT", "source": "https://x.example"}]}
    outcome = run(example(tmp_path, licensing={**SPEC["licensing"], "claims": claims}))
    assert rulings(outcome)["code"] == "review"
    assert any(f.code == "LIC006" and f.place.line == 3 for f in outcome.findings)


def test_lock_files_and_installed_packages_decide_nothing(tmp_path, scanner):
    scanner.recorded["reference/package-lock.json"] = detected(
        "reference/package-lock.json", "GPL-3.0-only", 100.0, 1
    )
    outcome = run(example(tmp_path))
    assert not any(path.startswith("reference/node_modules") for path in scanner.asked)
    assert rulings(outcome)["scripts"] == "allow"
    slots = outcome.facts.slots
    assert "GPL-3.0-only" not in (slots[Slot.SCRIPTS].concluded or "")
    told = {slot: [one.path for one in judged.differs] for slot, judged in slots.items() if judged.differs}
    assert told == {Slot.SCRIPTS: ["reference/package-lock.json"]}


def test_folders_of_scripts_are_read_too(tmp_path, scanner):
    more = {f"reference/{name}/a.py": "" for name in ("src", "net", "note", "lib/deep")}
    run(example(tmp_path, more))
    assert {f"reference/{name}/a.py" for name in ("src", "net", "note", "lib/deep")} <= set(scanner.asked)


def test_the_report_has_the_promised_shape_and_no_absolute_path(tmp_path, scanner):
    root = example(tmp_path)
    assert {REPORT, "reports/license.html", "reports/license.cdx.json", "reports/NOTICE"} <= set(
        run(root).outputs
    )
    text = (root / "staging" / REPORT).read_text(encoding="utf-8")
    report = json.loads(text)
    assert report["schema"] == "maxctl/scan-license/1"
    assert list(report["slots"]) == ["code", "weights", "data", "scripts", "samples"]
    assert {"verdict", "concluded", "confidence", "claims", "evidence", "conflicts"} <= report["slots"][
        "code"
    ].keys()
    assert {"path", "line", "text"} <= report["slots"]["code"]["evidence"][0].keys()
    assert report["slots"]["data"]["datasets"][0]["id"] == "coco"
    assert {"use_case", "verdict", "obligations", "findings"} <= report.keys()
    assert {"path", "sha256", "licenses", "copyrights"} == report["files"][0].keys()
    assert str(tmp_path) not in text
    run(root)
    assert (root / "staging" / REPORT).read_text(encoding="utf-8") == text


def test_a_policy_of_the_project_s_own_decides(tmp_path, scanner):
    strict = policy_text().replace("    commercial: allow", "    commercial: deny", 1)
    licensing = {**SPEC["licensing"], "policy": "licenses/strict.yaml"}
    outcome = run(example(tmp_path, {"licenses/strict.yaml": strict}, licensing=licensing))
    assert rulings(outcome)["code"] == "deny"
    assert outcome.facts.policy != run(example(tmp_path / "other")).facts.policy


def test_a_policy_elsewhere_or_missing_is_refused_with_the_mend(tmp_path, scanner):
    with pytest.raises(SpecError) as elsewhere:
        run(example(tmp_path / "a", licensing={"policy": "my/policy.yaml"}))
    assert "licenses/policy.yaml" in elsewhere.value.hint
    with pytest.raises(PolicyError, match=r"there is no policy licenses/none\.yaml"):
        run(example(tmp_path / "b", licensing={"policy": "licenses/none.yaml"}))


def test_the_number_of_processes_is_not_part_of_the_key():
    assert ScanLicense.Options(jobs=7).model_dump() == ScanLicense.Options(jobs=1).model_dump()


def test_the_knowledge_that_ships_is_part_of_the_key():
    assert ScanLicense().tools()["license-data"].startswith("sha256:")


def test_every_code_of_a_reason_is_explained():
    from maxctl.policy.why import Why

    assert {why.value for why in Why} <= {code.code for code in ScanLicense.codes}
    assert len({code.code for code in ScanLicense.codes}) == len(ScanLicense.codes)


def detected(path, expression, score, line):
    return ScannedFile(path, expression, (Found(expression, score, line, line, "text"),), ())


def test_a_package_s_own_line_does_not_confirm_itself(tmp_path, scanner):
    scanner.recorded = {"package.json": detected("package.json", "MIT", 100.0, 2)}
    root = write_tree(tmp_path / "repo", {"package.json": '{\n  "license": "MIT"\n}\n', "a.js": ""})
    code = on_path(root).facts.slots[Slot.CODE]
    assert (code.verdict, code.confidence, code.evidence) == ("allow", "medium", ())


def test_a_guess_of_the_scanner_is_no_evidence(tmp_path, scanner):
    scanner.recorded = {"LICENSE": detected("LICENSE", "MIT", 15.0, 1)}
    assert (
        rulings(on_path(write_tree(tmp_path / "repo", {"LICENSE": "see below", "a.py": ""})))["code"]
        == "review"
    )


def test_any_folder_is_judged_by_what_stands_where(tmp_path, scanner):
    root = write_tree(tmp_path / "repo", {
        "LICENSE": "SPDX-License-Identifier: MIT\n", "src/a.py": "", "tools/b.sh": "", "best.onnx": b"\x00",
        "examples/cat.jpg": b"\x00", "node_modules/x/LICENSE": "SPDX-License-Identifier: GPL-3.0-only\n",
    })  # fmt: skip
    outcome = on_path(root)
    assert rulings(outcome) == {
        "code": "allow", "weights": "review", "data": "review", "scripts": "allow", "samples": "review",
    }  # fmt: skip
    assert outcome.outputs == ()
    assert scanner.asked == ["LICENSE", "best.onnx", "examples/cat.jpg", "src/a.py", "tools/b.sh"]


def test_a_silent_folder_is_never_allowed(tmp_path, scanner):
    assert rulings(on_path(write_tree(tmp_path / "repo", {"a.py": "", "b.py": ""})))["code"] == "review"


def test_what_cannot_be_looked_into_keeps_the_folder_at_review(tmp_path, scanner):
    files = {"LICENSE": "SPDX-License-Identifier: MIT\n", "a.py": "", "vendor.zip": b"PK"}
    outcome = on_path(write_tree(tmp_path / "repo", files))
    assert rulings(outcome)["code"] == "review"
    assert [str(f.place) for f in outcome.findings if f.code == "LIC012"] == ["vendor.zip"]


def test_a_name_that_is_no_text_and_a_broken_link_are_findings(tmp_path, scanner):
    root = write_tree(tmp_path / "repo", {"LICENSE": "SPDX-License-Identifier: MIT\n"})
    (root / "gone").symlink_to("nowhere")
    Path(str(root) + "/bad\udcff.py").write_text("x")
    found = [f for f in on_path(root).findings if f.code == "LIC012"]
    assert len(found) == 2
    json.dumps([f.message for f in found]).encode()


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="there is no"):
        on_path(tmp_path / "none")
