"""An approval as somebody would forge it: each way fails, and says what does not fit."""

import base64
import json
import os
import struct
import subprocess
from pathlib import Path

import pytest

from maxctl.core.errors import SpecError, StageError
from maxctl.core.findings import Severity
from maxctl.core.stage import Outcome, Verdict
from maxctl.release import approval
from tests.projects import project
from tests.release.reviewed_project import LIFECYCLE, Reviewed, make_key, public, reviewed, use_cheap_stages

TWO = {"ada": {"roles": ["engineering"]}, "bob": {"roles": ["legal", "engineering"]}}


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    use_cheap_stages(monkeypatch)


@pytest.fixture
def made(tmp_path: Path) -> Reviewed:
    return reviewed(tmp_path, TWO)


def errors(outcome: Outcome) -> dict[str, str]:
    """Return the messages of the errors by code; nothing counted, or the test proves nothing."""
    assert outcome.verdict is Verdict.FAILED
    return {found.code: found.message for found in outcome.findings if found.severity is Severity.ERROR}


def test_an_approval_edited_after_signing_does_not_count(made: Reviewed) -> None:
    path = made.sign("ada", expires="2999-01-01")
    path.write_text(path.read_text().replace("2999-01-01", "2999-01-02"))
    found = errors(made.review())
    assert "does not fit its signature" in found["REV006"] and "REV003" in found


def test_a_byte_after_the_end_of_an_approval_does_not_count(made: Reviewed) -> None:
    path = made.sign("ada")
    path.write_bytes(path.read_bytes() + b" ")
    assert "REV006" in errors(made.review())


@pytest.mark.parametrize(
    "damage",
    [
        lambda sig: sig.replace(b"A", b"B", 1),
        lambda sig: sig + sig,
        lambda sig: b"hello\n" + sig,
        lambda sig: b"",
        lambda sig: b"\x00" * 100,
        lambda sig: sig * 1000,
    ],
)
def test_a_damaged_padded_or_huge_signature_does_not_count(made: Reviewed, damage: object) -> None:
    path = Path(f"{made.sign('ada')}.sig")
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert "REV006" in errors(made.review())


def test_the_signature_of_another_approval_does_not_count(made: Reviewed) -> None:
    mine = made.sign("bob", "engineering")
    other = made.sign("bob", "legal")
    Path(f"{mine}.sig").write_bytes(Path(f"{other}.sig").read_bytes())
    assert "engineering" in errors(made.review())["REV006"]


def test_an_approval_without_signature_and_a_signature_without_approval_are_told(made: Reviewed) -> None:
    mine = made.sign("ada")
    Path(f"{mine}.sig").unlink()
    made.sign("bob", "legal").unlink()
    found = errors(made.review())
    assert "has no signature beside it" in found["REV006"]
    assert "is a signature without the approval" in found["REV012"]


def test_a_signature_for_another_purpose_does_not_count(made: Reviewed) -> None:
    made.seal(made.sign("ada"), made.keys["ada"], namespace="git")
    assert "REV006" in errors(made.review())


def test_a_good_signature_by_an_unlisted_key_names_that_key(made: Reviewed, tmp_path: Path) -> None:
    made.sign("ada", key=make_key(tmp_path, "mallory"))
    message = errors(made.review())["REV007"]
    assert "a key that model.yaml does not list, SHA256:" in message


def test_a_reviewer_cannot_sign_in_anothers_name(made: Reviewed) -> None:
    made.sign("ada", key=made.keys["bob"])
    assert "is signed with the key of bob" in errors(made.review())["REV007"]


def test_a_reviewer_whom_the_spec_does_not_name_does_not_count(made: Reviewed, tmp_path: Path) -> None:
    made.sign("mallory", key=make_key(tmp_path, "mallory"))
    assert "mallory" in errors(made.review())["REV008"]


def test_a_role_that_the_reviewer_does_not_hold_does_not_count(made: Reviewed) -> None:
    made.sign("ada", "legal")
    assert "ada may judge engineering only" in errors(made.review())["REV009"]


