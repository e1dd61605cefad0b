from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from maxctl.core import quoting
from tests.wrapping.small_project import SmallProject

HOSTILE = [
    "{{ 7 * 7 }} {% raw %} ${{ secrets.TOKEN }}",
    "quotes \" and ' and ` and \\ and $HOME ${PATH} $(id)",
    "two\nRUN curl evil\n\nUSER root",
    "</script><script>alert(1)</script> <!-- x -->",
    "- a: &b *c !!python/object | > % @ ` # comment",
    "yes",
    "# heading [link](javascript:alert(1)) | cell | **bold** ```\n```sh",
    "\u202emoc.live\u2028next\u0085line\x7f\x9b emoji 😀 ﬁ",
    "---\napiVersion: v1\nkind: Secret",
    "1. one",
    "\\",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
MARKDOWN = MarkdownIt("commonmark").enable("table")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    project = SmallProject(folder / "project", folder / "cache")
    project.scaffold()
    return project


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_spec_breaks_out_of_a_generated_file(make, plain, text):
    hostile = make(
        "hostile", name=text, description=text, type=text, domain=text, authors=[text, "b"], license=text,
        source=text, service={"title": text, "image": "registry.example.org/" + repository(text)},
    )  # fmt: skip
    hostile.scaffold()
    service = hostile.service
    assert instructions(service / "Dockerfile") == [
        *instructions(plain.service / "Dockerfile"), "LABEL-authors",
    ]  # fmt: skip
    assert len((service / "Dockerfile").read_text().splitlines()) == 1 + len(
        (plain.service / "Dockerfile").read_text().splitlines()
    )
    deployment, _ = documents(service / "deploy/kubernetes.yaml")
    assert shape(deployment) == shape(documents(plain.service / "deploy/kubernetes.yaml")[0])
    assert deployment["metadata"]["annotations"]["maxctl/description"] == text.strip()
    assert (service / ".github/workflows/ci.yaml").read_bytes() == (
        plain.service / ".github/workflows/ci.yaml"
    ).read_bytes()
    assert json.loads((service / "service.json").read_text())["metadata"]["description"] == text.strip()
    assert headings(service / "README.md")[1:] == headings(plain.service / "README.md")[1:]
    linted = subprocess.run(
        [str(Path(sys.executable).parent / "hadolint"), "Dockerfile"],
        cwd=service,
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout


def repository(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", quoting.file_name(text).lower()).strip("-")


def instructions(path: Path) -> list[str]:
    lines = path.read_text().splitlines()
    found = [line.split()[0] for line in lines if re.match(r"[A-Z]", line)]
    return found + [f"LABEL-{n}" for n in ("authors",) if any(f"image.{n}=" in line for line in lines)]


def documents(path: Path) -> list[dict]:
    return list(yaml.safe_load_all(path.read_text()))


def shape(value):
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


def headings(path: Path) -> list[str]:
    tokens = MARKDOWN.parse(path.read_text())
    assert not any(token.type == "html_block" for token in tokens)
    return [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]


@given(TEXT)
def test_a_yaml_text_reads_back_as_itself(text):
    assert yaml.safe_load(f"key: {quoting.yaml_text(text)}\nnext: 1\n") == {"key": text, "next": 1}


@given(TEXT)
def test_a_dockerfile_text_is_one_word_on_one_line(text):
    quoted = quoting.dockerfile_text(text)
    assert "\n" not in quoted
    assert len(quoted.splitlines()) == 1
    assert not re.search(r"(?<!\\)(\\\\)*\$", quoted)  # no variable
    assert re.sub(r"\\([\"$])", r"\1", quoted[1:-1]) == quoting.one_line(text).replace("\\", "/")
    assert re.fullmatch(r'"([^"\\]|\\.)*"', quoted)


@given(TEXT)
def test_markdown_reads_back_as_the_plain_words(text):
    tokens = MARKDOWN.parse(quoting.markdown(text))
    line = quoting.one_line(text)
    assert [t.type for t in tokens] == (["paragraph_open", "inline", "paragraph_close"] if line else [])
    if line:
        assert {child.type for child in tokens[1].children} <= {"text", "text_special"}
        assert "".join(child.content for child in tokens[1].children) == line


@given(TEXT)
def test_markdown_stays_in_its_cell(text):
    tokens = MARKDOWN.parse(f"| a | b |\n| --- | --- |\n| {quoting.markdown(text)} | end |\n")
    cells = [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 2
    assert cells[1] == "end"


@given(TEXT)
def test_a_shell_word_is_one_word(text):
    assert shlex.split(quoting.shell_word(text)) == [quoting.one_line(text)]


@given(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True))
def test_a_dns_name_is_one_that_kubernetes_takes(name):
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", quoting.dns_name(name))


@given(TEXT)
def test_a_file_name_is_plain(text):
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", quoting.file_name(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://example.org/a?b=c#d", "<https://example.org/a?b=c#d>"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("https://example.org/> <b>", r"https://example.org/\> \<b\>"),
    ],
)
def test_only_a_web_address_becomes_a_link(text, shown):
    assert quoting.link(text) == shown
