"""Build the service's image: the archive is verified, then extracted; the framework comes hash-locked.

The image stays in the container engine of this machine until `publish` pushes it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

from maxctl.core.errors import DigestError, StageError
from maxctl.core.facts.build import ARCHIVE_LABEL, SERVICE_LABEL, BuildFacts
from maxctl.core.facts.package import PackageFacts
from maxctl.core.findings import Code
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage

SERVICE = "service"
ARCHIVES = ".maxctl/out/package"
BASE = "MAXCTL_BASE_IMAGE"


class Build(Stage):
    """Build the service's image with the container engine of this machine."""

    name: ClassVar[str] = "build"
    phase: ClassVar[Phase] = Phase.WRAPPING
    needs: ClassVar[tuple[str, ...]] = ("package", "scaffold")
    reads: ClassVar[Reads] = Reads(spec=("id", "version", "service.image", "service.base_image"))
    codes: ClassVar[tuple[Code, ...]] = ()
    Facts = BuildFacts

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Return the facts of the image; raises `ToolMissingError` without an engine, a client or a base image."""
        from maxctl.adapters import container_engine, image_build

        engine = container_engine.connect()
        package = model.facts("package", PackageFacts)
        spec = model.spec
        base = os.environ.get(BASE) or spec.service.base_image
        tag = f"{spec.service.image or spec.id}:{spec.version}"
        log = model.cache / "logs" / f"build-{spec.id}.log"
        service = next(one for one in model.result("scaffold").outputs if one.path == SERVICE)
        labels = {SERVICE_LABEL: f"sha256:{service.sha256}", ARCHIVE_LABEL: f"sha256:{package.sha256}"}
        progress.say(f"building {tag} on {base}")
        with tempfile.TemporaryDirectory(prefix="maxctl-") as scratch:
            context = _context(model, package, Path(scratch) / "context")
            image = image_build.build(image_build.Recipe(context, base, tag, labels), log, progress)
        built, below = engine.image(image), engine.image(base)
        if built is None or below is None:
            missing = "the image" if built is None else f"its base {base}"
            raise StageError(
                f"the engine does not have {missing} after the build",
                hint=f"read {log}; is DOCKER_HOST another engine?",
            )
        facts = BuildFacts(
            image=built.id,
            tag=tag,
            base=base,
            base_id=below.id,
            archive_sha256=package.sha256,
            architecture=built.architecture,
            size=built.size,
        )
        return Outcome.judge((), facts)


def _context(model: ModelView, package: PackageFacts, target: Path) -> Path:
    """Return a copy of the service with the model's archive in it; what the image does not take is left out."""
    source = model.output("scaffold", SERVICE)
    if not (source / "Dockerfile").is_file():
        raise StageError(f"there is no {SERVICE}/Dockerfile", hint="maxctl scaffold --force")
    shutil.copytree(source, target, ignore=_unused, symlinks=True)
    archive = model.output("package", f"{ARCHIVES}/{package.archive}")
    if not archive.is_file():
        raise DigestError(f"{ARCHIVES}/{package.archive} is gone", hint="maxctl package --force")
    shutil.copyfile(archive, target / package.archive)
    return target


def _unused(folder: str, names: list[str]) -> list[str]:
    """Name what a build never needs; the archive brings the model, and the rest is .dockerignore's."""
    return [name for name in names if name in (".git", "__pycache__", "assets", "tests")]
