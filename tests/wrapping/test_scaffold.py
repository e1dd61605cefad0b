from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from maxctl.core import digest
from maxctl.core.errors import StageError
from maxctl.core.stage import Verdict
from maxctl.wrapping import service_files
from maxctl.wrapping.service_files import serving_folder
from tests import projects
from tests.wrapping.small_project import ANSWER, SmallProject, codes

BESIDE = Path(sys.executable).parent
TREE = [
    ".dockerignore",
    ".github/workflows/ci.yaml",
    ".gitignore",
    ".maxctl.json",
    "Dockerfile",
    "LICENSE",
    "NOTICE",
    "README.md",
    "artifact.json",
    "artifact.py",
    "assets/labels.json",
    "assets/licenses/research/LICENSE",
    "assets/model.tflite",
    "deploy/kubernetes.yaml",
    "healthcheck.py",
    "pyproject.toml",
    "requirements-test.in",
    "requirements-test.txt",
    "requirements.in",
    "requirements.txt",
    "samples/README.md",
    "samples/cup.png",
    "service.json",
    "tests/cases.json",
    "tests/golden/cases/cup/expected.json",
    "tests/golden/cases/cup/input.png",
    "tests/golden/golden.yaml",
    "tests/test_service.py",
]


def tool(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BESIDE / command[0]), *command[1:]], cwd=cwd, capture_output=True, text=True, timeout=120
    )


def files(project: SmallProject) -> dict[str, bytes]:
    return {
        path.relative_to(project.service).as_posix(): path.read_bytes()
        for path in digest.walk(project.service)
    }


def test_a_service_has_exactly_these_files(project):
    outcome = project.scaffold()
    assert (outcome.verdict, outcome.findings) == (Verdict.PASSED, ())
    copied = {f"serving/{p.relative_to(serving_folder()).as_posix()}" for p in digest.walk(serving_folder())}
    copied |= {"serving/LICENSE", "serving/VERSION", "serving/DIGESTS"}
    assert sorted(files(project)) == sorted({*TREE, *copied})
    assert outcome.facts.files == len(files(project)) - 4  # without the assets and .maxctl.json


def test_the_same_project_gives_the_same_service_anywhere(make):
    trees = []
    for name in ("one", "two"):
        project = make(name)
        project.scaffold()
        trees.append(digest.of_tree(project.service))
    assert trees[0] == trees[1]


def test_the_serving_code_is_copied_byte_for_byte_and_its_digests_hold(project):
    project.scaffold()
    for path in digest.walk(serving_folder()):
        assert (
            project.service / "serving" / path.relative_to(serving_folder())
        ).read_bytes() == path.read_bytes()
    checked = subprocess.run(
        ["sha256sum", "--check", "--strict", "DIGESTS"], cwd=project.service / "serving", capture_output=True
    )
    assert checked.returncode == 0, checked.stderr
    assert len(checked.stdout.splitlines()) == len(list(digest.walk(project.service / "serving"))) - 1


def test_the_configuration_is_one_that_the_service_takes(project):
    project.scaffold()
    code = "import sys; sys.path.insert(0, '.'); from pathlib import Path; from serving import config;"
    code += "print(config.load(Path('service.json')).engine.sha256)"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=project.service,
        env=environment,
        capture_output=True,
        text=True,
    )
    model = (project.service / "assets/model.tflite").read_bytes()
    assert run.stdout.strip() == hashlib.sha256(model).hexdigest(), run.stderr


def test_the_requirements_are_locked_by_hash_and_hold_no_tensorflow_and_no_index(project):
    project.scaffold()
    text = (project.service / "requirements.txt").read_text()
    entries = re.findall(r"^([a-z0-9-]+)==.*\n(    --hash=sha256:[0-9a-f]{64})?", text, re.MULTILINE)
    assert {"ai-edge-litert", "fastapi", "uvicorn", "numpy", "pillow"} <= {name for name, _ in entries}
    assert all(hashed for _, hashed in entries)
    assert "tensorflow" not in text
    assert "index-url" not in text
    assert "://" not in text


def test_a_tensorflow_service_gets_tensorflow_and_the_saved_model(make):
    project = make(inference={**projects.spec()["inference"], "engine": "tensorflow"})
    outcome = project.scaffold()
    assert outcome.facts.model == "assets/saved_model"
    assert (project.service / "assets/saved_model/variables/variables.index").read_bytes() == b"index"
    assert "tensorflow-cpu==" in (project.service / "requirements.txt").read_text()
    configured = json.loads((project.service / "service.json").read_text())["engine"]
    tree = digest.of_tree(project.service / "assets/saved_model")
    assert configured["sha256"].removeprefix("sha256:") == tree.removeprefix("sha256:")


def test_the_readme_shows_a_real_question_and_its_real_answer(project):
    project.scaffold()
    readme = (project.service / "README.md").read_text()
    assert "curl -F image=@samples/cup.png 'http://localhost:5000/model/predict?threshold=0.5'" in readme
    assert (project.service / "samples/cup.png").is_file()
    assert json.loads(re.search(r"```json\n(.*?)```", readme, re.DOTALL)[1]) == ANSWER


