"""What `publish` refuses, each with the mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.freshness import Standing, State
from maxctl.core.runner import command_of

NOT_FRESH = Code(
    "PUB001",
    "a step does not hold",
    "What is published is what was checked. A step that is missing, failed, could not run here, or was made from"
    " something that changed since, says nothing about what would be pushed.",
)
NO_REPOSITORY = Code("PUB002", "there is no repository to push to", "Only the spec says where an image goes.")
OTHER_IMAGE = Code(
    "PUB003",
    "the image is not the one that was checked",
    "An image carries the digests of the service and the archive that it was built from. Any other image under its"
    " name was not asked the golden suite.",
)
TAG_TAKEN = Code(
    "PUB004",
    "the tag names another image",
    "People pull by tag and compare by digest. A version that changes its content under its name breaks both.",
)
NO_PLACEHOLDER = Code(
    "PUB005",
    "a deploy file does not take the digest",
    "`publish` writes the digest where the generated file has a placeholder. A file that names its own image may"
    " deploy something else than what was published.",
)
NOT_APPROVED = Code(
    "PUB006",
    "an approval is missing or does not count",
    "Approvals are bound to digests. One that was given for something else, or not at all, is no approval of this."
    " They are judged anew at the moment of publishing, whatever was recorded.",
)
OTHER_BASE = Code(
    "PUB007",
    "the image was built on another base than the spec names",
    "The base is most of what runs. People approve the one that model.yaml names; another one, which a machine put in"
    " its place, was seen by nobody.",
)
OTHER_ANSWERS = Code(
    "PUB008",
    "the image does not answer as the research code does",
    "The golden suite is asked of the very image once more before it is pushed: a record alone proves nothing of it.",
)
CODES = (
    NOT_FRESH,
    NO_REPOSITORY,
    OTHER_IMAGE,
    TAG_TAKEN,
    NO_PLACEHOLDER,
    NOT_APPROVED,
    OTHER_BASE,
    OTHER_ANSWERS,
)

_PIPELINE = (
    "mend the project's pipelines/lifecycle.yaml: what is published has passed every step of maxctl's own"
)
_REMEDIES = {
    State.MISSING: "`{command}` runs it",
    State.STALE: "`maxctl run --until {step}` renews it and what it needs",
    State.CHANGED: "bring the file back from version control, or `maxctl run --until {step}` to make it anew",
    State.FAILED: "`{command}` shows what it found; mend that, then `maxctl run --until {step}`",
    State.UNAVAILABLE: "`maxctl doctor` tells what this machine lacks; then `{command}`",
    State.EXPIRED: "`{command} --force` asks again",
}


def steps(standings: Mapping[str, Standing], required: Mapping[str, str]) -> list[Finding]:
    """Return a finding for each step that does not hold; `required` names the stage of each that must be there."""
    found = []
    for step, now in standings.items():
        if now.state is State.FRESH and now.stage == required.get(step, now.stage):
            continue
        if now.state is State.FRESH:
            what, remedy = f"is of the stage {now.stage}, not of {required[step]}", _PIPELINE
        elif now.state is not State.LEFT_OUT:
            what = f"is {now.state}" + (f": {now.reason}" if now.reason else "")
            remedy = _REMEDIES[now.state].format(step=step, command=command_of(step))
        elif step in required:
            what, remedy = f"is left out: {now.reason}", _PIPELINE
        else:
            continue
        found.append(_error(NOT_FRESH, step, f"{step} {what}", remedy, "manifest.yaml"))
    return found


def not_approved(found: Finding) -> Finding:
    """Return the finding of `review` as one of publishing."""
    return replace(found, code=NOT_APPROVED.code, message=f"{found.message} ({found.code})")


def no_repository() -> Finding:
    """Return the finding of a spec that names no repository."""
    return _error(
        NO_REPOSITORY,
        "service.image",
        "model.yaml does not say where the image goes",
        "add `service.image: registry.example.org/team/name` to model.yaml",
        "model.yaml",
    )


def other_image(image: str, what: str) -> Finding:
    """Return the finding of an image that is gone, or was built from something else."""
    return _error(
        OTHER_IMAGE,
        image,
        f"the image {image[:19]} {what}",
        "`docker pull` it where it was published already (deploy/image.json), else `maxctl build --force`, then"
        " `maxctl run`",
        "manifest.yaml",
    )


def other_base(used: str, named: str) -> Finding:
    """Return the finding of an image that was built on another base than the spec names."""
    return _error(
        OTHER_BASE,
        used,
        f"the image was built on {used}, and model.yaml names {named}",
        f"unset MAXCTL_BASE_IMAGE and `maxctl build --force`, or set `service.base_image: {used}` in model.yaml and"
        " have it approved",
        "model.yaml",
    )


def other_answers(cases: tuple[str, ...]) -> Finding:
    """Return the finding of an image that failed golden cases."""
    return _error(
        OTHER_ANSWERS,
        ", ".join(cases),
        f"asked before it was pushed, the image failed {len(cases)} golden cases: {', '.join(cases)}",
        "`maxctl regress --image --force` shows how it answers",
        "golden/golden.yaml",
    )


def tag_taken(name: str, there: str) -> Finding:
    """Return the finding of a tag that has another digest already."""
    return _error(
        TAG_TAKEN,
        name,
        f"{name} is in the registry already, as {there}, and that is another image",
        "raise `version` in model.yaml and run the lifecycle again; a published version never changes",
        "model.yaml",
    )


def no_placeholder(path: str, placeholder: str) -> Finding:
    """Return the finding of a deploy file without the place for the digest."""
    return _error(
        NO_PLACEHOLDER,
        path,
        f"{path} does not name its image by the placeholder {placeholder[:60]}…, and nothing else",
        "put it where the image stands, in a plain YAML file, or delete the file and run `maxctl scaffold`",
        path,
    )


def _error(code: Code, subject: str, message: str, remedy: str, path: str) -> Finding:
    return Finding(code.code, Severity.ERROR, subject, message, remedy, Place(path))