def test_a_renamed_approval_does_not_count_as_the_role_of_its_name(made: Reviewed) -> None:
    path = made.sign("bob", "legal")
    for end in ("", ".sig"):
        Path(f"{path}{end}").rename(made.root / f"approvals/engineering-bob.json{end}")
    message = errors(made.review())["REV012"]
    assert "which belongs in approvals/legal-bob.json: it was renamed or edited" in message


def test_one_person_under_two_ids_counts_once_and_is_told(tmp_path: Path) -> None:
    key = make_key(tmp_path / "keys", "ada")
    other = make_key(tmp_path / "keys", "laptop")
    people = {
        "ada": {"roles": ["engineering"], "key": public(key)},
        "ada-laptop": {
            "roles": ["engineering"],
            "name": "A. Example <ADA@example.org>",
            "key": public(other),
        },
        "bob": {"roles": ["engineering"]},
    }
    made = reviewed(tmp_path, people, {"engineering": {"approvals": 2}})
    made.sign("ada", key=key)
    made.sign("ada-laptop", key=other)
    outcome = made.review()
    assert "gave 1 of 2" in errors(outcome)["REV003"]
    assert any(found.code == "REV018" and "ada and ada-laptop" in found.message for found in outcome.findings)
    made.sign("bob")
    assert made.review().verdict is Verdict.PASSED


def test_an_author_by_one_id_is_an_author_by_the_other(tmp_path: Path) -> None:
    name = "Ada <ada@example.org>"
    people = {
        "ada": {"roles": ["engineering"], "author": True, "name": name},
        "ada-b": {"roles": ["engineering"], "name": name},
    }
    made = reviewed(tmp_path, people, {"engineering": {"independent": 1}})
    made.sign("ada-b")
    assert "REV004" in errors(made.review())


def test_two_spellings_of_one_key_count_once(tmp_path: Path) -> None:
    key = make_key(tmp_path / "keys", "ada", "rsa", 2048)
    kind, blob, _ = public(key).split()
    raw = base64.b64decode(blob)
    parts = []
    while raw:
        (size,) = struct.unpack(">I", raw[:4])
        parts.append(raw[4 : 4 + size])
        raw = raw[4 + size :]
    parts[2] = b"\0\0" + parts[2]  # the same number, written longer
    other = base64.b64encode(b"".join(struct.pack(">I", len(part)) + part for part in parts)).decode()
    assert other != blob
    people = {
        "ada": {"roles": ["engineering"], "key": f"{kind} {blob}"},
        "eve": {"roles": ["engineering"], "key": f"{kind} {other}"},
    }
    made = reviewed(tmp_path, people, {"engineering": {"approvals": 2}})
    made.sign("ada", key=key)
    made.sign("eve", key=key)
    outcome = made.review()
    message = errors(outcome)["REV014"]
    assert "names 1 who can" in message, "one key is one person, however it is written"
    assert "gave" in errors(outcome)["REV003"]


@pytest.mark.parametrize(("kind", "bits"), [("dsa", None), ("rsa", 1024)])
def test_a_key_that_can_be_forged_counts_for_nothing(tmp_path: Path, kind: str, bits: int | None) -> None:
    try:
        key = make_key(tmp_path / "keys", "ada", kind, bits)
    except subprocess.CalledProcessError:
        pytest.skip(f"this ssh-keygen makes no {kind} keys of {bits} bits")
    made = reviewed(tmp_path, {"ada": {"roles": ["engineering"], "key": public(key)}})
    made.sign("ada", key=key)
    outcome = made.review()
    assert "cannot be used" in errors(outcome)["REV007"] and "REV014" in errors(outcome)
    (weak,) = [found for found in outcome.findings if found.code == "REV016"]
    assert "is not safe" in weak.message and "ssh-keygen -t ed25519" in weak.remedy


