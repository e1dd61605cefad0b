"""Which slot gets what a tree says and holds, and what decides nothing."""

import pytest

from maxctl.adapters.scancode import Found, Match, ScannedFile
from maxctl.core.slot import Slot
from maxctl.licensing import assembly, trees
from maxctl.licensing.claims import package_metadata, reader
from maxctl.licensing.heard import Heard
from tests.licensing.claims.at_hand import known
from tests.projects import write_tree

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"


@pytest.fixture
def parts(tmp_path):
    """Return what a tree of files gives, of which the scanner found GPL-3.0 wherever `GPL` stands."""

    def told(files):
        root = write_tree(tmp_path / str(len(list(tmp_path.iterdir()))), files)
        tree = trees.tree("x", root, "")
        said, scanned = {}, {}
        for path in tree.files:
            inside = tree.inside(path)
            said[str(inside)] = reader.read(
                inside,
                path,
                known(),
                own_metadata=package_metadata.is_own(inside, tree.roots),
                weights=trees.is_weights(inside),
                license_file=trees.is_license(inside),
            )
            lines = [n for n, line in enumerate(files[str(inside)].splitlines(), 1) if "GPL" in line]
            match = [Match("gpl.RULE", "GPL-3.0-only", 100.0, 100.0, 2, n, n, "2-aho") for n in lines]
            found = tuple(Found("GPL-3.0-only", 100.0, one.start, one.end, "GPL", (one,)) for one in match)
            scanned[str(inside)] = ScannedFile(str(inside), None, found, ())
        return assembly.parts(Heard(tree, said, scanned), known())

    return told


def found(told, slot=Slot.CODE):
    return [one.spot.path for one in told.detections[slot]]


def test_the_metadata_of_a_wheel_speaks_for_its_code(parts):
    text = "Name: foo\nClassifier: License :: OSI Approved :: Apache Software License\n\nFoo.\n"
    told = parts({"foo/__init__.py": "x = 1\n", "foo-1.0.dist-info/METADATA": text})
    assert [c.reading.text for c in told.claims[Slot.CODE]] == ["Apache Software License"]
    inside = {"a.py": "x = 1\n", "b/bar-1.0.dist-info/METADATA": text, "b/c/bar-1.0.dist-info/METADATA": text}
    assert parts(inside).claims[Slot.CODE] == []


@pytest.mark.parametrize("path", ["tests/test_x.py", "test_x.py", "foo/x_test.py"])
def test_a_string_of_a_test_is_no_license(parts, path):
    told = parts({path: 'def test():\n    assert detect("Licensed under GPL-3.0") == "GPL-3.0"\n'})
    assert found(told) == []
    assert [d.spot.path for d in told.differences] == [path]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tests/test_x.py", "# Licensed under GPL-3.0\n"),
        ("tests/test_x.py", '"""Licensed under GPL-3.0."""\n'),
        ("tests/test_x.py", '__license__ = "GPL-3.0"\n'),
        ("foo/x.py", 'LICENSE = "Licensed under GPL-3.0"\n'),
        ("tests/LICENSE.txt", "Licensed under GPL-3.0\n"),
        ("tests/README.md", "GPL\n"),
        ("notes/gpl.txt", "Licensed under GPL-3.0\n"),
    ],
)
def test_what_a_file_says_of_itself_counts_among_tests_as_well(parts, path, text):
    told = parts({path: text, "LICENSE": "x\n"})
    assert found(told) == [path] or any(c.spot.path == path for c in told.claims[Slot.CODE])


def test_a_text_that_tests_read_says_nothing_of_the_code(parts):
    told = parts({"tests/data/gpl.txt": "This program is licensed under GPL-3.0.\n", "x.py": "x = 1\n"})
    assert found(told) == []


@pytest.mark.parametrize("name", ["m.safetensors", "m.gguf", "m.pth"])
def test_a_pointer_of_git_lfs_is_a_file_that_nobody_looked_at(parts, name):
    (failure,) = parts({name: POINTER}).failures
    assert failure[0] is Slot.WEIGHTS
    assert "git lfs pull" in failure[1].text
    assert parts({"cat.png": POINTER, "x.py": "x = 1\n"}).failures == []


def test_a_license_file_beside_labels_is_no_list_of_words(parts):
    limit = "The weights are for non-commercial use only.\n"
    told = parts({"weights/labels_license.txt": limit, "weights/a.pth": "x", "x.py": "x = 1\n"})
    assert any(claim.restricts for claim in told.claims[Slot.WEIGHTS])
    told = parts({"weights/labels.txt": limit, "weights/a.pth": "x", "x.py": "x = 1\n"})
    assert not any(claim.restricts for claim in told.claims[Slot.WEIGHTS])
