"""`maxctl approve`, as a reviewer calls it: what it refuses, what it writes, and how it asks for a passphrase."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from maxctl.adapters import process
from maxctl.cli import approve
from maxctl.core.stage import Verdict
from maxctl.release import approvals_signing
from tests.projects import project
from tests.release.reviewed_project import LIFECYCLE, Reviewed, make_key, public, reviewed, use_cheap_stages

REPOSITORY = Path(__file__).parents[2]
DRIVER = """
import sys, pytest
from tests.release.reviewed_project import use_cheap_stages
use_cheap_stages(pytest.MonkeyPatch())
from maxctl.cli.approve import command
command()(args=sys.argv[1:], prog_name="maxctl approve")
"""
TWO = {"ada": {"roles": ["engineering"]}, "bob": {"roles": ["legal", "engineering"]}}


@dataclass
class Told:
    code: int
    out: str
    err: str


Approve = Callable[..., Told]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without keys, no agent, and stages that cost nothing."""
    use_cheap_stages(monkeypatch)
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Approve:
    def called(made: Reviewed, *arguments: str, key: Path | None = None) -> Told:
        given = [*arguments, "-C", str(made.root), *(["--key", str(key)] if key else [])]
        try:
            approve.command()(args=given, prog_name="maxctl approve")
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return Told(code, told.out, told.err)

    return called


@pytest.fixture
def made(tmp_path: Path) -> Reviewed:
    return reviewed(tmp_path, TWO)


def files(made: Reviewed) -> list[str]:
    return sorted(path.name for path in (made.root / "approvals").glob("*"))


def test_an_approval_is_two_files_that_the_review_and_plain_ssh_keygen_accept(
    made: Reviewed, call: Approve
) -> None:
    told = call(made, "engineering", "--as", "ada", "--yes", "--comment", "I ran it", key=made.keys["ada"])
    assert told.code == 0, told.err
    assert "wrote approvals/engineering-ada.json and approvals/engineering-ada.json.sig" in told.out
    assert "given now: engineering 1 of 1" in told.out and told.out.endswith("next: maxctl review\n")
    assert "Tiny Detector (tiny-detector) 1.0.0" in told.err and "service  sha256:" in told.err
    assert files(made) == ["engineering-ada.json", "engineering-ada.json.sig"]
    assert made.review().verdict is Verdict.PASSED
    allowed = made.root.parent / "allowed_signers"
    allowed.write_text(f"ada {public(made.keys['ada'])}\n")
    path = made.root / "approvals/engineering-ada.json"
    argv = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "ada", "-n", "maxctl-approval@maxctl"]
    checked = subprocess.run([*argv, "-s", f"{path}.sig"], input=path.read_bytes(), capture_output=True)
    assert checked.returncode == 0 and b'Good "maxctl-approval@maxctl" signature for ada' in checked.stdout


def test_json_tells_the_key_the_subject_and_what_is_given(made: Reviewed, call: Approve) -> None:
    told = call(made, "engineering", "--as", "ada", "-y", "-f", "json", key=made.keys["ada"])
    data = json.loads(told.out)
    assert (data["schema"], data["decision"], data["changed"], data["replaced"]) == (
        "maxctl/approve/1", "approve", True, False,
    )  # fmt: skip
    assert data["key"].startswith("SHA256:") and data["subject"] == made.subject()
    assert data["demands"][0]["given"] == 1


def test_nothing_is_signed_while_a_step_does_not_hold_and_each_is_named(
    made: Reviewed, call: Approve
) -> None:
    (made.root / "service/file.txt").write_text("edited")
    (made.root / "inputs").mkdir()
    (made.root / "inputs/check.txt").write_text("changed")
    told = call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"])
    assert told.code == 1
    assert "  scaffold: changed (service is not what was recorded)" in told.out
    assert "  check: stale (changed since: files it reads)" in told.out and "next: maxctl run" in told.out
    assert files(made) == []
    told = call(made, "engineering", "--as", "ada", "--yes", "-f", "json", key=made.keys["ada"])
    assert told.code == 1 and [row["step"] for row in json.loads(told.out)["refused"]] == [
        "check",
        "scaffold",
    ]


