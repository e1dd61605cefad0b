"""Digests of trees: what counts and what does not."""

import os
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.core import digest
from tests.projects import write_tree


def test_a_tree_counts_names_content_and_executable_bit_but_no_times(tmp_path: Path) -> None:
    first = write_tree(tmp_path / "a", {"x/one.txt": "1", "two.txt": "2"})
    second = write_tree(tmp_path / "b", {"two.txt": "2", "x/one.txt": "1", "x/__pycache__/c.pyc": "z"})
    os.utime(second / "two.txt", (1, 1))
    whole = digest.of_tree(first)
    assert digest.of_tree(second) == whole
    (second / "two.txt").chmod(0o755)
    assert digest.of_tree(second) != whole
    (second / "two.txt").chmod(0o644)
    (second / "two.txt").rename(second / "too.txt")
    assert digest.of_tree(second) != whole


def test_a_link_counts_by_its_target_and_is_not_followed(tmp_path: Path) -> None:
    tree = write_tree(tmp_path / "a", {"f": "1"})
    (tree / "link").symlink_to("/etc/passwd")
    before = digest.of_tree(tree)
    (tree / "link").unlink()
    (tree / "link").symlink_to("/etc/group")
    assert digest.of_tree(tree) != before


@given(st.dictionaries(st.text(max_size=5), st.integers()))
@settings(max_examples=50)
def test_the_order_of_keys_does_not_count(value: dict[str, int]) -> None:
    assert digest.of_value(dict(reversed(value.items()))) == digest.of_value(value)


def test_the_stat_cache_notices_a_change_of_content_with_the_old_time(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("one")
    cache = digest.StatCache(tmp_path / "cache.json")
    first = cache.of_file(file)
    status = file.stat()
    file.write_text("two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.of_file(file) != first  # the change time cannot be set back


def test_a_damaged_stat_cache_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "cache.json").write_text("{")
    file = tmp_path / "f"
    file.write_text("one")
    assert digest.StatCache(tmp_path / "cache.json").of_file(file) == digest.of_file(file)