def test_a_text_that_only_looks_like_a_key_counts_for_nothing(tmp_path: Path) -> None:
    made = reviewed(tmp_path, {"ada": {"roles": ["engineering"], "key": "ssh-ed25519 " + "A" * 68}})
    outcome = made.review()
    assert {"REV003", "REV014"} == errors(outcome).keys()
    assert any(found.code == "REV016" and "does not take it" in found.message for found in outcome.findings)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("id", 'mallory"\n* ssh-ed25519'),
        ("id", "*"),
        ("id", "ada,mallory"),
        ("id", "ada\n"),
        ("key", "ssh-ed25519 {blob}\n* {blob}"),
        ("key", 'cert-authority,principals="*" ssh-ed25519 {blob}'),
    ],
)
def test_a_line_smuggled_into_the_allowed_signers_is_refused_by_the_spec(
    tmp_path: Path, part: str, value: str
) -> None:
    blob = public(make_key(tmp_path, "ada")).split()[1]
    person = {"id": "ada", "name": "Ada", "roles": ["engineering"], "key": f"ssh-ed25519 {blob}"}
    review = {"reviewers": [{**person, part: value.format(blob=blob)}]}
    root = project(tmp_path / "p", {"pipelines/lifecycle.yaml": LIFECYCLE}, review=review)
    with pytest.raises(SpecError):
        _ = Reviewed(root).project.spec


def test_a_line_break_in_a_name_stays_in_the_name(tmp_path: Path) -> None:
    mallory = public(make_key(tmp_path, "mallory"))
    made = reviewed(tmp_path, {"ada": {"roles": ["engineering"], "name": f"Ada\nada {mallory}\x1b[2J"}})
    made.sign("ada", key=tmp_path / "mallory")
    outcome = made.review()
    assert "REV007" in errors(outcome)
    assert "\x1b" not in "".join(f"{found.message}" for found in outcome.findings)


def signed(made: Reviewed, data: bytes) -> Outcome:
    """Let the real reviewer sign any bytes, and return what the review says of them."""
    path = made.root / "approvals/engineering-ada.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    made.seal(path, made.keys["ada"])
    return made.review()


def valid(made: Reviewed) -> bytes:
    return made.sign("ada").read_bytes()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"role": "engineering",', '"role": "engineering", "role": "legal",', "has a key twice"),
        ('"comment": ""', '"comment": "\\u001b[2Jfine"', "must be one line of printable characters"),
        (
            '"comment": ""',
            '"comment": "fine\\nApproved by legal"',
            "must be one line of printable characters",
        ),
        ('"comment": ""', '"comment": "\\u202efine"', "must be one line of printable characters"),
        ('"comment": ""', '"comment": "\\ud800"', "is no approval"),
        ('"expires": null', '"expires": 99999999999', "must be a day"),
        ('"expires": null', '"expires": "2026-01-01T00:00:00"', "must be a day"),
        ('"expires": null', '"expires": 1e999', "holds the number"),
        ('"expires": null', '"expires": NaN', "holds the number"),
        ('"expires": null', '"expires": ' + "9" * 5000, "is not JSON"),
        ('"expires": null', '"expires": "2020-01-01"', "expires before it was signed"),
        ('"decision": "approve"', '"decision": "yes"', "predicate.decision"),
        ('"reviewer": "ada"', '"reviewer": "ada\\n"', "predicate.reviewer"),
        ('"predicateType": "urn:maxctl:approval:v1"', '"predicateType": "https://x"', "predicateType"),
        ('"maxctl/approval/1"', '"maxctl/approval/2"', "predicate.schema"),
        ('"comment": ""', '"comment": "", "also": 1', "predicate.also"),
        ('{"name": "golden"', '{"name": "service"', "names a part of its subject twice"),
    ],
)
def test_an_approval_that_can_be_read_in_two_ways_is_malformed_though_signed(
    made: Reviewed, old: str, new: str, why: str
) -> None:
    text = valid(made).decode()
    assert text.count(old) == 1
    found = errors(signed(made, text.replace(old, new).encode()))
    assert why in found["REV012"] and "REV003" in found
    assert found["REV012"].isprintable()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda data: data + b"{}", "is not JSON: Extra data"),
        (lambda data: b"\xef\xbb\xbf" + data, "is not JSON"),
        (lambda data: b"\xff" + data, "is not UTF-8"),
        (lambda data: b"[" * 100_000, "is nested too deeply"),
        (lambda data: b"", "is not JSON"),
        (lambda data: b"[]", "is no approval"),
        (lambda data: b" " * approval.MOST_BYTES + data, "is larger than 1024 KiB"),
    ],
)
def test_trailing_data_odd_bytes_depth_and_size_are_malformed(
    made: Reviewed, change: object, why: str
) -> None:
    assert why in errors(signed(made, change(valid(made))))["REV012"]  # type: ignore[operator]


