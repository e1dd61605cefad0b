"""What decides the answer for a file decides its key, and nothing else does."""

from maxctl.adapters.scancode import keys

SHA = "0" * 64


def key(path="a/b.py", sha=SHA, environment="e"):
    return keys.of_file(environment, path, sha)


def test_the_folder_does_not_decide_but_the_name_and_content_do():
    assert key("a/b.py") == key("c/d/b.py")
    assert len({key("b.py"), key("b.txt"), key("b.py", "1" * 64), key("b.py", environment="f")}) == 4


def test_locale_in_the_path_decides_since_scancode_looks_for_it():
    assert key("locale/b.py") != key("a/b.py")
    assert key("locale/b.py") == key("x/locales/b.py")


def test_a_name_that_is_not_utf_8_has_a_key():
    assert key("a/\udcff.py") != key("a/\udcfe.py")


def test_installed_code_rules_python_and_year_are_the_environment(tmp_path, monkeypatch):
    for name in ("chardet-7.7.0", "scancode_toolkit-32.5.0", "unrelated-1.0"):
        (tmp_path / f"{name}.dist-info").mkdir()
    first = keys.environment(tmp_path, "rules")
    assert keys.environment(tmp_path, "other rules") != first
    (tmp_path / "unrelated-1.0.dist-info").rename(tmp_path / "unrelated-2.0.dist-info")
    assert keys.environment(tmp_path, "rules") == first
    monkeypatch.setattr(keys.sys, "version", "3.99")
    assert keys.environment(tmp_path, "rules") != first
    monkeypatch.undo()
    (tmp_path / "chardet-7.7.0.dist-info").rename(tmp_path / "chardet-8.0.0.dist-info")
    assert keys.environment(tmp_path, "rules") != first


def test_a_tree_is_its_paths_with_their_keys():
    pairs = [("a", "1"), ("b", "2")]
    assert keys.of_tree("e", pairs) == keys.of_tree("e", list(pairs))
    assert keys.of_tree("e", pairs) != keys.of_tree("e", [("a", "2"), ("b", "1")])
    assert keys.of_tree("e", pairs) != keys.of_tree("f", pairs)
