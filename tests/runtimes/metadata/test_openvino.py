"""OpenVINO IR: the texts below `rt_info` and `meta_data`."""

from __future__ import annotations

from pathlib import Path

from tests.runtimes.metadata.samples import OPENVINO, entries, told


def test_the_info_of_the_net_is_read_and_that_of_its_layers_is_not(tmp_path: Path) -> None:
    assert entries(told(tmp_path, "m.xml", OPENVINO)) == {
        "name": "cats",
        "rt_info.model_info.license": "Apache-2.0",
        "rt_info.model_info.author": "Ada",
    }


def test_older_models_keep_it_in_meta_data(tmp_path: Path) -> None:
    data = b'<net name="n" version="10"><meta_data><MO_version value="2021.4"/></meta_data></net>'
    assert entries(told(tmp_path, "m.xml", data)) == {"name": "n", "meta_data.MO_version": "2021.4"}


def test_xml_that_is_cut_keeps_what_came_before(tmp_path: Path) -> None:
    metadata = told(tmp_path, "m.xml", OPENVINO[:-20])
    assert entries(metadata)["rt_info.model_info.license"] == "Apache-2.0"
    assert metadata.problems == ("its XML is malformed at line 4",)


def test_xml_whose_root_is_another_is_a_problem(tmp_path: Path) -> None:
    assert told(tmp_path, "m.xml", b"<a><net x='1'/></a>").problems == ("its XML is of something else",)
