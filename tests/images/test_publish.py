"""What is pushed, and what is refused, against a real engine and registry; the approvals are taken as given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from maxctl.core.errors import ToolMissingError
from maxctl.core.facts.build import BuildFacts
from maxctl.core.facts.package import PackageFacts
from maxctl.core.facts.publish import PublishFacts, PublishPlan
from maxctl.core.facts.review import ApprovalFacts, ReviewFacts
from maxctl.core.freshness import Standing, State
from maxctl.core.manifest import Output, Result
from maxctl.core.progress import Silent
from maxctl.core.project import Project
from maxctl.core.stage import ModelView, Outcome, Skip, Verdict
from maxctl.release import publish
from maxctl.release.publish import STAGES, Publish, PublishOptions
from maxctl.release.publish_deploy import NO_DIGEST
from tests.golden.suites import written
from tests.images.conftest import DOCKERFILE
from tests.projects import project

pytestmark = pytest.mark.slow
SERVICE, ARCHIVE = "1" * 64, "2" * 64
SERVED = "WORKDIR /service\nRUN printf served > service.json\n"
LABELS = f"LABEL maxctl.service=sha256:{SERVICE} maxctl.archive=sha256:{ARCHIVE}\n"
LABELLED = DOCKERFILE.replace("USER", f"{SERVED}USER") + LABELS
REVIEWED = ReviewFacts(
    subject={},
    demands=(),
    approvals=(
        ApprovalFacts(
            role="legal", reviewer="ada", name="Ada", author=False, path="approvals/x", state="valid"
        ),
    ),
)


class Release:
    """A project ready to be published, whose image may be exchanged."""

    def __init__(self, root: Path, repository: str) -> None:
        self.root, self.repository = root, repository
        project(root, service={"title": "Tiny", "image": repository})
        deploy = root / "service/deploy"
        deploy.mkdir(parents=True)
        (deploy / "kubernetes.yaml").write_text(f"# mine\nimage: {repository}@{NO_DIGEST}\n")
        (root / "service/service.json").write_text("served")
        self.record = Result(verdict=Verdict.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="no reference")
        self.base = "python:3.11-slim"
        self.standings = {step: Standing(State.FRESH, stage=STAGES.get(step, step)) for step in Publish.needs}
        self.round = 0

    def publish(self, image: str, **options: Any) -> tuple[Outcome, Path]:
        self.round += 1
        staging = self.root / f".maxctl/staging/{self.round}"
        passed = {step: Result(verdict=Verdict.PASSED) for step in Publish.needs}
        passed["build"] = Result(verdict=Verdict.PASSED, facts=_built(image, self.base).model_dump())
        passed["package"] = Result(verdict=Verdict.PASSED, facts=_packed().model_dump())
        passed["scaffold"] = Result(verdict=Verdict.PASSED, outputs=(Output(path="service", sha256=SERVICE),))
        passed["record"] = self.record
        passed["check"] = Result(verdict=Verdict.SKIPPED, skip=Skip.NOT_APPLICABLE, reason="no Python source")
        view = ModelView(
            root=self.root, staging=staging, cache=self.root / "cache", _spec=Project(self.root).spec,
            _reads=Publish.reads, _needs=passed, _who="publish", standings=self.standings,
        )  # fmt: skip
        return Publish(PublishOptions(**options)).run(view, Silent()), staging


def _built(image: str, base: str) -> BuildFacts:
    return BuildFacts(
        image=image,
        tag="t:1",
        base=base,
        base_id=f"sha256:{'0' * 64}",
        archive_sha256=ARCHIVE,
        architecture="l/a",
        size=1,
    )


def _packed() -> PackageFacts:
    return PackageFacts(
        archive="a.tar.gz", size=1, sha256=ARCHIVE, address="file:a", engine="litert", model="m",
        model_sha256="0", labels=None, members=(),
    )  # fmt: skip


@pytest.fixture
def release(tmp_path: Path, registry: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Release:
    monkeypatch.setattr(publish, "_reviewed", lambda model: Outcome.judge((), REVIEWED))
    return Release(tmp_path / "p", f"{registry()}/team/tiny")


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


def test_the_image_is_pushed_and_its_digest_goes_into_the_deploy_files(release, make_image, engine):
    image = make_image(dockerfile=LABELLED)
    outcome, staging = release.publish(image)
    assert outcome.verdict is Verdict.PASSED
    told = outcome.facts
    assert isinstance(told, PublishFacts)
    assert engine.tagged(release.repository, "1.0.0").digest == told.digest
    assert (staging / "deploy/kubernetes.yaml").read_text() == f"# mine\nimage: {told.reference}\n"
    assert json.loads((staging / "deploy/image.json").read_text())["reference"] == told.reference
    assert told.approvals == ("legal: Ada",)
    assert told.not_applicable == ("check: no Python source", "record: no reference")
    assert outcome.outputs == ("deploy",)


def test_publishing_the_same_again_changes_nothing(release, make_image):
    image = make_image(dockerfile=LABELLED)
    first, one = release.publish(image)
    again, two = release.publish(image)
    assert again.facts == first.facts
    assert (one / "deploy/image.json").read_bytes() == (two / "deploy/image.json").read_bytes()


def test_the_same_image_from_elsewhere_is_known_by_its_id(release, make_image, engine):
    from docker import from_env

    image = make_image(dockerfile=LABELLED, tag="maxctl-test:kept")
    first, _ = release.publish(image)
    from_env().images.remove(f"{release.repository}:1.0.0")  # the engine forgets that it ever pushed it
    assert not any(name.startswith(release.repository) for name in engine.image(image).digests)
    again, _ = release.publish(image)
    assert again.facts == first.facts


def test_a_tag_never_gets_another_image(release, make_image, engine):
    first, _ = release.publish(make_image(dockerfile=LABELLED))
    other, staging = release.publish(make_image(dockerfile=LABELLED))
    assert codes(other) == ["PUB004"]
    assert "raise `version`" in other.findings[0].remedy
    assert engine.tagged(release.repository, "1.0.0").digest == first.facts.digest
    assert not (staging / "deploy").exists()


def test_an_image_of_another_service_is_refused(release, make_image, engine):
    image = make_image(dockerfile=LABELLED.replace(SERVICE, "3" * 64))
    outcome, _ = release.publish(image)
    assert codes(outcome) == ["PUB003"]
    assert "another service" in outcome.findings[0].message
    assert engine.tagged(release.repository, "1.0.0") is None


def test_an_image_with_another_file_is_refused_whatever_its_labels_say(release, make_image):
    outcome, _ = release.publish(make_image(dockerfile=LABELLED.replace("printf served", "printf other")))
    assert codes(outcome) == ["PUB003"]
    assert "service.json" in outcome.findings[0].message


def test_an_image_on_another_base_than_the_approved_one_is_refused(release, make_image):
    release.base = "my-laptop:latest"
    outcome, _ = release.publish(make_image(dockerfile=LABELLED))
    assert codes(outcome) == ["PUB007"]
    assert "my-laptop:latest" in outcome.findings[0].message


def test_an_image_that_answers_otherwise_is_refused_whatever_the_record_says(release, make_image, engine):
    release.record = Result(verdict=Verdict.PASSED)
    written(release.root)
    outcome, _ = release.publish(make_image(dockerfile=LABELLED))
    assert codes(outcome) == ["PUB008"]
    assert "coffee" in outcome.findings[0].message
    assert engine.tagged(release.repository, "1.0.0") is None


def test_a_tag_that_holds_images_for_several_platforms_is_another_image(release, make_image, engine):
    image = make_image(dockerfile=LABELLED)
    first, _ = release.publish(image)
    host, _, name = release.repository.partition("/")
    entry = {
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "size": 1, "digest": first.facts.digest,
        "platform": {"os": "linux", "architecture": "amd64"},
    }  # fmt: skip
    kind = "application/vnd.docker.distribution.manifest.list.v2+json"
    listed = json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": [entry]})
    put = httpx.put(
        f"http://{host}/v2/{name}/manifests/1.0.0", content=listed, headers={"Content-Type": kind}
    )
    assert put.status_code == 201, put.text
    again, _ = release.publish(image)
    assert codes(again) == ["PUB004"]


def test_an_image_that_is_gone_is_told_with_the_mend(release):
    outcome, _ = release.publish(f"sha256:{'4' * 64}")
    assert codes(outcome) == ["PUB003"]
    assert "maxctl build --force" in outcome.findings[0].remedy


def test_every_step_that_does_not_hold_is_named_and_nothing_is_asked_of_the_engine(release, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    release.standings |= {
        "fetch": Standing(State.MISSING),
        "check": Standing(State.FAILED, "CHK001 bad"),
        "build": Standing(State.UNAVAILABLE, "no engine"),
        "regress": Standing(State.STALE, "changed since: files"),
        "review": Standing(State.LEFT_OUT, "the spec has no `review`", stage="review"),
        "regress-image": Standing(State.FRESH, stage="build"),
        "shortlist": Standing(State.LEFT_OUT, "the spec has no `shortlist`", stage="shortlist"),
    }
    outcome, _ = release.publish("sha256:0")
    assert {finding.subject for finding in outcome.findings} == {
        "fetch", "check", "build", "regress", "review", "regress-image",
    }  # fmt: skip
    assert "of the stage build, not of regress" in " ".join(finding.message for finding in outcome.findings)
    assert all(finding.remedy for finding in outcome.findings)


def test_a_dry_run_tells_every_side_effect_and_has_none(release, make_image, engine):
    outcome, staging = release.publish(make_image(dockerfile=LABELLED), dry_run=True)
    assert isinstance(outcome.facts, PublishPlan)
    assert [effect.where for effect in outcome.facts.effects] == [
        f"{release.repository}:1.0.0", "deploy/kubernetes.yaml", "deploy/image.json", "manifest.yaml",
    ]  # fmt: skip
    assert engine.tagged(release.repository, "1.0.0") is None
    assert not staging.exists()


def test_a_deploy_file_with_an_image_of_its_own_is_refused_before_anything_is_pushed(
    release, make_image, engine
):
    (release.root / "service/deploy/kubernetes.yaml").write_text("image: mine:latest\n")
    outcome, _ = release.publish(make_image(dockerfile=LABELLED))
    assert codes(outcome) == ["PUB005"]
    assert engine.tagged(release.repository, "1.0.0") is None


def test_a_link_among_the_deploy_files_is_refused(release, make_image, tmp_path):
    (tmp_path / "elsewhere.yaml").write_text("kind: Pod\n")
    (release.root / "service/deploy/extra.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    outcome, _ = release.publish(make_image(dockerfile=LABELLED))
    assert codes(outcome) == ["PUB005"]


@pytest.mark.parametrize(
    "line", ['"image": "mine:latest"', "- {image: mine}", "image: [", "image:\n  - mine"]
)
def test_an_image_of_its_own_is_found_however_it_is_written(release, line):
    (release.root / "service/deploy/other.yaml").write_text(f"{line}\n")
    outcome, _ = release.publish(f"sha256:{'4' * 64}")
    assert codes(outcome) == ["PUB005"]


def test_a_registry_that_is_down_leaves_nothing_half_published(tmp_path, make_image, monkeypatch):
    monkeypatch.setattr(publish, "_reviewed", lambda model: Outcome.judge((), REVIEWED))
    release = Release(tmp_path / "p", "localhost:9/team/tiny")
    with pytest.raises(ToolMissingError, match="localhost:9 cannot be used"):
        release.publish(make_image(dockerfile=LABELLED))
    assert not (release.root / "deploy").exists()