def test_a_forged_stat_cache_does_not_get_an_edit_past_the_approval(made: Reviewed, call: Approve) -> None:
    path = made.root / "service/file.txt"
    before = path.read_text()
    path.write_text(before.upper())
    cache = json.loads((made.root / ".maxctl/stat-cache.json").read_text())
    from maxctl.core import digest

    path_stat = path.stat()
    cache[str(path)] = [
        path_stat.st_size, path_stat.st_mtime_ns, path_stat.st_ctime_ns, path_stat.st_ino,
        digest.of_bytes(before.encode()),
    ]  # fmt: skip
    (made.root / ".maxctl/stat-cache.json").write_text(json.dumps(cache))
    assert call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"]).code == 1


def test_a_project_that_never_ran_names_every_step(tmp_path: Path, call: Approve) -> None:
    made = reviewed(tmp_path, TWO)
    (made.root / "manifest.yaml").unlink()
    told = call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"])
    assert told.code == 1 and told.out.count(": not run") == 11


def test_an_unknown_reviewer_gets_the_closest(made: Reviewed, call: Approve) -> None:
    told = call(made, "engineering", "--as", "adda", "--yes")
    assert told.code == 2 and "no reviewer `adda`" in told.err and "did you mean `ada`?" in told.err


def test_a_reviewer_without_the_role_learns_who_has_it(made: Reviewed, call: Approve) -> None:
    told = call(made, "legal", "--as", "ada", "--yes", key=made.keys["ada"])
    assert (
        told.code == 2 and "ada may judge engineering, not `legal`" in told.err and "who may: bob" in told.err
    )
    told = call(made, "legl", "--as", "bob", "--yes", key=made.keys["bob"])
    assert told.code == 2 and "did you mean `legal`?" in told.err


def test_a_spec_without_review_is_an_error_of_the_spec(tmp_path: Path, call: Approve) -> None:
    made = Reviewed(project(tmp_path / "p", {"pipelines/lifecycle.yaml": LIFECYCLE}))
    told = call(made, "engineering", "--as", "ada", "--yes")
    assert told.code == 3 and "names nobody who may approve" in told.err


def test_another_key_is_refused_with_both_fingerprints(made: Reviewed, call: Approve) -> None:
    told = call(made, "engineering", "--as", "ada", "--yes", key=made.keys["bob"])
    assert told.code == 2 and told.err.count("SHA256:") == 2 and "model.yaml lists" in told.err
    assert files(made) == []


def test_a_private_key_beside_somebody_elses_public_half_leaves_nothing(
    made: Reviewed, call: Approve, tmp_path: Path
) -> None:
    mixed = tmp_path / "mixed"
    mixed.write_bytes(made.keys["bob"].read_bytes())
    mixed.chmod(0o600)
    Path(f"{mixed}.pub").write_text(public(made.keys["ada"]))
    told = call(made, "engineering", "--as", "ada", "--yes", key=mixed)
    assert told.code in (2, 6) and files(made) == []


def test_a_key_file_that_is_none_or_not_there_is_told(made: Reviewed, call: Approve, tmp_path: Path) -> None:
    told = call(made, "engineering", "--as", "ada", "--yes", key=tmp_path / "nothing")
    assert told.code == 2 and "there is no key file" in told.err
    (tmp_path / "text").write_text("hello")
    told = call(made, "engineering", "--as", "ada", "--yes", key=tmp_path / "text")
    assert told.code == 2 and "is no SSH key" in told.err


def test_a_forgeable_key_in_the_spec_signs_nothing(tmp_path: Path, call: Approve) -> None:
    key = make_key(tmp_path / "keys", "ada", "rsa", 1024)
    made = reviewed(tmp_path, {"ada": {"roles": ["engineering"], "key": public(key)}})
    told = call(made, "engineering", "--as", "ada", "--yes", key=key)
    assert told.code == 2 and "RSA with 1024 bits is not safe" in told.err and files(made) == []


def test_the_key_is_found_in_the_home_folder_by_its_fingerprint(
    made: Reviewed, call: Approve, home: Path
) -> None:
    told = call(made, "engineering", "--as", "ada", "--yes")
    assert told.code == 2 and "neither the SSH agent nor ~/.ssh holds the key" in told.err
    make_key(home / ".ssh", "id_ed25519")
    (home / ".ssh/id_work").write_bytes(made.keys["ada"].read_bytes())
    (home / ".ssh/id_work").chmod(0o600)
    assert call(made, "engineering", "--as", "ada", "--yes").code == 0
    assert made.review().verdict is Verdict.PASSED


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An SSH agent of the test's own."""
    folder = Path("/tmp") / f"agent-{os.getpid()}-{time.monotonic_ns()}"  # a socket's path must be short
    folder.mkdir(mode=0o700)
    socket = folder / "socket"
    running = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < deadline:
            select.select([], [], [], 0.01)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield
    finally:
        running.terminate()
        running.wait()
        socket.unlink(missing_ok=True)
        folder.rmdir()


