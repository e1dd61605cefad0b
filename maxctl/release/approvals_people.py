"""Who may approve, who is who, and whether what was given is what is asked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from maxctl.adapters.ssh_keygen import Fingerprint
from maxctl.core.facts.review import ApprovalFacts, DemandFacts
from maxctl.core.findings import Finding, Place, Severity
from maxctl.core.quoting import shown
from maxctl.core.spec import Demand, Review, Reviewer
from maxctl.release import approvals_codes as codes

LEGAL = "legal"
LEGAL_DEMAND = Demand(approvals=1, independent=1)
WHY_LEGAL = "a license needs a person's judgement"
_SPEC = Place("model.yaml")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, by all the ids that are this one; an author by any of them is an author."""

    ids: tuple[str, ...]
    author: bool


class People:
    """The reviewers of a spec as the persons that they are."""

    def __init__(
        self, reviewers: Iterable[Reviewer], keys: Mapping[str, Fingerprint | None], authors: Iterable[str]
    ) -> None:
        self.reviewers = {reviewer.id: reviewer for reviewer in reviewers}
        self.keys = keys
        known = {_who(author) for author in authors}
        groups: list[tuple[set[str], list[Reviewer]]] = []
        for reviewer in self.reviewers.values():
            key = keys[reviewer.id]
            marks, members = {_who(reviewer.name), key.hash if key else reviewer.key}, [reviewer]
            for group in [group for group in groups if group[0] & marks]:
                groups.remove(group)
                marks, members = marks | group[0], [*group[1], *members]
            groups.append((marks, members))
        self._persons = {
            member.id: Person(
                tuple(one.id for one in members),
                bool(marks & known) or any(one.author for one in members),
            )
            for marks, members in groups
            for member in members
        }

    def person(self, reviewer: str) -> Person:
        """Return who a reviewer is."""
        return self._persons[reviewer]

    def usable(self, reviewer: str) -> bool:
        """Tell whether signatures of the reviewer's key prove anything."""
        key = self.keys[reviewer]
        return key is not None and not key.weakness

    def holders(self, role: str) -> list[Reviewer]:
        """Return who may judge for a role, with a usable key."""
        return [one for one in self.reviewers.values() if role in one.roles and self.usable(one.id)]

    def findings(self) -> list[Finding]:
        """Return a warning for each key that cannot be used, and a note for each person with several ids."""
        found = []
        for index, (id_, key) in enumerate((id_, self.keys[id_]) for id_ in self.reviewers):
            if not self.usable(id_):
                why = key.weakness if key else "ssh-keygen does not take it for a public key"
                found.append(
                    Finding(
                        codes.UNUSABLE_KEY.code,
                        Severity.WARNING,
                        id_,
                        f"no approval of {id_} can count: {why}",
                        f"`ssh-keygen -t ed25519` makes a key; its .pub goes to review.reviewers[{index}].key",
                        _SPEC,
                    )
                )
        for ids in sorted({person.ids for person in self._persons.values() if len(person.ids) > 1}):
            found.append(
                Finding(
                    codes.ONE_PERSON.code,
                    Severity.NOTE,
                    ", ".join(ids),
                    f"{' and '.join(ids)} share a key or an address, and count once",
                    "keep one of them under review.reviewers",
                    _SPEC,
                )
            )
        return found


def demanded(review: Review, legal: bool) -> dict[str, tuple[Demand, str]]:
    """Return what each role has to give, with the reason where the spec does not state it."""
    asked = {role: (demand, "") for role, demand in review.required.items()}
    if legal:
        own = review.required.get(LEGAL, LEGAL_DEMAND)
        approvals, independent = (
            max(own.approvals, LEGAL_DEMAND.approvals),
            max(own.independent, LEGAL_DEMAND.independent),
        )
        asked[LEGAL] = (Demand(approvals=approvals, independent=independent), WHY_LEGAL)
    return asked


def count(
    asked: Mapping[str, tuple[Demand, str]], approvals: Iterable[ApprovalFacts], people: People
) -> tuple[list[DemandFacts], list[Finding]]:
    """Return what each role gave, each person counted once, and a finding for each demand that is not met."""
    valid = [one for one in approvals if one.state == "valid"]
    facts, found = [], []
    for role, (demand, why) in asked.items():
        givers = {people.person(one.reviewer) for one in valid if one.role == role}
        counted = DemandFacts(
            role=role,
            approvals=demand.approvals,
            independent=demand.independent,
            given=len(givers),
            given_independent=sum(not giver.author for giver in givers),
            why=why,
        )
        facts.append(counted)
        found += _judge(counted, givers, people)
    for one in valid:
        if one.role not in asked:
            message = f"{one.name} approved as {one.role}, and nobody asks that role"
            remedy = f"add `{one.role}: {{approvals: 1}}` under review.required, or remove the file"
            found.append(
                Finding(codes.NOT_ASKED.code, Severity.NOTE, one.path, message, remedy, Place(one.path))
            )
    return facts, found


def _judge(counted: DemandFacts, givers: set[Person], people: People) -> list[Finding]:
    role = counted.role
    lacks, lacks_others = (
        counted.approvals - counted.given,
        counted.independent - counted.given_independent,
    )
    able = {people.person(one.id) for one in people.holders(role)}
    others = sum(not one.author for one in able)
    found = []
    if len(able) < counted.approvals or others < counted.independent:
        named = f"{len(able)} who can, {others} of them no author"
        message = f"{role} has to give {_number(counted)}; model.yaml names {named}"
        remedy = f"add reviewers with the role {role} (and no `author: true`), or ask for fewer"
        found.append(Finding(codes.IMPOSSIBLE.code, Severity.ERROR, role, message, remedy, _SPEC))
    if lacks <= 0 and lacks_others <= 0:
        return found
    only_others = lacks_others >= max(lacks, 1)
    free = [
        one
        for one in people.holders(role)
        if people.person(one.id) not in givers and not (only_others and people.person(one.id).author)
    ]
    who = ", ".join(f"{shown(one.name)} ({one.id})" for one in free) or "nobody whom model.yaml names"
    remedy = (
        " or ".join(f"`maxctl approve {role} --as {one.id}`" for one in free) or f"name a reviewer for {role}"
    )
    because = f", since {counted.why}" if counted.why else ""
    if lacks > 0:
        given = f"{counted.given} of {_number(counted)}"
        message = f"{role} gave {given}{because}; can give it: {who}"
        found.append(Finding(codes.MISSING.code, Severity.ERROR, role, message, remedy, _SPEC))
    if lacks_others > 0 and counted.given:
        given = f"{counted.given_independent} of {counted.independent}"
        message = f"{role} is approved by authors; {given} from people who are no authors{because}; can give it: {who}"
        found.append(Finding(codes.AUTHORS_ONLY.code, Severity.ERROR, role, message, remedy, _SPEC))
    return found


def _number(demand: DemandFacts) -> str:
    several = "approval" if demand.approvals == 1 else "approvals"
    apart = f", {demand.independent} of them not by authors" if demand.independent else ""
    return f"{demand.approvals} {several}{apart}"


def _who(name: str) -> str:
    """Return the address in `Name <address>`, else the name, so that spellings of one person are equal."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    address = re.search(r"<\s*([^<>\s]+)\s*>", plain)
    return address[1] if address else " ".join(plain.split())
