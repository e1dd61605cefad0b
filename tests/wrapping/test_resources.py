from __future__ import annotations

from importlib import resources as packages

import pytest

from maxctl.core import resources
from maxctl.core.errors import ToolMissingError


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "site-packages/maxctl"
    folder.mkdir(parents=True)
    monkeypatch.setattr(packages, "files", lambda name: folder)
    return folder


def test_a_checkout_has_its_data_beside_the_package():
    assert (resources.path("templates") / "service/Dockerfile.jinja").is_file()


def test_an_installed_maxctl_has_its_data_inside(package):
    (package / "_data/templates").mkdir(parents=True)
    assert resources.path("templates") == package / "_data/templates"


def test_a_folder_that_lies_beside_an_installed_package_is_not_taken(package):
    (package.parent / "templates").mkdir()
    with pytest.raises(ToolMissingError, match="lacks its data `templates`") as caught:
        resources.path("templates")
    assert "pip install" in (caught.value.hint or "")


def test_a_name_that_never_ships_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="there are templates"):
        resources.path("template")