@pytest.mark.usefixtures("agent")
def test_a_key_in_the_agent_signs_though_its_file_is_gone(made: Reviewed, call: Approve) -> None:
    subprocess.run(["ssh-add", "-q", str(made.keys["ada"])], check=True, capture_output=True)
    made.keys["ada"].unlink()
    assert call(made, "engineering", "--as", "ada", "--yes").code == 0
    told = call(
        made, "engineering", "--as", "ada", "--yes", "--comment", "x", key=Path(f"{made.keys['ada']}.pub")
    )
    assert told.code == 0, told.err
    assert made.review().verdict is Verdict.PASSED


def test_the_same_approval_again_does_nothing_and_says_so(made: Reviewed, call: Approve) -> None:
    call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"])
    path = made.root / "approvals/engineering-ada.json.sig"
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    told = call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"])
    assert told.code == 0 and "says so already, and holds; nothing to do" in told.out
    assert before == (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)


def test_another_decision_replaces_the_old_one_and_says_so(made: Reviewed, call: Approve) -> None:
    key = made.keys["ada"]
    call(made, "engineering", "--as", "ada", "--yes", key=key)
    told = call(
        made, "engineering", "--as", "ada", "--yes", "--reject", "--comment", "boxes are off", key=key
    )
    assert told.code == 0 and "this replaces approvals/engineering-ada.json, which is valid" in told.err
    assert "replaced approvals/engineering-ada.json" in told.out and "engineering 0 of 1" in told.out
    assert [found.code for found in made.review().findings] == ["REV013", "REV003"]
    day = str(date.today() + timedelta(30))
    told = call(made, "engineering", "--as", "ada", "--yes", "--expires", day, key=key)
    assert "which is rejected" in told.err
    outcome = made.review()
    assert outcome.verdict is Verdict.PASSED and str(outcome.valid_until) == day


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--expires", "2020-01-01"), "is over"),
        (("--expires", "2999-01-01", "--reject"), "contradict each other"),
        (("--comment", "a\x1b[2Jb"), "one line"),
        (("--comment", "a\nb"), "one line"),
    ],
)
def test_a_decision_that_no_approval_can_carry_is_a_usage_error(
    made: Reviewed, call: Approve, arguments: tuple[str, ...], why: str
) -> None:
    told = call(made, "engineering", "--as", "ada", "--yes", *arguments, key=made.keys["ada"])
    assert told.code == 2 and why in told.err and files(made) == []


def test_without_a_terminal_yes_has_to_be_said(made: Reviewed, call: Approve) -> None:
    told = call(made, "engineering", "--as", "ada", key=made.keys["ada"])
    assert told.code == 2 and "add --yes" in told.err and files(made) == []


def test_a_passphrase_without_a_terminal_is_an_error_and_no_hang(tmp_path: Path, call: Approve) -> None:
    key = make_key(tmp_path / "keys", "ada", passphrase="secret")
    made = reviewed(tmp_path, {"ada": {"roles": ["engineering"], "key": public(key)}})
    told = call(made, "engineering", "--as", "ada", "--yes", key=key)
    assert (
        told.code == 6 and "asks for a passphrase" in told.err and "ssh-add" in told.err and files(made) == []
    )


