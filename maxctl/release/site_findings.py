"""What keeps a catalogue page from being written, as findings."""

from __future__ import annotations

from maxctl.core.findings import Code, Finding, Place, Severity

NOT_PUBLISHED = Code(
    "SIT001",
    "The model is not published",
    "A catalogue lists what can be pulled by a digest; a page of something that is not there sends people nowhere.",
)
OTHER_RECORD = Code(
    "SIT002",
    "What was published rests on other results than those recorded now",
    "The page would tell the licenses and the tests of one state beside the image of another.",
)
FOREIGN = Code(
    "SIT003",
    "A file that maxctl did not make stands where the page would go",
    "Somebody else's page must not be lost because it has the same name.",
)
DAMAGED = Code(
    "SIT004",
    "The entry of another model cannot be read",
    "The catalogue is made from the models' entries; one that cannot be read is not listed until it is mended.",
)
CODES = (NOT_PUBLISHED, OTHER_RECORD, FOREIGN, DAMAGED)


def not_published(how: str) -> Finding:
    """Return the finding for a model whose image is in no registry yet."""
    return Finding(
        NOT_PUBLISHED.code,
        Severity.ERROR,
        "publish",
        f"publish is recorded as {how}: there is no image that the page could list",
        "`maxctl publish` says what is missing",
        Place("manifest.yaml"),
    )


def other_record(what: str) -> Finding:
    """Return the finding for a part that was another one when the image was published."""
    return Finding(
        OTHER_RECORD.code,
        Severity.ERROR,
        "publish",
        f"{what} is not what the published image rests on",
        "bring it back from version control, or publish what is there now: `maxctl publish`",
        Place("manifest.yaml"),
    )


def foreign(path: str, why: str) -> Finding:
    """Return the finding for a file or folder in the way; `path` is below the catalogue's folder."""
    return Finding(
        FOREIGN.code,
        Severity.ERROR,
        path,
        f"{path} {why}: nothing was written",
        "move it away, or name another folder with --output",
        Place(path),
    )


def damaged(path: str, why: str) -> Finding:
    """Return the warning for another model's entry; `path` is below the catalogue's folder."""
    return Finding(
        DAMAGED.code,
        Severity.WARNING,
        path,
        f"{path} {why}: its model is not listed, and its files are left as they are",
        "`maxctl site --output` of that model's project writes it anew; or remove its folder",
        Place(path),
    )