def test_a_file_name_with_terminal_escapes_is_told_without_them(made: Reviewed) -> None:
    folder = made.root / "approvals"
    folder.mkdir()
    (folder / "legal-\x1b[2J\nx.json").write_text("{}")
    (folder / os.fsdecode(b"bad-\xff.json")).write_text("{}")
    outcome = made.review()
    shown = [found.subject for found in outcome.findings if found.code == "REV012"]
    assert sorted(shown) == [r"approvals/bad-\udcff.json", r"approvals/legal-\x1b[2J\nx.json"]
    record = made.recorded_review()
    assert (
        "\x1b" not in (made.root / "reports/review.md").read_text()
        and record.result.verdict is Verdict.FAILED
    )


def test_a_link_that_leads_out_is_refused_and_one_inside_is_no_approval(
    made: Reviewed, tmp_path: Path
) -> None:
    path = made.sign("ada")
    (made.root / "elsewhere.json").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(made.root / "elsewhere.json")
    assert "is no plain file" in errors(made.review())["REV012"]
    path.unlink()
    (tmp_path / "outside.json").write_text("{}")
    path.symlink_to(tmp_path / "outside.json")
    with pytest.raises(SpecError, match="leads out of the project"):
        made.review()


def test_a_product_replaced_by_a_link_to_equal_bytes_is_not_what_was_recorded(made: Reviewed) -> None:
    made.sign("ada")
    page = made.root / "reports/README.md"
    page.rename(made.root / "moved.md")
    page.symlink_to(made.root / "moved.md")
    assert "REV017" in errors(made.review())


def test_an_approval_in_a_folder_below_does_not_count(made: Reviewed) -> None:
    path = made.sign("ada")
    below = made.root / "approvals/old"
    below.mkdir()
    for end in ("", ".sig"):
        Path(f"{path}{end}").rename(below / f"{path.name}{end}")
    assert {"REV003", "REV012"} == errors(made.review()).keys()


def test_what_is_no_approval_by_its_name_is_left_alone(made: Reviewed) -> None:
    made.sign("ada")
    (made.root / "approvals/README.md").write_text("how we approve")
    assert made.review().verdict is Verdict.PASSED


def test_the_allowed_signers_take_only_an_id_and_a_key() -> None:
    from maxctl.adapters import ssh_keygen

    assert (
        ssh_keygen.allowed_signer("ada", "ssh-ed25519 AAAA", "n") == 'ada namespaces="n" ssh-ed25519 AAAA\n'
    )
    for who, key in (
        ("*", "ssh-ed25519 AAAA"),
        ("ada\nbob", "ssh-ed25519 AAAA"),
        ("ada", "ssh-ed25519 AAAA\n* x y"),
    ):
        with pytest.raises(StageError):
            ssh_keygen.allowed_signer(who, key, "n")


def test_what_is_written_is_what_is_read() -> None:
    decision = approval.Decision.model_validate(
        {
            "model": "m",
            "version": "1.0.0",
            "role": "legal",
            "reviewer": "ada",
            "decision": "approve",
            "comment": 'quotes " and ünïcode',
            "signed_on": "2026-01-02",
            "expires": None,
        }
    )
    subject = {"golden": "sha256:" + "a" * 64, "model.yaml#id": "sha256:" + "b" * 64}
    data = approval.render(decision, subject)
    assert approval.parse(data) == (decision, subject)
    assert json.loads(data)["predicate"]["comment"] == 'quotes " and ünïcode'
    assert data.decode().count('\n    {"name"') == 2, "one line for each part"