def test_a_machine_without_openssh_is_told_how_to_get_it(
    made: Reviewed, call: Approve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    told = call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"])
    assert told.code == 4 and "apt-get install openssh-client" in told.err


def test_an_approvals_folder_that_is_a_link_is_not_written_through(
    made: Reviewed, call: Approve, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (made.root / "approvals").symlink_to(tmp_path / "outside")
    assert call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"]).code == 6
    assert list((tmp_path / "outside").iterdir()) == []


def test_an_approval_that_two_people_would_share_by_name_is_not_overwritten(
    tmp_path: Path, call: Approve
) -> None:
    people = {"b-c": {"roles": ["a"]}, "c": {"roles": ["a-b"]}}
    made = reviewed(tmp_path, people, {"a": {}})
    assert call(made, "a", "--as", "b-c", "--yes", key=made.keys["b-c"]).code == 0
    told = call(made, "a-b", "--as", "c", "--yes", key=made.keys["c"])
    assert told.code == 6 and "is the approval of b-c as a" in told.err
    assert made.review().verdict is Verdict.PASSED


def test_another_maxctl_at_work_is_waited_for_by_the_person(made: Reviewed, call: Approve) -> None:
    with made.project.locked():
        told = call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"])
    assert told.code == 6 and "another maxctl works on" in told.err and files(made) == []


def test_a_signature_that_does_not_verify_is_not_written(
    made: Reviewed, call: Approve, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = approvals_signing.ssh_keygen.sign
    monkeypatch.setattr(
        approvals_signing.ssh_keygen, "sign", lambda data, *rest, **named: real(data + b"x", *rest, **named)
    )
    assert call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"]).code == 6
    assert files(made) == []


class Terminal:
    """The command on a terminal of its own, and somebody who types."""

    def __init__(self, *arguments: str) -> None:
        self.seen = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # however the suite was started
            os.environ["PYTHONPATH"] = str(REPOSITORY)
            os.execv(sys.executable, [sys.executable, "-c", DRIVER, *arguments])

    def expect(self, text: str) -> None:
        deadline = time.monotonic() + 30
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen
            if select.select([self._fd], [], [], 0.1)[0]:
                self._read()

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def end(self, again: str = "") -> int:
        """Return the exit code; `again` is typed once more after each second of silence."""
        deadline = time.monotonic() + 30
        open_ = True
        while open_:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                pytest.fail(f"does not end: {self.seen}")
            if select.select([self._fd], [], [], 1)[0]:
                open_ = self._read()
            elif again:
                self.type(again)
        _, status = os.waitpid(self.pid, 0)
        os.close(self._fd)
        return os.waitstatus_to_exitcode(status)

    def _read(self) -> bool:
        try:
            data = os.read(self._fd, 4096)
        except OSError:  # the other end is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)


@pytest.fixture
def guarded_key(tmp_path: Path) -> tuple[Reviewed, Path]:
    key = make_key(tmp_path / "keys", "ada", passphrase="secret")
    return reviewed(tmp_path, {"ada": {"roles": ["engineering"], "key": public(key)}}), key


def arguments(made: Reviewed, key: Path) -> tuple[str, ...]:
    return ("engineering", "--as", "ada", "-C", str(made.root), "--key", str(key))


def test_on_a_terminal_it_asks_first_and_ssh_keygen_asks_for_the_passphrase(
    guarded_key: tuple[Reviewed, Path],
) -> None:
    made, key = guarded_key
    terminal = Terminal(*arguments(made, key))
    terminal.expect("as engineering, in the name of Ada <ada@example.org>? [y/N]")
    terminal.type("y\n")
    terminal.expect("Enter passphrase")
    terminal.type("secret\n")
    assert terminal.end() == 0, terminal.seen
    assert "secret" not in terminal.seen and "next: maxctl review" in terminal.seen
    assert made.review().verdict is Verdict.PASSED


def test_no_is_an_answer(guarded_key: tuple[Reviewed, Path]) -> None:
    made, key = guarded_key
    terminal = Terminal(*arguments(made, key))
    terminal.expect("[y/N]")
    terminal.type("\n")
    assert terminal.end() == 1 and "nothing was signed" in terminal.seen and files(made) == []


def test_a_wrong_passphrase_signs_nothing(guarded_key: tuple[Reviewed, Path]) -> None:
    made, key = guarded_key
    terminal = Terminal(*arguments(made, key), "--yes")
    terminal.expect("Enter passphrase")
    terminal.type("guess\n")
    assert terminal.end() == 6 and "ssh-keygen did not sign" in terminal.seen and files(made) == []


def test_ctrl_c_at_the_passphrase_signs_nothing(guarded_key: tuple[Reviewed, Path]) -> None:
    made, key = guarded_key
    terminal = Terminal(*arguments(made, key), "--yes")
    terminal.expect("Enter passphrase")
    terminal.type("\x03")  # ssh-keygen misses one that comes after its prompt and before it reads
    code = terminal.end(again="\x03")
    assert code in (130, 128 + signal.SIGINT), terminal.seen
    assert files(made) == []


def test_ssh_keygen_runs_through_the_adapter_of_child_processes(
    made: Reviewed, call: Approve, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    real = process.run

    def noted(argv: list[str], **named: object) -> process.Finished:
        started.append(Path(argv[0]).name)
        return real(argv, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(process, "run", noted)
    assert call(made, "engineering", "--as", "ada", "--yes", key=made.keys["ada"]).code == 0
    assert set(started) == {"ssh-keygen"}
