"""`maxctl run`, `status` and stage commands, as a user calls them, with a third party's stages."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Maxctl
from tests.projects import project

QUICK = """
schema_version: 1
name: quick
description: quick stages of a third party
steps:
  - uses: count-words
  - uses: summarise
  - uses: nap
    with: {seconds: 0.01}
"""


@pytest.fixture
def words(tmp_path: Path) -> Path:
    return project(tmp_path / "words", {"notes/a.txt": "one two three", "pipelines/quick.yaml": QUICK})


def actions(finished: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    return {step["step"]: step["action"] for step in json.loads(finished.stdout)["steps"]}


def manifest(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((folder / "manifest.yaml").read_text())
    return data


def test_a_third_partys_stage_gets_its_flags_runs_and_is_recorded(
    words: Path, maxctl: Maxctl, maxctl_process: Maxctl
) -> None:
    shown = maxctl("count-words", "--help", cwd=words)
    assert "--least" in shown.stdout and "Fewer words than this are an error." in shown.stdout
    assert "Count the words of the project's notes" in maxctl("--help").stdout
    ran = maxctl_process("count-words", "--least", "2", "--format", "json", cwd=words)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["steps"][0]["facts"] == {"words": 3, "name": "Tiny Detector"}
    record = manifest(words)["steps"]["count-words"]
    assert record["result"]["verdict"] == "passed"
    assert record["result"]["outputs"][0]["path"] == "reports/words.txt"


def test_a_second_run_takes_every_step_from_the_record(words: Path, maxctl: Maxctl) -> None:
    first = maxctl("run", "quick", "-f", "json", cwd=words)
    assert first.returncode == 0, first.stderr
    before = (words / "manifest.yaml").read_bytes()
    second = maxctl("run", "quick", "-f", "json", cwd=words)
    assert actions(first) == dict.fromkeys(["count-words", "summarise", "nap"], "ran")
    assert actions(second) == dict.fromkeys(["count-words", "summarise", "nap"], "recorded")
    assert (words / "manifest.yaml").read_bytes() == before


def test_the_same_inputs_give_the_same_record(tmp_path: Path, maxctl_process: Maxctl) -> None:
    for name in ("one", "two"):  # two processes, whose sets have different orders
        folder = project(tmp_path / name, {"notes/a.txt": "a b", "pipelines/quick.yaml": QUICK})
        assert maxctl_process("run", "quick", cwd=folder).returncode == 0
    assert (tmp_path / "one/manifest.yaml").read_bytes() == (tmp_path / "two/manifest.yaml").read_bytes()


def test_only_what_reads_a_changed_part_runs_again(words: Path, maxctl: Maxctl) -> None:
    maxctl("run", "quick", cwd=words)
    spec = words / "model.yaml"
    spec.write_text(spec.read_text().replace("Finds things.", "Finds all things."))
    assert set(actions(maxctl("run", "quick", "-f", "json", cwd=words)).values()) == {"recorded"}
    spec.write_text(spec.read_text().replace("name: Tiny Detector", "name: Small Detector"))
    # the counted words are the same, so what needs only the summary still holds
    assert actions(maxctl("run", "quick", "-f", "json", cwd=words)) == {
        "count-words": "ran",
        "summarise": "ran",
        "nap": "recorded",
    }


def test_status_notices_one_changed_byte_of_an_output(words: Path, maxctl: Maxctl) -> None:
    maxctl("run", "quick", cwd=words)
    assert maxctl("status", "quick", cwd=words).returncode == 0
    output = words / ".maxctl/out/summarise/7.txt"
    output.write_bytes(b"X" + output.read_bytes()[1:])
    finished = maxctl("status", "quick", "-f", "json", cwd=words)
    assert finished.returncode == 1
    states = {row["step"]: row["state"] for row in json.loads(finished.stdout)["steps"]}
    assert states == {"count-words": "fresh", "summarise": "changed", "nap": "stale"}
    assert set(actions(maxctl("run", "quick", "-f", "json", cwd=words)).items()) >= {("summarise", "ran")}
    assert maxctl("status", "quick", cwd=words).returncode == 0


def test_from_only_force_and_dry_run_choose_steps(words: Path, maxctl: Maxctl) -> None:
    planned = maxctl("run", "quick", "--dry-run", "-f", "json", cwd=words)
    assert set(actions(planned).values()) == {"would run"} and planned.returncode == 0
    assert not (words / "manifest.yaml").exists()
    maxctl("run", "quick", cwd=words)
    assert actions(maxctl("run", "quick", "--from", "summarise", "--force", "-f", "json", cwd=words)) == {
        "summarise": "ran",
        "nap": "ran",
    }
    assert actions(maxctl("run", "quick", "--only", "nap", "-f", "json", cwd=words)) == {"nap": "recorded"}
    unknown = maxctl("run", "quick", "--only", "nope", cwd=words)
    assert unknown.returncode == 2 and "its steps: count-words, summarise, nap" in unknown.stderr


def test_a_failure_stops_only_what_depends_on_it(words: Path, maxctl: Maxctl) -> None:
    text = QUICK.replace("uses: count-words", "uses: count-words\n    with: {least: 9}")
    (words / "pipelines/quick.yaml").write_text(
        text + "  - uses: count-words\n    id: count-again\n    with: {report: reports/again.txt}\n"
    )
    finished = maxctl("run", "quick", "-f", "json", cwd=words)
    assert finished.returncode == 1
    assert actions(finished) == {
        "count-words": "ran",
        "summarise": "blocked",
        "nap": "blocked",
        "count-again": "ran",
    }
    assert "WRD001" in maxctl("run", "quick", cwd=words).stdout


def test_nothing_to_do_is_skipped_by_name_and_does_not_block(words: Path, maxctl: Maxctl) -> None:
    (words / "notes/a.txt").unlink()
    (words / "pipelines/quick.yaml").write_text(QUICK.split("  - uses: summarise")[0])
    finished = maxctl("run", "quick", "-f", "json", cwd=words)
    (step,) = json.loads(finished.stdout)["steps"]
    assert (step["verdict"], step["skip"]) == ("skipped", "not-applicable")
    assert maxctl("status", "quick", cwd=words).returncode == 0


def test_a_pipeline_that_does_not_satisfy_needs_is_refused_before_anything_runs(
    words: Path, maxctl: Maxctl
) -> None:
    (words / "pipelines/quick.yaml").write_text(
        QUICK.replace("  - uses: count-words\n", "") + "  - uses: sumarise\n  - uses: nap\n    id: nap\n"
        "  - uses: count-words\n    with: {leest: 1}\n"
    )
    finished = maxctl("run", "quick", cwd=words)
    assert finished.returncode == 3
    assert "pipelines/quick.yaml:6:5: `summarise` needs `count-words`" in finished.stderr
    assert "there is no stage `sumarise`; did you mean `summarise`?" in finished.stderr
    assert "the step `nap` stands here twice" in finished.stderr
    assert "with.leest" in finished.stderr
    assert not (words / "manifest.yaml").exists()


def test_a_need_outside_the_pipeline_must_hold_too(words: Path, maxctl: Maxctl) -> None:
    gate = "schema_version: 1\nname: gate\ndescription: as ci has no record\nsteps:\n  - uses: nap\n"
    (words / "pipelines/gate.yaml").write_text(gate)
    early = maxctl("run", "gate", cwd=words)
    assert early.returncode == 3 and "`nap` needs `summarise`" in early.stderr
    maxctl("run", "quick", cwd=words)
    order = list(manifest(words)["steps"])
    assert maxctl("run", "gate", "--force", cwd=words).returncode == 0
    assert list(manifest(words)["steps"]) == order
    (words / ".maxctl/out/summarise/7.txt").write_text("forged")
    late = maxctl("run", "gate", "-f", "json", cwd=words)
    assert late.returncode == 1 and actions(late) == {"nap": "blocked"}
    assert "summarise, which is changed" in late.stdout and "`maxctl summarise` renews it" in late.stdout


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("uses: count-words\n    when: licencing", "the spec has no `licencing`; did you mean `licensing`?"),
        ("uses: count-words\n    wiht: {least: 1}", "did you mean `with`?"),
        ("uses: scaffold\n    with: {check: true}", "it has no place in a pipeline"),
    ],
)
def test_a_step_that_would_be_no_gate_is_refused(words: Path, maxctl: Maxctl, step: str, told: str) -> None:
    (words / "pipelines/quick.yaml").write_text(QUICK.replace("uses: count-words", step, 1))
    finished = maxctl("run", "quick", cwd=words)
    assert finished.returncode == 3 and told in finished.stderr


def test_a_relative_output_lands_where_the_user_is(words: Path, tmp_path: Path, maxctl: Maxctl) -> None:
    maxctl("status", "quick", "-C", str(words), "-f", "json", "-o", "status.json", cwd=tmp_path)
    assert (tmp_path / "status.json").exists() and not (words / "status.json").exists()


def test_a_device_stays_one_and_a_folder_is_refused_as_output(
    words: Path, tmp_path: Path, maxctl: Maxctl, maxctl_process: Maxctl
) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert maxctl_process("show", "pipelines", "-o", str(tmp_path / "pipe"), cwd=words).returncode == 0
        assert b"lifecycle" in os.read(reader, 65536)
    finally:
        os.close(reader)
    finished = maxctl("show", "pipelines", "-o", str(tmp_path), cwd=words)
    assert finished.returncode == 2 and "is a folder" in finished.stderr


def test_an_unknown_pipeline_and_an_unknown_command_name_the_closest(words: Path, maxctl: Maxctl) -> None:
    finished = maxctl("run", "quik", cwd=words)
    assert finished.returncode == 3 and "did you mean `quick`?" in finished.stderr
    finished = maxctl("cuont-words", cwd=words)
    assert finished.returncode == 2 and "count-words" in finished.stderr


def test_a_malformed_spec_is_told_with_exit_code_3(words: Path, maxctl: Maxctl) -> None:
    (words / "model.yaml").write_text("id: [\n")
    finished = maxctl("run", "quick", cwd=words)
    assert finished.returncode == 3 and "model.yaml:2:1" in finished.stderr


def test_a_manifest_of_a_newer_version_is_refused_and_untouched(words: Path, maxctl: Maxctl) -> None:
    (words / "manifest.yaml").write_text("schema_version: 99\nmodel: tiny-detector\nnew: thing\n")
    finished = maxctl("run", "quick", cwd=words)
    assert finished.returncode == 3 and "schema version 99" in finished.stderr
    assert "pip install --upgrade maxctl" in finished.stderr
    assert (words / "manifest.yaml").read_text().startswith("schema_version: 99")


def test_a_damaged_manifest_is_placed_and_the_mend_named(words: Path, maxctl: Maxctl) -> None:
    maxctl("run", "quick", cwd=words)
    text = (words / "manifest.yaml").read_text()
    (words / "manifest.yaml").write_text(text.replace("verdict: passed", "verdict: pased", 1))
    finished = maxctl("status", "quick", cwd=words)
    assert (
        finished.returncode == 3
        and "manifest.yaml:" in finished.stderr
        and "version control" in finished.stderr
    )


def test_a_second_run_at_once_is_refused(words: Path, maxctl: Maxctl, maxctl_process: Maxctl) -> None:
    (words / ".maxctl").mkdir()
    with (words / ".maxctl/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()
        finished = maxctl_process("run", "quick", cwd=words)
    assert finished.returncode == 6 and "process 4711" in finished.stderr
    assert maxctl("run", "quick", cwd=words).returncode == 0


def test_ctrl_c_keeps_what_is_done_and_leaves_no_child(words: Path, plugin: Path) -> None:
    (words / "pipelines/quick.yaml").write_text(QUICK.replace("seconds: 0.01", "seconds: 60"))
    mark = f"ctrl-c-{os.getpid()}-{time.monotonic_ns()}"
    child = start(words, plugin, mark)
    wait_until(lambda: "nap" not in manifest_steps(words) and "summarise" in manifest_steps(words))
    wait_until(lambda: len(marked(mark)) > 2)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=20)
    assert child.returncode == 130 and "interrupted" in told
    wait_until(lambda: not marked(mark))
    assert set(manifest_steps(words)) == {"count-words", "summarise"}


def test_a_full_disk_is_told_and_loses_only_the_running_step(tmp_path: Path, maxctl_process: Maxctl) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], check=True)
    try:
        folder = project(
            disk / "p",
            {
                "notes/a.txt": "a b",
                "pipelines/quick.yaml": QUICK.replace(
                    "uses: nap\n    with: {seconds: 0.01}", "uses: fill\n    with: {mebibytes: 9}"
                ),
            },
        )
        finished = maxctl_process("run", "quick", cwd=folder)
        assert (
            finished.returncode == 6 and "is full" in finished.stderr and "free some space" in finished.stderr
        )
        assert set(manifest_steps(folder)) == {"count-words", "summarise"}
        assert not (folder / ".maxctl/staging").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_a_kill_at_45_random_moments_loses_at_most_the_running_step(
    words: Path, plugin: Path, maxctl: Maxctl
) -> None:
    import random

    text = QUICK.replace("seconds: 0.01", "seconds: 0.1")
    for number in range(4):
        text += f"  - uses: count-words\n    id: count-{number}\n"
        text += f"    with: {{report: reports/words-{number}.txt}}\n"
        text += f"  - uses: nap\n    id: nap-{number}\n    with: {{seconds: 0.05}}\n"
    (words / "pipelines/quick.yaml").write_text(text)
    started = time.monotonic()
    assert maxctl("run", "quick", cwd=words).returncode == 0
    whole = time.monotonic() - started
    chance = random.Random(4711)
    survived = 0
    for moment in range(45):
        (words / "notes/a.txt").write_text("word " * (moment + 1))  # every step is stale again
        mark = f"kill-{os.getpid()}-{time.monotonic_ns()}"
        child = start(words, plugin, mark)
        try:
            child.wait(timeout=chance.uniform(0.1, whole))
        except subprocess.TimeoutExpired:
            child.kill()
        child.communicate()
        wait_until(lambda mark=mark: not marked(mark))
        for record in manifest(words)["steps"].values():  # the manifest loads, and is whole
            assert record["result"]["verdict"] == "passed"
        survived += child.returncode == 0
        if moment % 9 == 8:
            assert maxctl("run", "quick", cwd=words).returncode == 0
            assert maxctl("status", "quick", "--verify", cwd=words).returncode == 0
    assert survived < 30, "most runs must have been killed"
    assert maxctl("run", "quick", cwd=words).returncode == 0
    assert maxctl("status", "quick", "--verify", cwd=words).returncode == 0


def test_output_goes_whole_to_a_file_and_standard_output_holds_nothing_else(
    words: Path, maxctl_process: Maxctl
) -> None:
    finished = maxctl_process("run", "quick", "-f", "json", "-o", "out/run.json", cwd=words)
    assert finished.stdout == ""
    assert json.loads((words / "out/run.json").read_text())["schema"] == "maxctl/report/1"


def start(folder: Path, plugin: Path, mark: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "maxctl", "run", "quick"],
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(plugin), "MAXCTL_TEST_MARK": mark},
        # a job in the background of a shell ignores Ctrl-C, and its children would, too
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def marked(mark: str) -> list[int]:
    """Return the living processes that carry the mark in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def manifest_steps(folder: Path) -> dict[str, Any]:
    path = folder / "manifest.yaml"
    return manifest(folder)["steps"] if path.exists() else {}


def wait_until(happened: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
