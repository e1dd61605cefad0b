"""What is asked of the child, what is kept of its answers, and what a damaged or failing part costs."""

import hashlib
import json
import sqlite3

import pytest

from maxctl.adapters.scancode import fast, index_file, reading
from maxctl.adapters.scancode.index_file import Index
from maxctl.adapters.scancode.model import Answer, Found
from maxctl.core.errors import ChildFailedError
from maxctl.core.progress import Silent
from tests.projects import write_tree

MIT = Answer("MIT", (Found("MIT", 100.0, 1, 1, "MIT"),), ("Copyright A",))


class Child:
    """Answers as the child does: every file is MIT, unless it is named in `answers`, `lost` or `changed`."""

    def __init__(self):
        self.asked, self.answers, self.lost, self.changed, self.fails = [], {}, {}, {}, 0
        self.made = 0

    def __call__(self, request, hear, timeout_s):
        if "source" in request:
            self.make(request)
            return
        names = [path for path, *_ in request["files"]]
        self.asked.append(names)
        if self.fails:
            self.fails -= 1
            raise ChildFailedError("it failed")
        for path, key, _sha, _size in request["files"]:
            if path in self.lost:
                hear({"event": "lost", "key": key, "why": self.lost[path]})
                continue
            answer = self.answers.get(path, MIT).dump().decode()
            hear({"event": "file", "key": key, "answer": answer, "details": "[]"})
        for path, answer in self.changed.items():
            hear({"event": "changed", "path": path, "answer": answer.dump().decode()})

    def make(self, request):
        self.made += 1
        folder = fast.Path(request["folder"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index-1.bin").write_bytes(b"index")
        stamp = index_file._stamp(fast.Path(request["source"]))
        sha256 = hashlib.sha256(b"index").hexdigest()
        index = Index(index_file.LAYOUT, "index-1.bin", sha256, 5, "rules", stamp, index_file._made_for())
        written = {name: getattr(index, name) for name in Index.__slots__}
        (folder / "index.json").write_text(json.dumps(written))


class Heard(Silent):
    def __init__(self):
        self.said, self.told = [], []

    def say(self, message):
        self.said.append(message)

    def advance(self, label, done, total):
        self.told.append((label, done, total))


@pytest.fixture
def child(monkeypatch):
    made = Child()
    monkeypatch.setattr(reading, "ask", made)
    return made


@pytest.fixture
def scan(tmp_path, child):
    site = tmp_path / "site"
    write_tree(site, {fast.guard.INDEX: "pickle"})
    root = write_tree(tmp_path / "tree", {"a.py": "a", "b.py": "b", "c/a.py": "a"})

    def run(progress=None, **settings):
        files = sorted(path for path in root.rglob("*") if path.is_file() or path.is_symlink())
        settings = {"jobs": 2, "label": "tree", "site": site, **settings}
        found = fast.scan(root, files, tmp_path / "cache", progress or Silent(), **settings)
        return {file.path: file for file in found}

    run.root, run.cache = root, tmp_path / "cache" / "scancode"
    return run


def test_every_file_has_its_answer_and_the_digest_of_its_content(scan):
    found = scan()
    assert found["a.py"] == MIT.at("a.py", f"sha256:{hashlib.sha256(b'a').hexdigest()}")
    assert list(found) == ["a.py", "b.py", "c/a.py"]


def test_equal_files_of_one_name_are_scanned_once(scan, child):
    scan()
    (asked,) = child.asked
    assert len(asked) == 2


def test_nothing_is_asked_again_until_a_file_changes(scan, child):
    first = scan()
    assert scan() == first
    assert len(child.asked) == 1
    (scan.root / "b.py").write_text("changed")
    scan()
    assert child.asked[1:] == [["b.py"]]


def test_another_tree_with_the_same_files_shares_the_answers(scan, child):
    scan()
    (scan.root / "b.py").unlink()
    scan()
    assert len(child.asked) == 1


def test_what_references_change_is_kept_for_the_tree(scan, child):
    child.answers["b.py"] = Answer("Unknown", (), names=("LICENSE",))
    child.changed["b.py"] = Answer("MIT", ())
    assert scan()["b.py"].licenses == "MIT"
    assert scan()["b.py"].licenses == "MIT"
    assert len(child.asked) == 1


def test_references_are_followed_anew_when_another_file_comes(scan, child):
    child.answers["b.py"] = Answer("Unknown", (), names=("LICENSE",))
    scan()
    child.changed["b.py"] = Answer("MIT", ())
    (scan.root / "LICENSE").write_text("MIT")
    assert scan()["b.py"].licenses == "MIT"
    assert child.asked[1:] == [["LICENSE"]]


def test_a_file_on_which_the_scanner_dies_says_so_and_is_tried_again(scan, child):
    child.lost["b.py"] = "ended with exit code 139 (SIGSEGV)"
    found = scan()
    assert found["b.py"].errors == ("the scanner ended with exit code 139 (SIGSEGV)",)
    assert found["a.py"].licenses == "MIT"
    child.lost.clear()
    assert scan()["b.py"].errors == ()
    assert child.asked[1:] == [["b.py"]]


def test_an_answer_with_errors_is_not_kept(scan, child):
    child.answers["b.py"] = Answer(None, (), errors=("MemoryError",))
    scan()
    child.answers.clear()
    assert scan()["b.py"].licenses == "MIT"


def test_a_file_that_cannot_be_read_says_so(scan, monkeypatch):
    (scan.root / "gone.py").symlink_to("nowhere")
    assert scan()["gone.py"].errors == ("cannot be read: No such file or directory",)


def test_a_damaged_store_is_found_anew(scan, child):
    first = scan()
    with sqlite3.connect(scan.cache / "results.sqlite") as damaging:
        damaging.execute("UPDATE results SET body = x'00'")
    assert scan() == first
    assert len(child.asked) == 2


def test_the_index_is_made_once_and_that_is_said(scan, child):
    heard = Heard()
    scan(heard)
    scan(heard)
    assert child.made == 1
    assert sum("index of licenses is made" in line for line in heard.said) == 1


def test_another_index_of_scancode_is_another_index(scan, child, tmp_path):
    scan()
    (tmp_path / "site" / fast.guard.INDEX).write_text("another pickle")
    scan()
    assert child.made == 2


def test_a_damaged_index_is_noticed_when_the_child_fails_and_made_anew(scan, child):
    child.fails = 1
    (scan.cache).mkdir(parents=True)
    heard = Heard()
    child.make({"folder": str(scan.cache), "source": str(scan.root.parent / "site" / fast.guard.INDEX)})
    (scan.cache / "index-1.bin").write_bytes(b"wrong")
    assert scan(heard)["a.py"].licenses == "MIT"
    assert child.made == 2
    assert any("damaged" in line for line in heard.said)


def test_a_child_that_fails_beside_a_whole_index_is_an_error(scan, child):
    child.fails = 2
    with pytest.raises(ChildFailedError):
        scan()


def test_progress_tells_files_and_rate(scan):
    heard = Heard()
    scan(heard)
    assert ("tree", 3, 3) in heard.told
    assert any("2 files in" in line and "a second" in line for line in heard.said)
