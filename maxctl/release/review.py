"""Ask for approvals by named people, signed and bound to the digests of all that ships."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from maxctl.core.facts.review import ReviewFacts
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.spec import ModelSpec
from maxctl.core.spec import Review as Section
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Skip, Stage
from maxctl.release import approvals_codes as codes

APPROVALS = "approvals/**"
PAGE = "reports/review.md"
NAME_PEOPLE = """add to model.yaml:
review:
  reviewers:
    - {id: ada, name: Ada Example <ada@example.org>, roles: [engineering, legal], key: ssh-ed25519 AAAA…}
  required:
    engineering: {approvals: 1}"""


class Review(Stage):
    """Ask for approvals by named people, signed and bound to the digests of all that ships.

    `maxctl approve ROLE --as REVIEWER` gives one. What is to be judged stands in reports/review.md.
    """

    name: ClassVar[str] = "review"
    phase: ClassVar[Phase] = Phase.RELEASE
    # not `build`: an image gets another id each time; `publish` compares it with the service and the archive
    needs: ClassVar[tuple[str, ...]] = (
        "fetch", "scan-license", "check", "prepare", "record", "convert", "package", "scaffold",
        "regress", "regress-http", "document",
    )  # fmt: skip
    reads: ClassVar[Reads] = Reads(spec=tuple(ModelSpec.model_fields), files=(APPROVALS,))
    codes: ClassVar[tuple[Code, ...]] = codes.CODES
    Facts = ReviewFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return what was approved by whom; a finding for each approval that is missing or does not count."""
        review: Section | None = model.spec.review
        if review is None or not review.required:
            return Outcome.judge((_nobody(review),))
        from maxctl.adapters import ssh_keygen
        from maxctl.release import approvals, approvals_page, approvals_people, approvals_subject

        subject, differ = approvals_subject.of(model, self.needs)
        keys = {one.id: ssh_keygen.fingerprint(one.key) for one in review.reviewers}
        people = approvals_people.People(review.reviewers, keys, model.spec.authors)
        release = (model.spec.id, model.spec.version)
        given = approvals.judge(model.files(APPROVALS), model.root, release, subject, people, date.today())
        asked = approvals_people.demanded(review, _legal(model))
        demands, lacking = approvals_people.count(asked, given, people)
        facts = ReviewFacts(
            subject=subject,
            demands=tuple(demands),
            approvals=tuple(given),
            not_applicable=tuple(
                f"{step}: {model.result(step).reason}"
                for step in self.needs
                if model.result(step).skip is Skip.NOT_APPLICABLE
            ),
        )
        model.write(PAGE).write_text(approvals_page.render(model, self.needs, facts), encoding="utf-8")
        found = [
            *(_not_recorded(path) for path in differ),
            *filter(None, map(approvals.finding, given)),
            *lacking,
            *people.findings(),
        ]
        ends = [one.expires for one in given if one.state == "valid" and one.role in asked and one.expires]
        return Outcome.judge(found, facts, (PAGE,), valid_until=min(ends, default=None))


def _legal(model: ModelView) -> bool:
    """Tell whether a license needs a person; where nothing was judged, it does."""
    if model.was_skipped("scan-license"):
        return True
    return model.facts("scan-license", ScanLicenseFacts).legal_approval_required


def _nobody(review: Section | None) -> Finding:
    place = Place("model.yaml")
    if review is None:
        message = "model.yaml names nobody who may approve a release"
        return Finding(codes.NOBODY.code, Severity.ERROR, "review", message, NAME_PEOPLE, place)
    return Finding(
        codes.NOTHING_ASKED.code,
        Severity.ERROR,
        "review.required",
        "`review.required` in model.yaml is empty: nobody has to approve",
        "remove it (one approval of engineering is asked then), or add `engineering: {approvals: 1}` below it",
        place,
    )


def _not_recorded(path: str) -> Finding:
    return Finding(
        codes.NOT_RECORDED.code,
        Severity.ERROR,
        path,
        f"{path} is not what was recorded",
        "bring it back from version control, or `maxctl run` to make it anew",
        Place(path),
    )
