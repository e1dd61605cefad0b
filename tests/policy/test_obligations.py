import pytest

from maxctl.core.slot import Slot
from maxctl.policy import obligations, rules
from maxctl.policy.obligations import Kind, Obligation
from maxctl.policy.use import Case, Delivery, Use
from tests.policy.knowledge_at_hand import catalog, knowledge, policy

SERVED, GIVEN = (Use(Case.COMMERCIAL, delivery) for delivery in (Delivery.SERVED, Delivery.DISTRIBUTED))


def kinds(license_id, use=GIVEN):
    return {duty.kind for duty in policy().decide(license_id, Slot.WEIGHTS, use).duties}


@pytest.mark.parametrize(
    ("license_id", "asked"),
    [
        ("MIT", {Kind.NOTICE}),
        ("BSD-3-Clause", {Kind.NOTICE, Kind.NAMING}),
        ("Apache-2.0", {Kind.LICENSE_COPY, Kind.CHANGES_STATED, Kind.NOTICE, Kind.ATTRIBUTION}),
        ("CC-BY-4.0", {Kind.ATTRIBUTION, Kind.LICENSE_COPY, Kind.CHANGES_STATED}),
        ("CC-BY-SA-4.0", {Kind.ATTRIBUTION, Kind.LICENSE_COPY, Kind.CHANGES_STATED, Kind.SHARE_ALIKE}),
        ("CC0-1.0", set()),
        ("GPL-3.0-only", {Kind.LICENSE_COPY, Kind.SOURCE_OFFER, Kind.SHARE_ALIKE, Kind.CHANGES_STATED}),
        ("GPL-3.0+", {Kind.LICENSE_COPY, Kind.SOURCE_OFFER, Kind.SHARE_ALIKE, Kind.CHANGES_STATED}),
        ("CDLA-Permissive-2.0", {Kind.LICENSE_COPY}),
        ("ODbL-1.0", {Kind.LICENSE_COPY, Kind.ATTRIBUTION, Kind.SHARE_ALIKE, Kind.SOURCE_OFFER}),
        ("Artistic-2.0", {Kind.SHARE_ALIKE, Kind.SOURCE_OFFER}),  # by its category
        ("Beerware", {Kind.NOTICE}),  # by its category
        ("LicenseRef-of-nobody", set()),
    ],
)
def test_what_a_license_asks_of_those_who_give_copies(license_id, asked):
    assert kinds(license_id) == asked


def test_who_only_serves_is_asked_for_less():
    assert kinds("GPL-3.0-only", SERVED) == set()
    assert kinds("Apache-2.0", SERVED) == set()
    assert kinds("AGPL-3.0-only", SERVED) == {Kind.SOURCE_OFFER}
    assert Kind.ATTRIBUTION in kinds("CC-BY-4.0", SERVED)


def test_an_ai_license_asks_in_all_its_ways():
    llama = "LicenseRef-scancode-llama-3.1-license-2024"
    duties = {duty.kind: duty for duty in policy().decide(llama, Slot.WEIGHTS, SERVED).duties}
    assert set(duties) == {
        Kind.NOTICE, Kind.ATTRIBUTION, Kind.NAMING, Kind.ACCEPTABLE_USE, Kind.PASS_ON, Kind.THRESHOLD, Kind.OUTPUTS,
    }  # fmt: skip
    assert duties[Kind.ATTRIBUTION].line == "Built with Llama"
    assert (duties[Kind.NOTICE].line or "").startswith("Llama 3.1 is licensed under the Llama 3.1 Community")


def test_each_ai_license_that_passes_its_terms_on_says_so():
    for entry in knowledge().licenses:
        asked = {duty.kind for duty in entry.obligations()}
        assert (Kind.PASS_ON in asked) == entry.pass_terms_on
        assert (Kind.SHARE_ALIKE in asked) == entry.share_alike_derivatives
        assert (Kind.THRESHOLD in asked) == bool(entry.threshold)


def test_a_rule_may_say_what_is_asked_instead():
    text = (
        "schema_version: 1\nname: ours\nextends: default\nlicenses:\n"
        "  - {ids: [MIT], commercial: allow, internal: allow, research: allow, reason: a,\n"
        "     obligations: [{kind: attribution, text: name us, when: always}]}\n"
    )
    ours = rules.read(text, catalog(), knowledge())
    assert ours.decide("MIT", Slot.CODE, SERVED).obligations == ("name us",)


def test_a_line_is_told_once():
    assert str(Obligation(kind=Kind.NOTICE, text="carry this", line="Built")) == 'carry this: "Built"'
    assert str(Obligation(kind=Kind.NOTICE, text='carry "Built"', line="Built")) == 'carry "Built"'


def test_each_kind_is_told_to_someone():
    every = [Obligation(kind=kind, text="a") for kind in Kind]
    told = {*obligations.for_notice(every), *obligations.for_reviewer(every)}
    assert told == set(every)
    assert Kind.NAMING not in {duty.kind for duty in obligations.for_notice(every)}
    assert Kind.NOTICE not in {duty.kind for duty in obligations.for_reviewer(every)}
