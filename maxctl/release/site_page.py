"""The page of one model: what it is, how to run it, its licenses, how it was verified, where it comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from maxctl.core import quoting
from maxctl.core.facts import Facts
from maxctl.core.facts.build import BuildFacts
from maxctl.core.facts.convert import ConvertFacts
from maxctl.core.facts.fetch import FetchFacts
from maxctl.core.facts.package import PackageFacts
from maxctl.core.facts.publish import PublishFacts
from maxctl.core.facts.record import RecordFacts
from maxctl.core.facts.regress import CaseFacts, RegressFacts
from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.spec import ENGINES, ModelSpec
from maxctl.core.stage import ModelView
from maxctl.golden.example import example
from maxctl.policy.summary import COMPONENTS
from maxctl.release import site_entry, site_pictures, site_render

if TYPE_CHECKING:
    from maxctl.golden.suite import Suite

TEMPLATE = "model.html.jinja"
PAGE = "index.html"
REGRESS = ("regress", "regress-http", "regress-image")
_TARGETS = {
    "service": "the service, in its own locked environment",
    "http": "the service, over HTTP",
    "image": "a container of the image",
}
F = TypeVar("F", bound=Facts)


@dataclass(frozen=True, slots=True)
class Page:
    """The files of a model's folder in the catalogue, by name, and its entry."""

    entry: site_entry.CatalogueEntry
    files: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """A golden case as the page shows it; `results` stand in the order of the targets, None where not asked."""

    id: str
    parameters: str
    credit: str
    picture: site_pictures.Shown | None
    results: tuple[CaseFacts | None, ...]


def make(model: ModelView, suite: Suite | None) -> Page:
    """Return the page of a published model; the same bytes for the same spec, record and suite."""
    spec, published = model.spec, model.facts("publish", PublishFacts)
    pictures = site_pictures.of(suite) if suite else {}
    regressed = [facts for step in REGRESS if (facts := told(model, step, RegressFacts))]
    licenses, built = told(model, "scan-license", ScanLicenseFacts), model.facts("build", BuildFacts)
    package = model.facts("package", PackageFacts)
    hero = (
        next((pictures[case.id][0] for case in suite.cases if case.id in pictures), None) if suite else None
    )
    entry = _entry(spec, published, built, package, licenses, regressed, suite, hero)
    cases = _cases(suite, pictures, regressed)
    context: dict[str, Any] = {
        "entry": entry,
        "spec": spec,
        "engine": ENGINES.get(package.engine, package.engine),
        "built": built,
        "package": package,
        "licenses": licenses,
        "components": COMPONENTS,
        "fetched": told(model, "fetch", FetchFacts),
        "recorded": told(model, "record", RecordFacts),
        "chosen": converted.chosen() if (converted := told(model, "convert", ConvertFacts)) else None,
        "suite": suite,
        "cases": cases,
        "targets": [_TARGETS.get(one.target, one.target) for one in regressed],
        "approvals": [_approval(one) for one in published.approvals],
        "not_applicable": [tuple(one.partition(": ")[::2]) for one in published.not_applicable],
        "commands": _commands(spec, entry),
        "question": _question(spec, suite, pictures),
        "mirrors": _mirrors(spec),
    }
    rules = "\n".join(one.picture.rules for one in cases if one.picture and one.picture.rules)
    html = site_render.render(TEMPLATE, context, ("copy.js",), rules)
    files = {picture.path: content for picture, content in pictures.values()}
    files |= {PAGE: html.encode("utf-8"), site_entry.FILE: entry.text().encode("utf-8")}
    return Page(entry, files)


def told(model: ModelView, step: str, kind: type[F]) -> F | None:
    """Return what a step told, or None where it had nothing to do."""
    return None if model.was_skipped(step) else model.facts(step, kind)


