"""Write the documents of the release: README, model card, licenses, deployment, citation.

All of it comes from the spec and the record; nothing is made up, and what is not stated is said to be so. The files of
`templates/docs/` in the project stand in for maxctl's own.
"""

from __future__ import annotations

from functools import cache
from typing import ClassVar

from maxctl.core import digest, resources
from maxctl.core.facts.document import DocumentFacts
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.slot import Slot
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage

DOCS = "docs"

NOT_STATED = Code(
    "DOC001",
    "something that readers look for is not stated",
    "Who made a model, how good it is and what it was trained on are the first questions of whoever wants to use it."
    " A document says `not stated` rather than nothing.",
)


class Document(Stage):
    """Write README, model card, licenses, deployment and citation of the release into docs/."""

    name: ClassVar[str] = "document"
    phase: ClassVar[Phase] = Phase.RELEASE
    needs: ClassVar[tuple[str, ...]] = (
        "fetch", "scan-license", "check", "record", "convert", "package", "scaffold", "regress", "regress-http",
    )  # fmt: skip
    reads: ClassVar[Reads] = Reads(
        spec=(
            "id", "name", "version", "description", "type", "domain", "task", "source", "license", "authors",
            "choice", "sources", "artifacts", "samples", "licensing", "inference", "benchmarks", "golden",
            "reference", "service",
        ),
        files=("golden/**", "templates/docs/**"),
    )  # fmt: skip
    codes: ClassVar[tuple[Code, ...]] = (NOT_STATED,)
    Facts = DocumentFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return which documents were written; a note for each thing that the spec does not state."""
        from maxctl.core import templates
        from maxctl.release import documents

        progress.say("rendering the documents")
        model.files("templates/docs/**")  # declared, so that the project's own templates are in the key
        context = documents.context(model)
        files = templates.render(context, {"docs": ""}, model.file("templates/docs").parent)
        for path, content in files.items():
            model.write(f"{DOCS}/{path}").write_bytes(content)
        told = {
            path: digest.of_bytes(content).removeprefix("sha256:") for path, content in sorted(files.items())
        }
        findings = [*_not_stated(model.spec), *_without_license(model)]
        return Outcome.judge(findings, DocumentFacts(documents=told), (DOCS,))

    def tools(self) -> dict[str, str]:
        """Return what of maxctl itself goes into the documents."""
        return {"templates": _templates()}


def _without_license(model: ModelView) -> list[Finding]:
    data = model.facts("scan-license", ScanLicenseFacts).slots.get(Slot.DATA)
    if data is None or any(claim.expression for claim in data.claims):
        return []  # a claim answers for the data sets
    return [
        Finding(
            NOT_STATED.code,
            Severity.NOTE,
            one.id,
            f"nothing states the license of the data set {one.id}",
            "look it up, and name it with its address under `licensing.claims.data` in model.yaml",
            Place("model.yaml"),
        )
        for one in data.datasets
        if one.license in (None, "NOASSERTION")
    ]


@cache
def _templates() -> str:
    return digest.of_tree(resources.path("templates") / DOCS)


def _not_stated(spec: ModelSpec) -> list[Finding]:
    lacks = {
        "authors": (spec.authors, "who made the model"),
        "domain": (spec.domain, "which domain the model is for"),
        "benchmarks": (spec.benchmarks, "how good the model is"),
        "licensing.datasets": (spec.licensing.datasets, "what the model was trained on"),
        "choice": (spec.choice, "why this model was chosen, and by whom"),
    }
    return [
        Finding(
            NOT_STATED.code,
            Severity.NOTE,
            path,
            f"model.yaml does not state {what}",
            f"add `{path}` to model.yaml, with where it is stated; `maxctl show schema spec` tells the keys",
            Place("model.yaml"),
        )
        for path, (value, what) in lacks.items()
        if not value
    ]
