"""Generate the service: plain readable files in `service/`, with their own tests; hand edits survive.

`--check` writes nothing: it compares what is in `service/` with what would be generated today.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

import maxctl
from maxctl.core import digest, resources
from maxctl.core.errors import StageError
from maxctl.core.facts.package import PackageFacts
from maxctl.core.facts.scaffold import ScaffoldFacts
from maxctl.core.findings import Code, Finding, Place, Severity
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, StageOptions
from maxctl.wrapping import codes

if TYPE_CHECKING:
    from maxctl.golden.suite import Suite

SERVICE = "service"
ARCHIVES = ".maxctl/out/package"
# folder of templates -> where its files go in the service
PLACES = {"service": "", "deploy": "deploy", "ci": ".github/workflows"}
# what stands among the templates without being one
RESERVED = ("service/requirements/", "service/licenses/")


class ScaffoldOptions(StageOptions):
    """Options of `scaffold`."""

    check: bool = Field(
        default=False, description="Write nothing: tell what differs from what would be generated."
    )


class Scaffold(Stage):
    """Generate the service, or compare it with what would be generated."""

    name: ClassVar[str] = "scaffold"
    phase: ClassVar[Phase] = Phase.WRAPPING
    # goldens are read as files, not as a result of `record`: the gates have goldens, but never record any
    needs: ClassVar[tuple[str, ...]] = ("fetch", "scan-license", "package")
    reads: ClassVar[Reads] = Reads(
        spec=(
            "id", "name", "version", "description", "type", "domain", "task", "source", "license", "authors",
            "samples", "labels", "licensing.datasets", "inference", "golden", "service",
        ),
        files=("golden/**", "templates/**", "hook*", "hook/**"),
        own=("service/**",),
    )  # fmt: skip
    codes: ClassVar[tuple[Code, ...]] = codes.ALL
    Options = ScaffoldOptions
    Facts = ScaffoldFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return the facts of the service, and a finding for each edit that could not be brought along."""
        from maxctl.artifacts import pack
        from maxctl.wrapping.handedits import Remembered
        from maxctl.wrapping.tree import Tree

        if self.options.check:
            return Outcome.judge(_drift(model))
        package = model.facts("package", PackageFacts)
        suite, findings = _suite(model)
        progress.say("rendering the templates")
        files = _generate(model, package, suite)
        if "LICENSE" not in files:
            findings.append(_no_license_text(model.spec.license))
        target = model.write(SERVICE)
        progress.say(f"unpacking {package.archive}")
        archive = model.output("package", f"{ARCHIVES}/{package.archive}")
        members = pack.unpack(archive, target / "assets", package.sha256)
        told = Tree(model.file(SERVICE), target, Remembered(model.cache)).lay(
            files, (f"assets/{member.path}" for member in members)
        )
        for path in told.merged:
            progress.say(f"merged the edits of service/{path} with its new version")
        facts = _facts(model, package, files, tuple(sorted(told.edited)))
        return Outcome.judge([*findings, *told.findings], facts, (SERVICE,))

    def tools(self) -> dict[str, str]:
        """Return what of maxctl itself goes into a service."""
        from maxctl.runtimes.service_config import serving_digest

        return {"maxctl": maxctl.__version__, "templates": _templates(), "serving": serving_digest()}

    def records(self) -> bool:
        """Tell that a comparison is not recorded."""
        return not self.options.check


def _generate(model: ModelView, package: PackageFacts, suite: Suite | None) -> dict[str, bytes]:
    """Return every file of the service but the assets, by its path in the service's folder."""
    from maxctl.core import templates
    from maxctl.core.facts.scan_license import ScanLicenseFacts
    from maxctl.wrapping import service_files, texts

    samples, names = service_files.samples(model)
    licenses = model.facts("scan-license", ScanLicenseFacts)
    context = texts.context(model.spec, package, licenses, suite, names)
    model.files("templates/**")  # declared, so that the project's own templates are in the key
    files = {
        **templates.render(context, PLACES, model.file("templates/service").parent, RESERVED),
        **samples,
        **service_files.serving(),
        **service_files.requirements(package.engine, model.spec.inference.input.kind),
        **service_files.configuration(model, package),
        **service_files.goldens(model, suite),
    }
    if model.spec.license in service_files.LICENSE_TEXTS:
        files["LICENSE"] = service_files.license_text(model.spec.license)
    return files


def _suite(model: ModelView) -> tuple[Suite | None, list[Finding]]:
    """Return the golden suite, or None and a finding; raises `SuiteError` for one that was tampered with."""
    from maxctl.golden import suite

    if model.file("golden/golden.yaml").is_file():
        return suite.load(model.root / "golden"), []
    finding = Finding(
        codes.NO_GOLDENS.code, Severity.WARNING, "golden", "there is no golden suite in golden/",
        "maxctl record, then maxctl scaffold", Place("golden/golden.yaml"),
    )  # fmt: skip
    return None, [finding]


def _facts(
    model: ModelView, package: PackageFacts, files: dict[str, bytes], edited: tuple[str, ...]
) -> ScaffoldFacts:
    return ScaffoldFacts(
        engine=package.engine,
        port=model.spec.service.port,
        archive=package.archive,
        archive_sha256=package.sha256,
        model=f"assets/{package.model}",
        model_sha256=package.model_sha256,
        requirements=digest.of_bytes(files["requirements.txt"]),
        serving=digest.of_bytes(files["serving/DIGESTS"]),
        files=len(files),
        edited=edited,
    )


def _drift(model: ModelView) -> list[Finding]:
    """Return a finding for each file that differs from what would be generated today."""
    from maxctl.wrapping.handedits import fingerprint, read_state

    service = model.file(SERVICE)
    if not service.is_dir():
        raise StageError("there is no service/ to compare", hint="maxctl scaffold")
    package = model.facts("package", PackageFacts)
    files = _generate(model, package, _suite(model)[0])
    now = {path: digest.of_bytes(content) for path, content in files.items()}
    now |= {f"assets/{member.path}": f"sha256:{member.sha256}" for member in package.members}
    then = read_state(service).files
    there = {p.relative_to(service).as_posix() for p in digest.walk(service)} if service.is_dir() else set()
    unknown = {path for path in there - now.keys() if path.startswith("serving/")}
    return [
        _differs(path, fingerprint(service / path), now.get(path), then.get(path))
        for path in sorted({*now, *unknown})
        if fingerprint(service / path) != now.get(path)
    ]


def _differs(path: str, current: str | None, now: str | None, then: str | None) -> Finding:
    if current is None:
        what = "is not there"
    elif now is None:
        what = "is no part of maxctl's serving code"
    elif current == then:
        what = f"is of an earlier state; maxctl {maxctl.__version__} and today's project make another one"
    else:
        what = "was edited by hand"
    return Finding(
        codes.DRIFT.code, Severity.ERROR, path, f"service/{path} {what}",
        "`maxctl scaffold` brings it up to date and keeps edits; to lose an edit, restore the file first",
        Place(f"service/{path}"),
    )  # fmt: skip


def _no_license_text(expression: str) -> Finding:
    return Finding(
        codes.NO_LICENSE_TEXT.code, Severity.NOTE, "LICENSE",
        f"maxctl brings no text of {expression}, the license of the service",
        "add its text as service/LICENSE; it stays there", Place("model.yaml"),
    )  # fmt: skip


@cache
def _templates() -> str:
    folder = resources.path("templates")  # of which reports and drafts are no part of a service
    return digest.of_value({name: digest.of_tree(folder / name) for name in PLACES})
