"""Give an approval: choose the key, sign, write both files, and check that the signature counts."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from maxctl.adapters import ssh_keygen
from maxctl.core import yaml
from maxctl.core.errors import SpecError, StageError, UsageError
from maxctl.core.facts.review import ApprovalFacts, ReviewFacts
from maxctl.core.quoting import shown
from maxctl.core.spec import ModelSpec, Reviewer
from maxctl.release.approval import FOLDER, NAMESPACE, Decision, MalformedError, parse, path_of, render
from maxctl.release.approvals import SIGNATURE


@dataclass(frozen=True, slots=True)
class Signed:
    """The two files of an approval, and which key signed."""

    statement: str
    signature: str
    key: str


def reviewer_of(spec: ModelSpec, who: str, role: str) -> Reviewer:
    """Return the reviewer who may judge for a role; raises `SpecError` or `UsageError` that says who may."""
    if spec.review is None:
        raise SpecError(
            "model.yaml names nobody who may approve", hint="`maxctl review` shows what to add to model.yaml"
        )
    known = {one.id: one for one in spec.review.reviewers}
    if who not in known:
        close = difflib.get_close_matches(who, known, n=1, cutoff=0.5)
        hint = f"did you mean `{close[0]}`?" if close else f"model.yaml names: {', '.join(known)}"
        raise UsageError(f"model.yaml names no reviewer `{shown(who)}`", hint=hint)
    if role not in known[who].roles:
        able = [one.id for one in known.values() if role in one.roles]
        roles = sorted({name for one in known.values() for name in one.roles})
        close = difflib.get_close_matches(role, roles, n=1, cutoff=0.5)
        mend = f"did you mean `{close[0]}`?" if close else f"roles in model.yaml: {', '.join(roles)}"
        raise UsageError(
            f"{who} may judge {', '.join(known[who].roles)}, not `{shown(role)}`",
            hint=f"who may: {', '.join(able)}" if able else mend,
        )
    return known[who]


def standing_of(facts: ReviewFacts, role: str, reviewer: str) -> ApprovalFacts | None:
    """Return the approval that the reviewer gave for the role before, if any."""
    return next(
        (
            one
            for one in facts.approvals
            if one.path == path_of(role, reviewer)
            and (one.state == "malformed" or (one.role, one.reviewer) == (role, reviewer))
        ),
        None,
    )


def repeats(facts: ReviewFacts, decision: Decision) -> bool:
    """Tell whether the same decision stands already, on the same subject."""
    before = standing_of(facts, decision.role, decision.reviewer)
    return (
        before is not None
        and before.state == "valid"
        and decision.decision == "approve"
        and (before.comment, before.expires) == (decision.comment, decision.expires)
    )


def key_for(reviewer: Reviewer, file: Path | None) -> Path | str:
    """Return what signs for the reviewer here; raises `UsageError` unless it is the key that the spec lists."""
    listed = ssh_keygen.fingerprint(reviewer.key)
    if listed is None or listed.weakness:
        why = listed.weakness if listed else "it is no public SSH key"
        raise UsageError(
            f"the key of {reviewer.id} in model.yaml cannot be used: {why}",
            hint="`ssh-keygen -t ed25519` makes one; its .pub goes to model.yaml",
        )
    if file is None:
        found = ssh_keygen.own_key(reviewer.key)
        if found is None:
            raise UsageError(
                f"neither the SSH agent nor ~/.ssh holds the key of {reviewer.id}, {listed.hash}",
                hint="`--key FILE` names it, or `ssh-add FILE` gives it to the agent",
            )
        return found
    if not file.is_file():
        raise UsageError(f"there is no key file {file}", hint=f"--key FILE with the key {listed.hash}")
    given = ssh_keygen.fingerprint_of(file)
    if given is None:
        raise UsageError(
            f"{file} is no SSH key", hint="name the private key, or the .pub of a key in the agent"
        )
    if given.hash != listed.hash:
        raise UsageError(
            f"{file} is the key {given.hash}; model.yaml lists {listed.hash} for {reviewer.id}",
            hint="sign with that key, or change it in model.yaml, where others review the change",
        )
    return file


def give(
    root: Path,
    reviewer: Reviewer,
    decision: Decision,
    subject: dict[str, str],
    key: Path | str,
    *,
    terminal: bool,
) -> Signed:
    """Sign the decision on the subject and write both files; raises `StageError` when nothing was signed."""
    data = render(decision, subject)
    path = root / path_of(decision.role, decision.reviewer)
    _refuse_other(path, decision)
    signature = ssh_keygen.sign(data, key, NAMESPACE, terminal=terminal)
    checked = ssh_keygen.verify(data, signature, reviewer.id, reviewer.key, NAMESPACE)
    if not checked.good:
        raise StageError(
            f"the new signature is not by the key that model.yaml lists for {reviewer.id}, but by {checked.by}",
            hint="the private key does not belong to the .pub beside it; `--key FILE` names another",
        )
    path.parent.mkdir(exist_ok=True)
    beside = path.with_name(path.name + SIGNATURE)
    yaml.replace_text(beside, signature.decode("ascii"))
    yaml.replace_text(path, data.decode("utf-8"))
    relative = path.relative_to(root).as_posix()
    return Signed(relative, relative + SIGNATURE, checked.by or "")


def checked_decision(
    spec: ModelSpec,
    reviewer: Reviewer,
    role: str,
    decision: str,
    comment: str,
    expires: date | None,
    today: date,
) -> Decision:
    """Return the decision as data; raises `UsageError` for a comment or a day that no approval can carry."""
    if not comment.isprintable() or len(comment) > 2000:
        raise UsageError(
            "--comment must be one line of at most 2000 printable characters",
            hint="write more in the pull request",
        )
    if expires is not None and expires < today:
        raise UsageError(f"--expires {expires} is over", hint="name a day to come, or leave it out")
    if expires is not None and decision == "reject":
        raise UsageError(
            "--reject and --expires contradict each other", hint="a rejection stands until looked at again"
        )
    return Decision.model_validate(
        {
            "schema": "maxctl/approval/1",
            "model": spec.id,
            "version": spec.version,
            "role": role,
            "reviewer": reviewer.id,
            "decision": decision,
            "comment": comment,
            "signed_on": today,
            "expires": expires,
        }
    )


def _refuse_other(path: Path, decision: Decision) -> None:
    """Refuse a file that is someone else's: `a-b` of c and `a` of `b-c` have one name."""
    if path.parent.is_symlink() or path.is_dir():
        raise StageError(f"{FOLDER}/ of the project is no plain folder of files", hint="replace it by one")
    if not path.is_file():
        return
    try:
        other, _ = parse(path.read_bytes())
    except MalformedError:
        return  # nobody's any more
    if (other.role, other.reviewer) != (decision.role, decision.reviewer) and path_of(
        other.role, other.reviewer
    ) == path_of(decision.role, decision.reviewer):
        raise StageError(
            f"{path.name} is the approval of {other.reviewer} as {other.role}",
            hint="give one of the two reviewers another id in model.yaml",
        )
