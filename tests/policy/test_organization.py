import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxctl.core.slot import Slot
from maxctl.policy import rules
from maxctl.policy.organization import Organization, measure
from maxctl.policy.rules import PolicyError
from maxctl.policy.ruling import Ruling
from tests.policy.knowledge_at_hand import catalog, knowledge

LLAMA = "LicenseRef-scancode-llama-3.1-license-2024"
HUNYUAN = "LicenseRef-scancode-tencent-hunyuan-3d-2.0-cla"
STABILITY = "LicenseRef-scancode-stability-ai-community-2024"


def decide(license_id, use="commercial", **organization):
    keys = "".join(f"  {key}: {value}\n" for key, value in organization.items())
    text = "schema_version: 1\nname: ours\nextends: default\norganization:\n" + (keys or "  {}\n")
    return rules.read(text, catalog(), knowledge()).decide(license_id, Slot.WEIGHTS, use)


def test_a_limit_that_nobody_can_measure_is_a_review_that_asks_for_the_key():
    decision = decide(LLAMA)
    assert (decision.ruling, decision.recordable) == (Ruling.REVIEW, False)
    assert "state organization.monthly_active_users" in decision.change
    assert decision.change in decision.reason
    assert "700,000,000" in decision.reason


def test_within_the_limit_only_the_obligations_are_left_to_accept():
    decision = decide(LLAMA, monthly_active_users=700_000_000)
    assert (decision.ruling, decision.recordable, decision.change) == (Ruling.REVIEW, True, "")
    assert decision.duties


def test_above_the_limit_the_license_is_denied_with_the_numbers():
    decision = decide(LLAMA, monthly_active_users=700_000_001)
    assert (decision.ruling, decision.recordable) == (Ruling.DENY, False)
    assert "700,000,001" in decision.reason


def test_a_limit_is_not_asked_for_where_the_terms_allow_the_use_anyway():
    rich = {"annual_revenue_usd": 5_000_000}
    assert decide(STABILITY, "commercial", **rich).ruling is Ruling.DENY
    assert decide(STABILITY, "research", **rich).ruling is Ruling.ALLOW


@pytest.mark.parametrize("territory", ["[DE]", "[EU]", "[US, KR]", "[GB]"])
def test_an_excluded_territory_is_denied(territory):
    decision = decide(HUNYUAN, monthly_active_users=1, territory=territory)
    assert decision.ruling is Ruling.DENY
    assert "not granted in EU, GB, KR" in decision.reason


def test_a_territory_outside_the_excluded_ones_is_a_review():
    stated = {"monthly_active_users": 1, "territory": "[US]"}
    assert decide(HUNYUAN, **stated).recordable
    assert "organization.territory" in decide(HUNYUAN, monthly_active_users=1).change


def test_a_part_that_is_not_granted_in_a_territory_is_a_review_there():
    llama4 = "LicenseRef-scancode-llama-4-cla-2025"
    decision = decide(llama4, monthly_active_users=1, territory="[FR]")
    assert (decision.ruling, decision.recordable) == (Ruling.REVIEW, False)


def test_a_limit_that_asks_for_a_credit_only_does_not_deny():
    kimi = "LicenseRef-scancode-moonshot-ai-modified-mit-2025"
    decision = decide(kimi, monthly_active_users=200_000_000, annual_revenue_usd=1)
    assert decision.ruling is Ruling.REVIEW
    assert 'show "Kimi K2"' in decision.reason


def test_a_territory_is_a_country_code():
    with pytest.raises(PolicyError, match="territory"):
        decide(HUNYUAN, territory="[Germany]")


@given(st.integers(0, 10**10), st.integers(0, 10**12), st.sampled_from(["US", "DE", "GB", "EU"]))
def test_a_larger_licensee_is_never_better_off(users, revenue, place):
    for entry in knowledge().licenses:
        small = measure(entry, Organization(monthly_active_users=0, annual_revenue_usd=0, territory=(place,)))
        large = measure(
            entry,
            Organization(monthly_active_users=users, annual_revenue_usd=revenue, territory=(place,)),
        )
        assert small.ruling.rank <= large.ruling.rank
        assert not large.unstated


def test_who_is_in_the_whole_union_is_in_each_of_its_states():
    entry = knowledge().find(HUNYUAN)
    assert entry is not None
    german = entry.model_copy(update={"territory_excluded": ("DE",)})
    everywhere = Organization(monthly_active_users=0, territory=("EU",))
    assert measure(german, everywhere).ruling is Ruling.DENY
    assert measure(german, Organization(monthly_active_users=0, territory=("FR",))).ruling is Ruling.ALLOW
