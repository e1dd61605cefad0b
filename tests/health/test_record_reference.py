"""The research code's command: set up once, asked in a copy, its answers read with distrust."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from maxctl.core.errors import StageError, ToolMissingError
from maxctl.core.progress import Silent
from maxctl.core.spec import Reference
from maxctl.health import reference
from maxctl.health.reference_answers import NoReferenceError, read
from tests.golden.suites import CAT
from tests.projects import write_tree

TASK = "object-detection"
STARTED = '{"event": "started", "versions": {"toy": "1.0"}}'
GOOD = json.dumps({"id": "one", "response": CAT})
REQUEST = {
    "sources": {},
    "artifacts": "/",
    "labels": "/",
    "cases": [{"id": "one", "input": "x", "parameters": {}}],
}


class Heard(Silent):
    """Remembers the progress that was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float, float | None]] = []

    def advance(self, label: str, done: float, total: float | None) -> None:
        self.told.append((label, done, total))


def spec(*command: str, setup: tuple[tuple[str, ...], ...] = (), **more: Any) -> Reference:
    return Reference(setup=setup, command=command or ("python", "ask.py"), lock="lock.txt", **more)


def files(root: Path, **content: str) -> dict[str, Path]:
    tree = write_tree(root / "reference", {"lock.txt": "", **{f"{k}.py": v for k, v in content.items()}})
    return {path.name: path for path in tree.iterdir()}


def ask(tmp_path: Path, program: str, progress: Silent | None = None, **more: Any) -> reference.Answers:
    told, listener = spec(**more), progress or Silent()
    folder = reference.ready(told, files(tmp_path, ask=program), tmp_path / "cache", listener)
    return reference.ask(told, folder, REQUEST, TASK, listener)


def writes(*lines: str, then: str = "") -> str:
    text = "".join(f"{line}\n" for line in lines)
    return f"import os, sys\nopen(os.environ['MAXCTL_RESPONSE'], 'a').write({text!r})\n{then}"


def test_versions_and_answers_come_back(tmp_path: Path) -> None:
    heard = Heard()
    answers = ask(tmp_path, writes(STARTED, GOOD), heard)
    assert (answers.versions, answers.responses) == ({"toy": "1.0"}, {"one": CAT})
    assert heard.told[-1] == ("asking the research code", 1, 1)


def test_setup_runs_once_for_the_same_files_and_again_for_others(tmp_path: Path) -> None:
    count = tmp_path / "count"
    told = spec(setup=(("python", "-c", f"open({str(count)!r}, 'a').write('x')"),))
    first = reference.ready(told, files(tmp_path, ask="1"), tmp_path / "cache", Silent())
    again = reference.ready(told, files(tmp_path, ask="1"), tmp_path / "cache", Silent())
    assert (first, count.read_text()) == (again, "x")
    other = reference.ready(told, files(tmp_path, ask="2"), tmp_path / "cache", Silent())
    assert (other != first, count.read_text()) == (True, "xx")


def test_what_setup_writes_never_lands_in_the_project(tmp_path: Path) -> None:
    told = spec(setup=(("python", "-c", "import os; os.mkdir('node_modules')"),))
    folder = reference.ready(told, files(tmp_path), tmp_path / "cache", Silent())
    assert (folder / "node_modules").is_dir()
    assert not (tmp_path / "reference/node_modules").exists()


def test_a_setup_that_failed_is_tried_again(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    told = spec(
        setup=(("python", "-c", f"import sys; sys.exit(not __import__('os').path.exists({str(flag)!r}))"),)
    )
    with pytest.raises(StageError, match="setting up the reference failed: `python -c"):
        reference.ready(told, files(tmp_path), tmp_path / "cache", Silent())
    flag.touch()
    assert reference.ready(told, files(tmp_path), tmp_path / "cache", Silent()).is_dir()


def test_a_missing_program_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(ToolMissingError) as caught:
        reference.ready(spec("node", "x.mjs"), files(tmp_path), tmp_path / "cache", Silent())
    assert caught.value.hint == "apt-get install nodejs npm"
    assert not (tmp_path / "cache").exists(), "nothing was begun"


def test_a_command_that_fails_tells_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(
        NoReferenceError, match=r"the reference command failed: .*exit code 3:\nno such layer"
    ):
        ask(tmp_path, writes(STARTED, then="sys.stderr.write('no such layer'); sys.exit(3)"))


def test_a_command_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(NoReferenceError, match="ran for more than 1 s"):
        ask(tmp_path, "import time; time.sleep(60)", timeout_seconds=1)
    assert time.monotonic() - begun < 20


def test_a_missing_answer_names_the_case(tmp_path: Path) -> None:
    with pytest.raises(NoReferenceError, match=r"gave no answer to one \(it said: skipped it\)"):
        ask(tmp_path, writes(STARTED, then="sys.stderr.write('skipped it')"))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([GOOD], "did not say what it is"),
        ([STARTED, '{"id": "one"'], "line 2 of the reference's answer is not JSON"),
        ([STARTED, "[1]"], "line 2 of the reference's answer is not an object"),
        ([STARTED, '{"id": "two", "response": {}}'], "answers the case 'two', which was not asked"),
        ([STARTED, '{"id": ["one"], "response": {}}'], "which was not asked"),
        ([STARTED, GOOD, GOOD], "line 3 of the reference's answer answers the case one again"),
        ([STARTED, '{"id": "one", "response": {"status": "ok"}}'], "case one: the answer has no list"),
        ([STARTED, '{"id": "one"}'], 'case one: the answer must be an object with "status": "ok"'),
        (
            [STARTED, '{"id": "one", "response": {"status": "ok", "predictions": [{"label": "a"}]}}'],
            "predictions[0].label_id must be text, not missing",
        ),
        (['{"event": "started", "versions": ["1"]}'], "`versions` must be an object of texts"),
    ],
)
def test_an_answer_that_is_none_is_refused_by_its_line(lines: list[str], words: str) -> None:
    with pytest.raises(NoReferenceError) as caught:
        read("\n".join(lines).encode(), ["one"], TASK)
    assert words in caught.value.message
    assert "reference.py says" in str(caught.value.hint)
