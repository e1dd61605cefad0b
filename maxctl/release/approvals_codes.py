"""What `review` finds: each way in which a release is not approved."""

from __future__ import annotations

from maxctl.core.findings import Code

NOBODY = Code(
    "REV001",
    "nobody is named who may approve",
    "A release that nobody has to look at is a release that nobody looked at. The spec names people, their roles and"
    " their keys, so that everyone can see whose word counts.",
)
NOTHING_ASKED = Code(
    "REV002",
    "no approval is asked for",
    "`review.required` is empty. A review that asks nobody would pass whatever the model is.",
)
MISSING = Code(
    "REV003",
    "approvals are missing",
    "The spec, or a license that needs a person's judgement, asks for more approvals than were given.",
)
AUTHORS_ONLY = Code(
    "REV004",
    "an author alone is not enough",
    "Who made something overlooks the same thing twice. Some of the approvals have to come from somebody else.",
)
VOID = Code(
    "REV005",
    "what was approved has changed",
    "An approval is bound to digests: of the spec, what was fetched, the goldens, the service, the documents and what"
    " each step found. It says nothing about anything else, however small the change.",
)
BAD_SIGNATURE = Code(
    "REV006",
    "the signature does not fit the approval",
    "The file was edited after it was signed, or the signature belongs to another file or another purpose.",
)
UNKNOWN_KEY = Code(
    "REV007",
    "signed with a key that is not the reviewer's",
    "Only the keys in the spec say who somebody is. A good signature by any other key is a stranger's.",
)
UNKNOWN_REVIEWER = Code(
    "REV008",
    "approved by somebody whom the spec does not name",
    "Whose approval counts is decided in the spec, where the change itself is reviewed.",
)
ROLE_NOT_HELD = Code(
    "REV009",
    "the reviewer does not hold the role",
    "A signature says who, the spec says for what: an engineer's word on a license is not a lawyer's.",
)
EXPIRED = Code(
    "REV010",
    "the approval has expired",
    "Its giver set a last day, because what it rests on may not hold for longer.",
)
OTHER_MODEL = Code(
    "REV011",
    "the approval is for another model or version",
    "A copied file is not a decision on this release.",
)
MALFORMED = Code(
    "REV012",
    "a file in approvals/ is no approval",
    "It cannot be read in one way only, does not say what its name says, or lacks its half. Whoever put it there meant"
    " something, and it does not count.",
)
REJECTED = Code(
    "REV013",
    "a rejection stands",
    "One who was asked says no. Others cannot outvote that; who rejected has to look again.",
)
IMPOSSIBLE = Code(
    "REV014",
    "the people named can never meet the demand",
    "More approvals of a role are asked for than there are different people who hold it and have a usable key.",
)
NOT_ASKED = Code("REV015", "an approval that nobody asked for", "It does no harm, and counts for nothing.")
UNUSABLE_KEY = Code(
    "REV016",
    "a reviewer's key cannot be used",
    "The text in the spec is no SSH key, or a key of a kind that can be forged. Its signatures do not count.",
)
NOT_RECORDED = Code(
    "REV017",
    "what lies there is not what was recorded",
    "The files were read again, whatever their time stamps say, and differ from what the step wrote.",
)
ONE_PERSON = Code(
    "REV018",
    "two reviewers are one person",
    "Ids that share a key or an address are counted once: nobody is a second opinion on himself.",
)
CODES = (
    NOBODY, NOTHING_ASKED, MISSING, AUTHORS_ONLY, VOID, BAD_SIGNATURE, UNKNOWN_KEY, UNKNOWN_REVIEWER, ROLE_NOT_HELD,
    EXPIRED, OTHER_MODEL, MALFORMED, REJECTED, IMPOSSIBLE, NOT_ASKED, UNUSABLE_KEY, NOT_RECORDED, ONE_PERSON,
)  # fmt: skip
