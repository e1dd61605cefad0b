from __future__ import annotations

from pathlib import Path

import pytest

from maxctl.adapters import npm, process
from maxctl.artifacts.answers import Answer
from maxctl.artifacts.delivery import Delivery, Disappointment, Wanted
from maxctl.core.errors import DigestError, FetchError, ToolMissingError
from tests.artifacts.archives import expected, file, tar
from tests.artifacts.server import Server, send

BODY = b"the body"


class Listener:
    """Keeps what was said and how far the bytes came."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.done: list[tuple[str, float, float | None]] = []

    def say(self, message: str) -> None:
        self.said.append(message)

    def advance(self, label: str, done: float, total: float | None) -> None:
        self.done.append((label, done, total))


def wanted(*addresses: str) -> Wanted:
    return Wanted("sample a", expected(BODY), addresses)


def delivery(tmp_path: Path, listener: Listener | None = None) -> Delivery:
    return Delivery(tmp_path, tmp_path / "cache", listener or Listener())


def test_the_next_mirror_is_tried_and_each_failure_told(tmp_path: Path, server: Server) -> None:
    missing, other = server.address + "/missing", server.gives("/other", b"the BODY")
    cut = server.does("/cut", lambda handler: send(handler, b"the", length=8))
    good, unasked = server.gives("/good", BODY), server.gives("/unasked", BODY)
    listener, wish = Listener(), wanted("http://127.0.0.1:1/", missing, other, cut, good, unasked)
    delivery(tmp_path, listener).copy(wish, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert [said.split(" ", 3)[2] for said in listener.said] == ["http://127.0.0.1:1/", missing, other, cut]
    assert listener.done[-1] == ("fetching sample a", 8, 8)
    assert "/unasked" not in server.asked


def test_what_mirrors_answered_is_told_again_when_the_cache_delivers(tmp_path: Path, server: Server) -> None:
    wish = wanted(server.address + "/missing", server.gives("/other", b"other"), server.gives("/good", BODY))
    told = [
        Disappointment("sample a", wish.addresses[0], Answer.ABSENT),
        Disappointment("sample a", wish.addresses[1], Answer.DIFFERS),
    ]
    first = delivery(tmp_path)
    first.get(wish)
    asked = len(server.asked)
    second = delivery(tmp_path)
    second.get(wish)
    assert list(first.disappointments(wish)) == list(second.disappointments(wish)) == told
    assert len(server.asked) == asked, "the second time nobody was asked"


def test_a_mirror_that_was_mended_is_no_longer_told(tmp_path: Path, server: Server) -> None:
    wish = wanted(server.gives("/a", b"other"))
    with pytest.raises(DigestError):
        delivery(tmp_path).get(wish)
    server.gives("/a", BODY)
    mended = delivery(tmp_path)
    mended.get(wish)
    assert list(mended.disappointments(wish)) == []


def test_when_all_fail_every_mirror_is_listed_with_its_reason(tmp_path: Path, server: Server) -> None:
    wish = wanted("http://127.0.0.1:1/", server.address + "/missing")
    with pytest.raises(FetchError) as error:
        delivery(tmp_path).get(wish)
    lines = error.value.message.splitlines()
    assert lines[0] == "sample a: no mirror delivers the 8 bytes that model.yaml names"
    assert lines[1].startswith("  http://127.0.0.1:1/: cannot be reached: ")
    assert lines[2] == f"  {server.address}/missing: answers 404 Not Found"
    assert (error.value.exit_code, "maxctl fetch" in str(error.value.hint)) == (5, True)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"the BODY", "delivers the sha256 "),
        (BODY + b"!", "more than the 8 bytes"),
        (b"the", "delivers 3 bytes"),
    ],
)
def test_wrong_bytes_are_a_digest_error_and_reach_nothing(
    tmp_path: Path, server: Server, body: bytes, reason: str
) -> None:
    with pytest.raises(DigestError, match=reason) as error:
        delivery(tmp_path).copy(wanted(server.gives("/a", body)), tmp_path / "project" / "a")
    assert "correct size and sha256" in str(error.value.hint)
    assert not (tmp_path / "project" / "a").exists()
    assert [path for path in (tmp_path / "cache" / "blobs").rglob("*") if path.is_file()] == []


def test_two_projects_share_one_cache(tmp_path: Path, server: Server) -> None:
    wish = wanted(server.gives("/a", BODY))
    for name in ("one", "two"):
        Delivery(tmp_path / name, tmp_path / "cache", Listener()).copy(wish, tmp_path / name / "a")
    assert server.asked == ["/a"]


def test_a_corrupt_blob_is_fetched_again(tmp_path: Path, server: Server) -> None:
    wish = wanted(server.gives("/a", BODY))
    blob = delivery(tmp_path).get(wish)
    blob.chmod(0o644)
    blob.write_bytes(b"the b0dy")
    delivery(tmp_path).copy(wish, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == BODY
    assert server.asked == ["/a", "/a"]


def test_a_package_that_differs_is_downloaded_once_more_unless_it_just_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents, asked = [b"replaced", BODY, b"replaced"], []

    def pack(name: str, version: str, folder: Path) -> Path:
        asked.append(name)
        (folder / "p.tgz").write_bytes(tar([file("package/a", contents[len(asked) - 1])]))
        return folder / "p.tgz"

    monkeypatch.setattr(npm, "pack", pack)
    wish = wanted("npm:p@1.0.0#package/a")
    with pytest.raises(DigestError):
        delivery(tmp_path).get(wish)
    assert len(asked) == 1, "a fresh download that differs is final"
    delivery(tmp_path).get(wish)
    assert len(asked) == 2, "one of an earlier run is not"


def test_where_only_a_program_is_missing_the_error_says_which(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_npm(name: str, mend: str) -> str:
        raise ToolMissingError(f"`{name}` is not on this machine", hint=mend)

    monkeypatch.setattr(process, "program", no_npm)
    with pytest.raises(ToolMissingError, match="npm") as alone:
        delivery(tmp_path).get(wanted("npm:p@1.0.0#package/a"))
    assert "apt-get install npm" in str(alone.value.hint)
    with pytest.raises(FetchError, match="`npm` is not on this machine") as among_others:
        delivery(tmp_path).get(wanted("npm:p@1.0.0#package/a", server.address + "/missing"))
    assert "apt-get install npm" in str(among_others.value.hint)
    delivery(tmp_path).get(wanted("npm:p@1.0.0#package/a", server.gives("/a", BODY)))
