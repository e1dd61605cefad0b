"""Who uses the model, and the limits of licenses that end their free grant for large or distant licensees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from maxctl.policy.ruling import Ruling, worst

if TYPE_CHECKING:
    from maxctl.policy.knowledge import AiLicense

EU = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "EU",
})  # fmt: skip
"""The member states, and the word for all of them."""
Territory = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class Organization(BaseModel):
    """What the limits of licenses are measured against; what is not stated is asked for where it matters."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    monthly_active_users: int | None = Field(default=None, ge=0, description="of all its products together")
    annual_revenue_usd: int | None = Field(default=None, ge=0, description="in US dollars")
    territory: tuple[Territory, ...] | None = Field(
        default=None,
        min_length=1,
        description="where it is established and offers the model: [DE, US], or EU",
    )


class Limit(BaseModel):
    """Above which size of the licensee the free grant ends, and what follows."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    of: Literal["monthly_active_users", "annual_revenue_usd"]
    above: int = Field(gt=0)
    then: Literal[Ruling.REVIEW, Ruling.DENY] = Ruling.DENY
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """How a licensee stands to the limits of a license."""

    ruling: Ruling
    told: tuple[str, ...]
    """The numbers, in words."""
    unstated: tuple[str, ...]
    """The keys of `organization` that nobody stated."""


def measure(entry: AiLicense, organization: Organization) -> Measured:
    """Return how the licensee stands: `allow` within all limits, `review` where a key is not stated."""
    found = [*_sizes(entry, organization), *_places(entry, organization)]
    return Measured(
        worst(ruling for ruling, _, _ in found),
        tuple(told for _, told, _ in found),
        tuple(dict.fromkeys(key for _, _, key in found if key)),
    )


def _sizes(entry: AiLicense, organization: Organization) -> Iterator[tuple[Ruling, str, str]]:
    for limit in entry.limits:
        words = limit.of.replace("_", " ").replace("usd", "in USD")
        stated: int | None = getattr(organization, limit.of)
        note = f" ({limit.note})" if limit.note else ""
        if stated is None:
            yield Ruling.REVIEW, f"its grant ends above {limit.above:,} {words}{note}", limit.of
        elif stated > limit.above:
            yield (
                Ruling(limit.then),
                f"{stated:,} {words} are above its limit of {limit.above:,}{note}",
                "",
            )
        else:
            yield (
                Ruling.ALLOW,
                f"{stated:,} {words} are not above its limit of {limit.above:,}{note}",
                "",
            )


def _places(entry: AiLicense, organization: Organization) -> Iterator[tuple[Ruling, str, str]]:
    excluded = entry.territory_excluded
    if not excluded:
        return
    then = entry.verdict_in_excluded_territory or Ruling.DENY
    verb = "not granted" if then is Ruling.DENY else "restricted"
    if organization.territory is None:
        yield Ruling.REVIEW, f"it is {verb} in {', '.join(excluded)}", "territory"
        return
    hit = [place for place in organization.territory if _within(place, excluded)]
    if hit:
        yield then, f"it is {verb} in {', '.join(excluded)}, and the territory is {', '.join(hit)}", ""
    else:
        yield Ruling.ALLOW, f"{', '.join(organization.territory)} is not among {', '.join(excluded)}", ""


def _within(place: str, excluded: tuple[str, ...]) -> bool:
    """Tell whether a territory touches the excluded ones; `EU` stands for its member states, either way."""
    return (
        place in excluded or ("EU" in excluded and place in EU) or (place == "EU" and bool(EU & {*excluded}))
    )