def _entry(
    spec: ModelSpec,
    published: PublishFacts,
    built: BuildFacts,
    package: PackageFacts,
    licenses: ScanLicenseFacts | None,
    regressed: list[RegressFacts],
    suite: Suite | None,
    picture: site_entry.PictureEntry | None,
) -> site_entry.CatalogueEntry:
    return site_entry.CatalogueEntry(
        schema="maxctl/catalogue-entry/1",
        id=spec.id, name=spec.name, version=spec.version, description=spec.description, type=spec.type,
        domain=spec.domain, license=spec.license, source=spec.source,
        image=site_entry.PulledImage(
            repository=published.repository, tag=published.tag, digest=published.digest,
            reference=published.reference, id=published.image, architecture=built.architecture, size=built.size,
        ),
        licenses=_licenses(licenses) if licenses else None,
        datasets=tuple(
            site_entry.DatasetEntry(id=one.id, use=one.use, license=one.license, verdict=one.verdict, source=one.source)
            for slot in (licenses.slots.values() if licenses else ()) for one in slot.datasets
        ),
        archive=site_entry.PublishedFile(path=package.archive, size=package.size, sha256=package.sha256),
        files=tuple(
            site_entry.PublishedFile(path=one.path, size=one.size, sha256=one.sha256) for one in package.members
        ),
        verification=site_entry.VerificationEntry(
            cases=len(suite.cases) if suite else 0, targets=tuple(one.target for one in regressed)
        ),
        picture=picture,
    )  # fmt: skip


def _licenses(facts: ScanLicenseFacts) -> site_entry.LicensesEntry:
    return site_entry.LicensesEntry(
        use_case=facts.use_case,
        verdict=facts.verdict,
        slots={
            slot.value: site_entry.SlotEntry(verdict=one.verdict, license=one.concluded)
            for slot, one in facts.slots.items()
            if not one.empty
        },
    )


def _cases(
    suite: Suite | None,
    pictures: dict[str, tuple[site_entry.PictureEntry, bytes]],
    regressed: list[RegressFacts],
) -> list[Case]:
    return [
        Case(
            id=case.id,
            parameters=site_pictures.parameters(case),
            credit=", ".join(part for part in (case.license, case.credit) if part),
            picture=site_pictures.show(pictures[case.id][0], f"b{number}") if case.id in pictures else None,
            results=tuple(next((c for c in one.cases if c.id == case.id), None) for one in regressed),
        )
        for number, case in enumerate(suite.cases if suite else ())
    ]


def _commands(spec: ModelSpec, entry: site_entry.CatalogueEntry) -> dict[str, str]:
    reference, port = quoting.shell_word(entry.image.reference), spec.service.port
    return {
        "pull": f"docker pull {reference}",
        "run": f"docker run --rm -p {port}:{port} {reference}",
    }


def _question(
    spec: ModelSpec, suite: Suite | None, pictures: dict[str, tuple[site_entry.PictureEntry, bytes]]
) -> dict[str, str] | None:
    """Return the first golden case as a command, and what it answers; `file` is the picture to save first."""
    shown = example(spec, suite, {sample.path: quoting.file_name(sample.path) for sample in spec.samples})
    if shown is None or suite is None:
        return None
    picture = pictures.get(shown["case"])
    upload = f"{spec.inference.input.field}=@{picture[0].path if picture else 'FILE'}"
    url = f"http://localhost:{spec.service.port}/model/predict{shown['query']}"
    return {
        "command": f"curl -F {quoting.shell_word(upload)} {quoting.shell_word(url)}",
        "file": picture[0].path if picture else "",
        "answer": shown["answer"],
    }


def _mirrors(spec: ModelSpec) -> dict[str, tuple[str, ...]]:
    """Return the mirrors of everything that is fetched, by its digest."""
    return {one.sha256: tuple(one.mirrors) for one in (*spec.sources, *spec.artifacts, *spec.samples)}


def _approval(text: str) -> dict[str, str]:
    """Return role and name of an approval, `role: name`; an address in the name is nobody's business here."""
    role, _, name = text.partition(": ")
    return {"role": role, "name": re.sub(r"\s*<[^<>]*>\s*$", "", name) or name}
