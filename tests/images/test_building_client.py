"""Which `docker` builds: each one on PATH is tried, since one may come without BuildKit. No engine is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from maxctl.adapters import image_build
from maxctl.core.errors import ToolMissingError

# what these clients print
OLD = "Docker version 20.10.24+dfsg1, build 297e128"
NEW = "Docker version 28.2.2, build e6534b4"
NO_PLUGIN = "docker: 'buildx' is not a docker command."


def client(folder: Path, version: str, buildx: int = 0) -> str:
    folder.mkdir(parents=True)
    path = folder / "docker"
    path.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "{version}" && exit 0\n'
        f'[ "$1" = buildx ] && [ {buildx} != 0 ] && echo "{NO_PLUGIN}" >&2\nexit {buildx}\n'
    )
    path.chmod(0o755)
    return str(path)


def on_path(monkeypatch: pytest.MonkeyPatch, *clients: str) -> None:
    monkeypatch.setenv("PATH", ":".join(str(Path(one).parent) for one in clients))


def test_a_client_without_its_plugin_is_passed_over(tmp_path, monkeypatch):
    bare, able = client(tmp_path / "a", NEW, buildx=1), client(tmp_path / "b", OLD)
    on_path(monkeypatch, bare, able)
    assert image_build.building_client() == able


def test_a_new_client_with_the_plugin_builds(tmp_path, monkeypatch):
    able = client(tmp_path / "a", NEW)
    on_path(monkeypatch, able)
    assert image_build.building_client() == able


def test_clients_that_cannot_build_are_each_named_with_the_mend(tmp_path, monkeypatch):
    first, second = client(tmp_path / "a", NEW, buildx=1), client(tmp_path / "b", "podman something")
    on_path(monkeypatch, first, second)
    with pytest.raises(ToolMissingError) as caught:
        image_build.building_client()
    assert f"{first}: version 28.2 has no buildx" in caught.value.message
    assert second in caught.value.message
    assert "docker-buildx-plugin" in caught.value.hint


def test_no_client_at_all_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match="no `docker` on this machine"):
        image_build.building_client()


def test_what_only_this_file_system_has_is_no_setting_for_a_build(monkeypatch):
    listed = "\n".join(
        (
            ":env:.find-links='/opt/wheels'",
            "global.extra-index-url='file:///opt/simple https://index.example.org/simple'",
            "global.index-url='https://pypi.example.org/simple'",
            "install.user='true'",
        )
    )
    ended = image_build.process.Finished(0, listed, "")
    monkeypatch.setattr(image_build.process, "run", lambda *_, **__: ended)
    assert image_build._pip_settings() == {
        "extra-index-url": "https://index.example.org/simple",
        "index-url": "https://pypi.example.org/simple",
        "user": "true",
    }
