"""Which mirrors and stores the spec takes, and what it says of the others."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from maxctl.core.spec import File, Package

ID = "0123456789abcdef0123456789abcdef01234567"
OTHERS = "git+https://…@commit#path or git+file:…@commit#path"


def said_of(mirror: str) -> str:
    """Return what the spec says of a mirror; nothing of one that it takes."""
    try:
        File(size=1, sha256="0" * 64, mirrors=(mirror,))
    except ValidationError as error:
        return error.errors()[0]["msg"]
    return ""


@pytest.mark.parametrize(
    "mirror",
    [
        "https://example.org/@scope/a.tgz?b=c@d",
        "file:up/a@b",
        "npm:@a/b@1.0.0#package/x",
        f"git+https://example.org/o/r.git@{ID}",
        f"git+https://example.org:8443/@o/r@{ID}#a/b c.h5",
        f"git+file:../r.git@{ID}#a",
        f"git+file:///srv/r.git@{ID}",
        f"git+http://127.0.0.1:8000/r.git@{ID}",
    ],
)
def test_an_exact_address_is_taken(mirror: str) -> None:
    assert said_of(mirror) == ""


@pytest.mark.parametrize(
    ("mirror", "command"),
    [
        ("git+https://h/o/r.git@main#a", "git ls-remote https://h/o/r.git main"),
        ("git+https://h/o/r.git@v1.0", "git ls-remote https://h/o/r.git v1.0"),
        (f"git+https://h/o/r.git@{ID[:12]}", f"git ls-remote https://h/o/r.git {ID[:12]}"),
        ("git+https://h/o/r.git#a", "git ls-remote https://h/o/r.git HEAD"),
        ("git+file:r.git@main", "git ls-remote r.git main"),
    ],
)
def test_what_can_move_is_refused_with_the_command_that_tells_the_commit(mirror: str, command: str) -> None:
    said = said_of(mirror)
    assert "a branch or a tag can move" in said
    assert f"`{command}`" in said


@pytest.mark.parametrize(
    "mirror",
    [
        f"git+https://me:secret@h/r.git@{ID}",
        f"git+https://token@h/r.git@{ID}#a",
        "https://me:secret@example.org/a",
        f"git+ssh://git@h/r.git@{ID}",
    ],
)
def test_a_mirror_with_a_login_is_refused_and_not_repeated(mirror: str) -> None:
    said = said_of(mirror)
    assert "must hold no user name and no password" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "mirror",
    [
        f"git+ssh://h/r.git@{ID}",
        f"git+http://example.org/r.git@{ID}",
        f"git+ext::sh -c touch@{ID}",
        f"git+https://h/r.git?token=x@{ID}",
        f"git://h/r.git@{ID}",
    ],
)
def test_other_ways_to_git_are_refused_with_the_forms_there_are(mirror: str) -> None:
    assert OTHERS in said_of(mirror)


@pytest.mark.parametrize(
    "store",
    ["file:.maxctl/store", "file:///srv/a b", "s3://bucket", "s3://my.bucket/a/b=c/", "gs://bucket/models"],
)
def test_a_store_in_a_folder_or_a_bucket_is_taken(store: str) -> None:
    assert Package(store=store).store == store


@pytest.mark.parametrize(
    "store",
    [
        "",
        "file:",
        "s3:bucket",
        "s3://",
        "s3://key:secret@bucket/a",
        "s3://bucket/../other",
        "s3://bucket//a",
        "s3://bucket/a?versionId=1",
        "s3://Bucket",
        "sftp://host/a",
        "memory://a",
    ],
)
def test_another_store_is_refused_with_the_forms_there_are(store: str) -> None:
    with pytest.raises(ValidationError, match="file:FOLDER, s3://bucket/prefix or gs://bucket/prefix"):
        Package(store=store)
