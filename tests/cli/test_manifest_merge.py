"""`maxctl manifest merge`, as the job that joins others calls it."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Maxctl
from tests.projects import project, write_tree

PLAN = """
schema_version: 1
name: quick
description: two branches behind a first step
steps:
  - uses: count-words
  - uses: summarise
  - uses: count-words
    id: count-again
    with: {report: reports/again.txt}
  - uses: nap
    with: {seconds: 0.01}
"""
Job = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path / "words", {"notes/a.txt": "one two three", "pipelines/quick.yaml": PLAN})


@pytest.fixture
def job(root: Path, tmp_path: Path, maxctl: Maxctl) -> Job:
    """Run steps in a copy of the project, as a job on another machine; returns its manifest."""

    def run(name: str, *steps: str, notes: str = "one two three") -> Path:
        copy = tmp_path / name
        if not copy.exists():
            shutil.copytree(root, copy)
        write_tree(copy, {"notes/a.txt": notes})
        finished = maxctl("run", "quick", *(f"--only={step}" for step in steps), cwd=copy)
        assert finished.returncode == 0, finished.stderr
        return copy / "manifest.yaml"

    return run


def told(finished: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def test_the_records_of_parallel_jobs_become_that_of_a_single_run(
    root: Path, job: Job, maxctl: Maxctl
) -> None:
    one, two, whole = job("one", "count-words", "summarise"), job("two", "count-again"), job("whole")
    for path in (".maxctl/out", "reports"):  # what the jobs handed over
        for name in (one, two):
            if (name.parent / path).exists():
                shutil.copytree(name.parent / path, root / path, dirs_exist_ok=True)
    finished = maxctl("manifest", "merge", "../one/manifest.yaml", "../two/manifest.yaml",
                      "--pipeline", "quick", cwd=root)  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    lines = [line.split() for line in finished.stdout.splitlines()]
    assert lines[1:4] == [
        ["count-words", "../one/manifest.yaml", "fresh"],
        ["summarise", "../one/manifest.yaml", "fresh"],
        ["count-again", "../two/manifest.yaml", "fresh"],
    ]
    assert "tiny-detector: 3 steps, all of them hold" in finished.stdout
    assert "in no manifest: nap; `maxctl run quick` makes them" in finished.stdout
    assert maxctl("run", "quick", cwd=root).returncode == 0
    assert (root / "manifest.yaml").read_bytes() == whole.read_bytes()
    assert maxctl("status", "quick", "--verify", cwd=root).returncode == 0


def test_the_order_of_the_files_does_not_matter(root: Path, job: Job, maxctl: Maxctl, tmp_path: Path) -> None:
    old = job("one", "count-words", "summarise", notes="of another day")
    files = [old, job("two", "count-again"), job("three", "count-words", "count-again")]
    joined = set()
    for some in permutations(files):
        finished = maxctl("manifest", "merge", *map(str, some), "-o", "out/joined.yaml", cwd=root)
        assert finished.returncode == 0, finished.stderr
        joined.add((root / "out/joined.yaml").read_bytes())
    assert len(joined) == 1 and not (root / "manifest.yaml").exists()


def test_the_result_that_holds_here_wins_over_a_stale_one(root: Path, job: Job, maxctl: Maxctl) -> None:
    old = job("old", "count-words", "summarise", notes="of another day")
    new = job("new", "count-words")
    finished = maxctl("manifest", "merge", str(old), str(new), "-f", "json", "--pipeline", "quick", cwd=root)
    assert finished.returncode == 0, finished.stderr
    count, summarise = told(finished)["steps"]
    assert (count["from"], count["instead_of"]) == ([str(new)], [str(old)])
    # its words are the same three, so that what hangs on them still holds: only outputs are elsewhere
    assert count["state"] == summarise["state"] == "changed" or summarise["reason"].startswith("count-words")


def test_a_record_whose_needs_moved_is_told_as_stale_with_the_next_command(
    root: Path, job: Job, maxctl: Maxctl
) -> None:
    old = job("old", "count-words", "summarise", notes="only two")
    new = job("new", "count-words")
    shutil.copytree(new.parent / "reports", root / "reports")
    finished = maxctl("manifest", "merge", str(old), str(new), "--pipeline", "quick", cwd=root)
    assert finished.returncode == 0
    (line,) = [line for line in finished.stdout.splitlines() if line.startswith("summarise")]
    assert "stale" in line and "changed since: the result of count-words" in line
    assert "2 steps, 1 of them do not hold here; `maxctl run quick` makes them anew" in finished.stdout


def test_outputs_of_another_job_are_not_needed_and_their_lack_is_told(
    root: Path, job: Job, maxctl: Maxctl
) -> None:
    finished = maxctl("manifest", "merge", str(job("one", "count-words")), cwd=root)
    assert finished.returncode == 0
    assert "reports/words.txt is gone" in finished.stdout and "unpack its artifacts here" in finished.stdout


def test_two_different_results_that_hold_are_a_conflict_and_nothing_is_written(
    root: Path, job: Job, maxctl: Maxctl
) -> None:
    one = job("one", "count-words")
    two = root.parent / "two.yaml"
    two.write_text(one.read_text().replace("words: 3", "words: 4"))
    for format_ in ("table", "json"):
        finished = maxctl("manifest", "merge", str(one), str(two), "-f", format_, cwd=root)
        assert finished.returncode == 1 and not (root / "manifest.yaml").exists()
        if format_ == "json":
            (conflict,) = told(finished)["conflicts"]
            assert conflict["step"] == "count-words" and conflict["fresh"] is True
            assert conflict["differs"] == [{"part": "result.facts", "what": "words"}]
            assert sorted(side["from"] for side in conflict["sides"]) == [[str(one)], [str(two)]]
        else:
            assert "count-words: 2 different results that hold" in finished.stdout
            assert str(one) in finished.stdout and str(two) in finished.stdout
            assert "differs: the fact words" in finished.stdout and "nothing was written" in finished.stdout


def test_results_that_only_a_missing_step_can_decide_wait_for_it(
    root: Path, job: Job, maxctl: Maxctl
) -> None:
    files = []
    for name, notes in (("one", "one two three"), ("two", "only two")):
        manifest = job(name, "count-words", "summarise", notes=notes)
        text = manifest.read_text()
        cut = text.index("  count-words:"), text.index("  summarise:")
        manifest.write_text(text[: cut[0]] + text[cut[1] :])
        files.append(str(manifest))
    finished = maxctl("manifest", "merge", *files, "--pipeline", "quick", cwd=root)
    assert finished.returncode == 1 and "of which none holds yet" in finished.stdout
    assert (
        "`maxctl run quick --until summarise` makes it in this project (it waits for count-words)"
        in finished.stdout
    )
    assert maxctl("run", "quick", "--until", "summarise", cwd=root).returncode == 0
    assert maxctl("manifest", "merge", *files, "--pipeline", "quick", cwd=root).returncode == 0


def test_what_the_project_has_recorded_is_joined_too_but_not_into_another_file(
    root: Path, job: Job, maxctl: Maxctl
) -> None:
    one = job("one", "count-words")
    maxctl("run", "quick", "--only", "count-again", cwd=root)
    own = (root / "manifest.yaml").read_bytes()
    maxctl("manifest", "merge", str(one), "--output", "joined.yaml", cwd=root)
    assert (root / "joined.yaml").read_bytes() == one.read_bytes() and (
        root / "manifest.yaml"
    ).read_bytes() == own
    finished = maxctl("manifest", "merge", str(one), "-f", "json", cwd=root)
    assert [step["from"] for step in told(finished)["steps"]] == [["manifest.yaml"], [str(one)]]


def test_names_count_from_where_the_user_is(root: Path, job: Job, maxctl: Maxctl, tmp_path: Path) -> None:
    job("one", "count-words")
    finished = maxctl(
        "manifest", "merge", "one/manifest.yaml", "-C", "words", "-o", "joined.yaml", cwd=tmp_path
    )
    assert finished.returncode == 0, finished.stderr
    assert (tmp_path / "joined.yaml").exists() and not (root / "joined.yaml").exists()


HEAD = "schema_version: 1\nmodel: tiny-detector\n"


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ([], 2, ["Missing argument"]),
        (["nope.yaml"], 2, ["there is no file nope.yaml", "from the job that made it"]),
        (["jobs"], 2, ["jobs is a folder", "jobs/manifest.yaml"]),
        (["good.yaml", "good.yaml"], 2, ["good.yaml is given twice", "each job once"]),
        (["good.yaml", "./jobs/../good.yaml"], 2, ["are the same file"]),
        (["model.yaml"], 3, ["model.yaml is no manifest"]),
        (["list.yaml"], 3, ["list.yaml is no manifest"]),
        (["cut.yaml"], 3, ["cut.yaml:4:", "from the job that made it"]),
        (["empty.yaml"], 3, ["empty.yaml", "the file is empty"]),
        (["binary.yaml"], 3, ["binary.yaml is not UTF-8 text"]),
        (["wrong.yaml"], 3, ["wrong.yaml:3:1: unknown key `stepps`; did you mean `steps`?"]),
        (["newer.yaml"], 3, ["newer.yaml has schema version 2", "pip install --upgrade maxctl"]),
        (
            ["other.yaml"],
            3,
            ["other.yaml is the record of `elsewhere`", "model.yaml describes `tiny-detector`"],
        ),
        (["other.yaml", "good.yaml", "newer.yaml"], 3, ["2 of 3 files", "other.yaml is", "newer.yaml has"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_file_that_cannot_be_joined_is_named_with_the_mend(
    root: Path, maxctl: Maxctl, files: list[str], code: int, words: list[str]
) -> None:
    write_tree(root, {
        "good.yaml": HEAD, "list.yaml": "- a\n", "cut.yaml": f"{HEAD}steps: {{\n", "empty.yaml": "",
        "binary.yaml": b"\xff\xfe", "wrong.yaml": f"{HEAD}stepps: {{}}\n", "jobs/x.txt": "",
        "newer.yaml": "schema_version: 2\nmodel: tiny-detector\nsteps: []\n",
        "other.yaml": "schema_version: 1\nmodel: elsewhere\n",
    })  # fmt: skip
    finished = maxctl("manifest", "merge", *files, cwd=root)
    assert finished.returncode == code, finished.stderr
    assert all(word in finished.stderr for word in words), finished.stderr
    assert "Traceback" not in finished.stderr and not (root / "manifest.yaml").exists()


def test_a_project_that_another_maxctl_works_on_is_not_written_to(
    root: Path, job: Job, maxctl: Maxctl
) -> None:
    one = job("one", "count-words")
    (root / ".maxctl").mkdir(exist_ok=True)
    with (root / ".maxctl/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        finished = maxctl("manifest", "merge", str(one), cwd=root)
    assert finished.returncode == 6 and not (root / "manifest.yaml").exists()


def test_an_output_that_is_no_file_is_refused(root: Path, job: Job, maxctl: Maxctl) -> None:
    finished = maxctl("manifest", "merge", str(job("one", "count-words")), "-o", "notes", cwd=root)
    assert finished.returncode == 2 and "is no file" in finished.stderr
