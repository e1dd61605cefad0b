"""The image that is to be published: whether it is the one that was checked, and what its tag is already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from maxctl.core import digest
from maxctl.core.facts.build import ARCHIVE_LABEL, SERVICE_LABEL, BuildFacts
from maxctl.core.facts.package import PackageFacts
from maxctl.core.findings import Finding
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView
from maxctl.release import publish_findings as findings
from maxctl.release.regress import BUILT, Regress, RegressOptions

if TYPE_CHECKING:
    from maxctl.adapters.container_engine import Engine, Image

SERVICE = "service"
# of the service, what its image holds as it is, in /service
SERVED = ("serving/", "service.json", "healthcheck.py")


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be published where, and the digest that the tag has already if it is this very image."""

    image: Image
    repository: str
    tag: str
    there: str | None

    @property
    def name(self) -> str:
        """The tag in full."""
        return f"{self.repository}:{self.tag}"


def other_base(model: ModelView) -> list[Finding]:
    """Return a finding where a machine put another base in the place of the spec's."""
    used, named = model.facts("build", BuildFacts).base, model.spec.service.base_image
    return [] if used == named else [findings.other_base(used, named)]


def release_of(model: ModelView, engine: Engine, progress: Progress) -> tuple[Release | None, list[Finding]]:
    """Return what is to be published, or what speaks against it: nothing is pushed before all of that is known."""
    built = model.facts("build", BuildFacts)
    image, base = engine.image(built.image), engine.image(built.base_id)
    if image is None:
        return None, [findings.other_image(built.image, "is not in the container engine any more")]
    if base is not None and image.layers[: len(base.layers)] != base.layers:
        return None, [findings.other_image(built.image, f"does not stand on {built.base}")]
    wrong = _differing(model, engine, image)
    if wrong:
        return None, [findings.other_image(built.image, f"holds another {', '.join(wrong)}")]
    repository, tag = str(model.spec.service.image), model.spec.version
    there = engine.tagged(repository, tag)
    if there is not None and not (
        there.single and _same(engine, image, f"{repository}@{there.digest}", progress)
    ):
        return None, [findings.tag_taken(f"{repository}:{tag}", there.digest)]
    return Release(image, repository, tag, there.digest if there else None), []


def _differing(model: ModelView, engine: Engine, image: Image) -> list[str]:
    """Return what of the image is not what was reviewed: labels, which say what it was built from, and files."""
    package, service = model.facts("package", PackageFacts), model.output("scaffold", SERVICE)
    recorded = next(one for one in model.result("scaffold").outputs if one.path == SERVICE)
    labels = {"service": (SERVICE_LABEL, recorded.sha256), "archive": (ARCHIVE_LABEL, package.sha256)}
    wrong = [
        what for what, (label, sha256) in labels.items() if image.labels.get(label) != f"sha256:{sha256}"
    ]
    if wrong:
        return wrong
    expected = {
        name: digest.of_file(path).removeprefix("sha256:")
        for path in digest.walk(service)
        if (name := path.relative_to(service).as_posix()).startswith(SERVED) and not path.is_symlink()
    }
    expected |= {f"assets/{member.path}": member.sha256 for member in package.members}
    held = engine.file_digests(image, "/service")
    return sorted(name for name, sha256 in expected.items() if held.get(name) != sha256)[:5]


def _same(engine: Engine, image: Image, reference: str, progress: Progress) -> bool:
    """Tell whether what the registry has is this image; its id is the digest of its configuration."""
    if reference in image.digests:
        return True
    there = engine.pull(reference, progress)
    if there.id != image.id:
        engine.forget(reference)  # it was pulled for this question only
    return there.id == image.id


def failed_cases(model: ModelView, release: Release, progress: Progress) -> tuple[str, ...]:
    """Return the golden cases that the image itself fails; none where there is no suite."""
    if model.was_skipped("record"):
        return ()
    folder = model.file("golden/golden.yaml").parent
    asked = Regress(RegressOptions(image=BUILT))
    _, result = asked.compare(
        folder, model.output("scaffold", SERVICE), release.image.id, model.cache, progress
    )
    return tuple(case.id for case in result.failures)
