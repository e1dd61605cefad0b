"""Judge the files of `approvals/`: who signed what, and whether it is what lies here today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from maxctl.adapters import ssh_keygen
from maxctl.core.facts.review import ApprovalFacts, ApprovalState
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.quoting import shown
from maxctl.core.spec import Reviewer
from maxctl.release import approvals_codes as codes
from maxctl.release import approvals_subject
from maxctl.release.approval import (
    FOLDER,
    MOST_BYTES,
    NAMESPACE,
    Decision,
    MalformedError,
    parse,
    path_of,
)
from maxctl.release.approvals_people import People

SIGNATURE = ".sig"
MOST_SIGNATURE_BYTES = 64 * 1024
_CODES: dict[ApprovalState, Code] = {
    "void": codes.VOID,
    "expired": codes.EXPIRED,
    "rejected": codes.REJECTED,
    "bad signature": codes.BAD_SIGNATURE,
    "unknown key": codes.UNKNOWN_KEY,
    "unknown reviewer": codes.UNKNOWN_REVIEWER,
    "role not held": codes.ROLE_NOT_HELD,
    "other model": codes.OTHER_MODEL,
    "malformed": codes.MALFORMED,
}


def judge(
    files: Iterable[Path],
    root: Path,
    model: tuple[str, str],
    subject: dict[str, str],
    people: People,
    today: date,
) -> list[ApprovalFacts]:
    """Return each approval as it stands; `model` is the id and version that it has to be for."""
    paths = {path.relative_to(root).as_posix(): path for path in files}
    found = []
    for name, path in paths.items():
        if name.endswith(".json"):
            found.append(_approval(name, path, paths.get(name + SIGNATURE), model, subject, people, today))
        elif name.endswith(f".json{SIGNATURE}") and name.removesuffix(SIGNATURE) not in paths:
            found.append(_malformed(name, "is a signature without the approval that it signs"))
    return found


def finding(one: ApprovalFacts) -> Finding | None:
    """Return what is wrong with an approval, or None where it is valid."""
    if one.state == "valid":
        return None
    again = f"`maxctl approve {one.role} --as {one.reviewer}`"
    remedy = {
        "void": f"look at what changed (`maxctl review` shows it), then {again}",
        "expired": f"look again, then {again}",
        "rejected": f"mend what it says; then {one.reviewer} looks again and gives {again}",
        "bad signature": f"bring both files back from version control, or {again}",
        "unknown key": f"{again} with the key that model.yaml lists, or change the key there, in review",
        "other model": f"it was for another release; {again} for this one",
        "role not held": f"remove {one.path} and its .sig, or add the role to {one.reviewer} in model.yaml",
    }.get(one.state, f"remove {one.path} and what belongs to it, or bring it back from version control")
    whose = f"the approval of {one.reviewer} as {one.role} " if one.reviewer else ""
    return Finding(
        _CODES[one.state].code,
        Severity.ERROR,
        one.path,
        f"{whose or f'{one.path} '}{one.reason}",
        remedy,
        Place(one.path),
    )


def _approval(
    name: str,
    path: Path,
    signature: Path | None,
    model: tuple[str, str],
    subject: dict[str, str],
    people: People,
    today: date,
) -> ApprovalFacts:
    try:
        data = _read(path, MOST_BYTES)
        decision, approved = parse(data)
        if name != path_of(decision.role, decision.reviewer):
            raise MalformedError(
                f"says that it is {decision.reviewer}'s as {decision.role}, which belongs in"
                f" {path_of(decision.role, decision.reviewer)}: it was renamed or edited"
            )
    except MalformedError as fault:
        return _malformed(name, str(fault))
    reviewer = people.reviewers.get(decision.reviewer)
    if reviewer is None:
        state: ApprovalState = "unknown reviewer"
        reason = "does not count: model.yaml names no such reviewer"
    else:
        state, reason = _state(data, decision, signature, reviewer, people)
    if reviewer is not None and state == "valid":
        state, reason = _content(decision, approved, model, subject, reviewer, today)
    return ApprovalFacts(
        role=decision.role,
        reviewer=decision.reviewer,
        name=shown(reviewer.name) if reviewer else decision.reviewer,
        author=people.person(reviewer.id).author if reviewer else False,
        path=name,
        state=state,
        reason=reason,
        comment=decision.comment,
        expires=decision.expires,
    )


def _state(
    data: bytes, decision: Decision, signature: Path | None, reviewer: Reviewer, people: People
) -> tuple[ApprovalState, str]:
    """Judge the signature, with the key that the spec lists and no other."""
    if signature is None:
        return "bad signature", "has no signature beside it"
    key = people.keys[reviewer.id]
    if key is None or key.weakness:
        return (
            "unknown key",
            f"does not count: the key that model.yaml lists for {reviewer.id} cannot be used",
        )
    try:
        armoured = _read(signature, MOST_SIGNATURE_BYTES)
    except MalformedError as fault:
        return "bad signature", f"has a signature that {fault}"
    checked = ssh_keygen.verify(data, armoured, reviewer.id, reviewer.key, NAMESPACE)
    if checked.good:
        return "valid", ""
    if checked.by is None:
        return (
            "bad signature",
            "does not fit its signature: one of the two was edited, copied or made elsewhere",
        )
    others = (one.id for one, found in ((o, people.keys[o.id]) for o in people.reviewers.values())
              if found is not None and found.hash == checked.by)  # fmt: skip
    owner = next(others, None)
    whose = f"the key of {owner}" if owner else f"a key that model.yaml does not list, {checked.by}"
    return "unknown key", f"is signed with {whose}, not with {key.hash}"


def _content(
    decision: Decision,
    approved: dict[str, str],
    model: tuple[str, str],
    subject: dict[str, str],
    reviewer: Reviewer,
    today: date,
) -> tuple[ApprovalState, str]:
    """Judge what was signed."""
    if (decision.model, decision.version) != model:
        return "other model", f"is for {decision.model} {decision.version}, and this is {' '.join(model)}"
    if decision.role not in reviewer.roles:
        return "role not held", f"does not count: {reviewer.id} may judge {', '.join(reviewer.roles)} only"
    changed = approvals_subject.difference(approved, subject)
    if decision.decision == "reject":
        since = f" (changed since: {changed})" if changed else ""
        return "rejected", f"is a rejection: {decision.comment or 'no reason is given'}{since}"
    if decision.expires is not None and decision.expires < today:
        return "expired", f"counted until {decision.expires}"
    if changed:
        return "void", f"is void; changed since: {changed}"
    return "valid", ""


def _read(path: Path, most: int) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise MalformedError("is no plain file")
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise MalformedError(f"is larger than {most // 1024} KiB")
    return data


def _malformed(name: str, reason: str) -> ApprovalFacts:
    file = shown(name)
    return ApprovalFacts(
        role="unknown",
        reviewer="",
        name=file.removeprefix(f"{FOLDER}/"),
        author=False,
        path=file,
        state="malformed",
        reason=reason,
    )
