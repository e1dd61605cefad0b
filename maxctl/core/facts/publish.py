"""What `publish` tells: where the image can be had, by a digest that cannot move."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class PublishFacts(Facts):
    """An image in a registry, with all that it rests on."""

    repository: str
    tag: str
    digest: str
    """Of the image's manifest in the registry, `sha256:<hex>`: what to pull."""
    image: str
    """Id of the image, which everyone who pulls it sees."""
    rests_on: dict[str, str]
    """Digest of the result of each step that was fresh."""
    not_applicable: tuple[str, ...]
    """Steps that had nothing to do, with their reasons."""
    approvals: tuple[str, ...]
    """Who approved, as `role: name`."""

    @property
    def reference(self) -> str:
        """What to pull: `repository@sha256:…`."""
        return f"{self.repository}@{self.digest}"

    def tables(self) -> tuple[Table, ...]:
        """Return where the image is, and what it rests on."""
        rows = (
            ("pull", self.reference),
            ("tag", f"{self.repository}:{self.tag}"),
            ("image", self.image),
            *(("approved by", one) for one in self.approvals),
            *(("not applicable", one) for one in self.not_applicable),
        )
        return (Table("published", ("what", "value"), rows),)


class PlannedEffect(Facts):
    """One thing that publishing would change: where, and how."""

    where: str
    what: str


class PublishPlan(Facts):
    """What publishing would do; nothing of it was done."""

    effects: tuple[PlannedEffect, ...]

    def tables(self) -> tuple[Table, ...]:
        """Return the effects in their order."""
        rows = tuple((effect.where, effect.what) for effect in self.effects)
        return (Table("this would be done", ("where", "what"), rows),)