def test_the_readme_names_every_variable_that_the_service_reads(project):
    from maxctl.serving import settings

    project.scaffold()
    read = set(re.findall(r"^\| ([A-Z_]+) \|", settings.__doc__ or "", re.MULTILINE))
    named = set(re.findall(r"^\| `([A-Z_]+)` \|", (project.service / "README.md").read_text(), re.MULTILINE))
    assert len(read) >= 8
    assert named == read


def test_licenses_are_told_as_judged(project):
    project.scaffold()
    readme = (project.service / "README.md").read_text()
    assert "| Model code (third party) | Apache-2.0 | allow | <https://example.org/LICENSE> |" in readme
    assert r"| Model weights | not stated | review |  | nothing is \| stated |" in readme
    assert "keep the NOTICE" in readme
    assert "Scripts" not in readme  # there are none
    assert "assets/licenses/research/LICENSE" in (project.service / "NOTICE").read_text()


def test_another_license_has_no_text_and_says_so(make):
    project = make(license="MIT")
    outcome = project.scaffold()
    assert codes(outcome) == ["SCF005"]
    assert outcome.verdict is Verdict.PASSED
    assert not (project.service / "LICENSE").exists()


def test_without_goldens_the_tests_have_none_and_the_finding_names_the_mend(project):
    shutil.rmtree(project.root / "golden")
    outcome = project.scaffold()
    assert codes(outcome) == ["SCF004"]
    assert outcome.findings[0].remedy.startswith("maxctl record")
    assert json.loads((project.service / "tests/cases.json").read_text())["cases"] == []
    assert "curl" not in (project.service / "README.md").read_text()


def test_the_kubernetes_file_is_valid_and_strict(project):
    project.scaffold()
    checked = tool("kubernetes-validate", "--strict", "deploy/kubernetes.yaml", cwd=project.service)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    text = (project.service / "deploy/kubernetes.yaml").read_text()
    deployment, service = yaml.safe_load_all(text)
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    assert re.fullmatch(r"[^:]+@sha256:[0-9a-f]{64}", container["image"])
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["resources"]["limits"] == {"memory": "512Mi", "cpu": "2"}
    assert service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
    assert ":latest" not in text


def test_the_workflow_is_valid_and_its_actions_are_pinned(project):
    project.scaffold()
    path = ".github/workflows/ci.yaml"
    checked = tool(
        "check-jsonschema", "--builtin-schema", "vendor.github-workflows", path, cwd=project.service
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    uses = re.findall(r"uses: (\S+)", (project.service / path).read_text())
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in uses)


def test_the_dockerfile_is_clean(project):
    project.scaffold()
    checked = tool("hadolint", "Dockerfile", cwd=project.service)
    assert checked.returncode == 0, checked.stdout
    text = (project.service / "Dockerfile").read_text()
    assert text.index("--require-hashes") < text.index("python3 artifact.py assets")
    assert "USER 10001" in text
    assert 'CMD ["python", "-m", "serving", "serve"]' in text


def test_the_generated_code_is_lint_clean_and_formatted(project):
    project.scaffold()
    for command in (("check",), ("format", "--check")):
        checked = tool("ruff", *command, "--no-cache", ".", cwd=project.service)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_tampered_archive_never_reaches_the_service(project):
    from maxctl.core.errors import DigestError
    from maxctl.wrapping.package import Package

    project.run(Package())
    archive = next((project.root / ".maxctl/out/package").iterdir())
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(DigestError, match="was recorded"):
        project.scaffold()
    assert not project.service.exists()


def test_a_template_of_the_project_stands_in_for_the_shipped_one(project):
    own = project.root / "templates/service"
    own.mkdir(parents=True)
    (own / "NOTICE.jinja").write_text("ours: {{ model.id }}\n")
    (own / "EXTRA.txt").write_text("{{ not rendered }}")
    project.scaffold()
    assert (project.service / "NOTICE").read_text() == "ours: tiny-detector\n"
    assert (project.service / "EXTRA.txt").read_text() == "{{ not rendered }}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ nothing_of_that_name }}", "NOTICE.jinja"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% if %}", "NOTICE.jinja:1"),
    ],
)
def test_a_bad_template_is_named(project, text, words):
    own = project.root / "templates/service"
    own.mkdir(parents=True)
    (own / "NOTICE.jinja").write_text(text)
    with pytest.raises(StageError, match=words):
        project.scaffold()


@pytest.mark.parametrize("engine", ["litert", "onnxruntime", "openvino", "tensorflow"])
@pytest.mark.parametrize(
    ("kind", "package"), [("image", "pillow"), ("audio", "soundfile"), ("text", "tokenizers")]
)
def test_a_service_installs_what_its_engine_and_its_kind_of_input_need_each_package_once(
    engine: str, kind: str, package: str
):
    files = service_files.requirements(engine, kind)
    locked = re.findall(
        r"^([a-z0-9-]+)==\S+(?: ;([^\\]*))?", files["requirements.txt"].decode(), re.MULTILINE
    )
    names = [name for name, _ in locked]
    assert package in names
    assert all(marker for name, marker in locked if names.count(name) > 1)
    assert f"\n{package}>=" in files["requirements.in"].decode()
