from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maxctl.core import digest
from maxctl.core.slot import Slot
from maxctl.policy import layers, rules
from maxctl.policy.rules import PolicyError
from maxctl.policy.ruling import Ruling
from tests.policy.knowledge_at_hand import FOLDER, catalog, knowledge, policy, policy_text

ALLOWED = "commercial: allow, internal: allow, research: allow, reason: a"
DENIED = "commercial: deny, internal: deny, research: deny, reason: a"


def write(path: Path, name: str, text: str, extends: str | None = "default") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f"schema_version: 1\nname: {name}\n" + (f"extends: {extends}\n" if extends else "")
    path.write_text(head + text)
    return path


def load(path, **options):
    shown = f"licenses/{path.name}" if path else None
    return rules.load(path, catalog(), knowledge(), shown, **options)


def problems(path, **options):
    with pytest.raises(PolicyError) as caught:
        load(path, **options)
    return caught.value.problems


def test_a_policy_that_extends_the_default_states_only_what_differs(tmp_path):
    ours = load(write(tmp_path / "own.yaml", "ours", f"licenses: [{{ids: [MIT], {DENIED}}}]\n"))
    assert ours.decide("MIT", Slot.CODE, "research").ruling is Ruling.DENY
    for name in ("Apache-2.0", "AGPL-3.0-only", "CC-BY-NC-4.0", "LicenseRef-of-nobody"):
        assert ours.decide(name, Slot.CODE, "commercial") == policy().decide(name, Slot.CODE, "commercial")
    assert (ours.silence, ours.name) == (Ruling.REVIEW, "ours")


def test_the_model_overrides_the_organization_which_overrides_the_default(tmp_path):
    organization = write(
        tmp_path / "house" / "policy.yaml",
        "house",
        f"silence: deny\nlicenses: [{{ids: [MIT, ISC], {DENIED}}}]\norganization: {{monthly_active_users: 5}}\n",
    )
    model = write(
        tmp_path / "own.yaml",
        "model",
        f"licenses: [{{ids: [MIT], {ALLOWED}}}]\norganization: {{territory: [US]}}\n",
    )
    ours = load(model, organization=organization)
    decisions = {name: ours.decide(name, Slot.CODE, "commercial") for name in ("MIT", "ISC", "Zlib")}
    assert {name: one.ruling for name, one in decisions.items()} == {
        "MIT": "allow",
        "ISC": "deny",
        "Zlib": "allow",
    }
    assert decisions["MIT"].rule == "licenses: MIT (model)"
    assert decisions["ISC"].rule == "licenses: ISC (house)"
    assert decisions["Zlib"].rule == "category Permissive"
    assert ours.silence is Ruling.DENY
    assert (ours.organization.monthly_active_users, ours.organization.territory) == (5, ("US",))


def test_without_a_policy_of_the_model_the_organization_decides(tmp_path):
    organization = write(tmp_path / "policy.yaml", "house", f"licenses: [{{ids: [MIT], {DENIED}}}]\n")
    assert load(None, organization=organization).decide("MIT", Slot.CODE, "research").ruling is Ruling.DENY
    assert load(None).decide("MIT", Slot.CODE, "research").ruling is Ruling.ALLOW
    assert load(organization, organization=organization).name == "house"


def test_a_policy_without_extends_stands_alone(tmp_path):
    organization = write(tmp_path / "house.yaml", "house", f"licenses: [{{ids: [MIT], {DENIED}}}]\n")
    alone = tmp_path / "own.yaml"
    alone.write_bytes((FOLDER / "policy.yaml").read_bytes())
    ours = load(alone, organization=organization)
    assert ours.decide("MIT", Slot.CODE, "commercial").ruling is Ruling.ALLOW
    assert ours.decide("AGPL-3.0-only", Slot.CODE, "commercial").rule == "licenses: AGPL-3.0-only"
    assert ours.digest == digest.of_file(alone)


def test_the_digest_changes_with_any_layer(tmp_path):
    organization = write(tmp_path / "house.yaml", "house", "")
    model = write(tmp_path / "own.yaml", "model", "")
    first = load(model, organization=organization).digest
    write(tmp_path / "house.yaml", "house", "silence: deny\n")
    assert load(model, organization=organization).digest != first


def test_a_category_may_be_muted_or_decided_again(tmp_path):
    muted = load(
        write(tmp_path / "a.yaml", "ours", "not_a_grant: {categories: [Permissive], ids: [AGPL-3.0]}\n")
    )
    assert not muted.counts("MIT")
    assert not muted.counts("AGPL-3.0-only")
    decided = load(write(tmp_path / "b.yaml", "ours", f"categories: [{{category: CLA, {DENIED}}}]\n"))
    assert decided.counts("LicenseRef-scancode-dco-1.1")
    assert not policy().counts("LicenseRef-scancode-dco-1.1")
    disclaimer = "LicenseRef-scancode-warranty-disclaimer"
    again = load(write(tmp_path / "c.yaml", "ours", f"licenses: [{{ids: [{disclaimer}], {DENIED}}}]\n"))
    assert again.counts(disclaimer)
    assert not policy().counts(disclaimer)


def test_a_policy_may_extend_another_one_beside_it(tmp_path):
    write(tmp_path / "shared" / "base.yaml", "base", f"licenses: [{{ids: [MIT], {DENIED}}}]\n")
    ours = load(write(tmp_path / "own.yaml", "model", "silence: deny\n", extends="shared/base.yaml"))
    assert ours.decide("MIT", Slot.CODE, "research").rule == "licenses: MIT (base)"
    assert [layer.shown for layer in ours.layers[1:]] == ["licenses/shared/base.yaml", "licenses/own.yaml"]


def test_policies_that_extend_one_another_are_refused(tmp_path):
    write(tmp_path / "b.yaml", "b", "", extends="a.yaml")
    (problem,) = problems(write(tmp_path / "a.yaml", "a", "", extends="b.yaml"))
    assert problem.startswith("licenses/b.yaml:3:1: extends:")
    assert "in turn" in problem


@pytest.mark.parametrize(
    ("extends", "told"),
    [
        ("../house.yaml", "leads out"),
        ("/etc/passwd", "leads out"),
        ("link.yaml", "leads out"),
        ("none.yaml", "there is no policy `none.yaml`"),
        ("own.yaml", "in turn"),
    ],
)
def test_an_extended_policy_exists_and_lies_within_the_project(tmp_path, extends, told):
    write(tmp_path / "house.yaml", "house", "")
    folder = tmp_path / "licenses"
    folder.mkdir()
    (folder / "link.yaml").symlink_to(tmp_path / "house.yaml")
    (problem,) = problems(write(folder / "own.yaml", "model", "", extends=extends))
    assert problem.startswith("licenses/own.yaml:3:1: extends:")
    assert told in problem


def test_faults_of_all_layers_are_told_at_once_each_with_its_file(tmp_path):
    slip = "licenses: [{{ids: [{}], " + DENIED + "}}]\n"
    organization = write(tmp_path / "house" / "policy.yaml", "house", slip.format("Apachee-2.0"))
    model = write(tmp_path / "own.yaml", "model", slip.format("MITT, MIT, MIT"))
    told = problems(model, organization=organization)
    assert told[0].startswith("the organization's policy.yaml:4:")
    assert [problem.partition(":")[0] for problem in told[1:]] == ["licenses/own.yaml"] * 2
    assert "is decided twice" in told[2]


def test_two_layers_of_one_name_are_refused(tmp_path):
    organization = write(tmp_path / "house" / "policy.yaml", "ours", "")
    (problem,) = problems(write(tmp_path / "own.yaml", "ours", ""), organization=organization)
    assert "another layer is called `ours`" in problem


def test_the_organization_names_its_policy_in_the_environment(tmp_path):
    path = write(tmp_path / "policy.yaml", "house", "")
    assert layers.of_organization({}) is None
    assert layers.of_organization({"MAXCTL_POLICY": ""}) is None
    assert layers.of_organization({"MAXCTL_POLICY": str(path)}) == path
    assert layers.of_organization({"MAXCTL_POLICY": "elsewhere"}, path) == path
    with pytest.raises(PolicyError, match="no policy of the organization"):
        layers.of_organization({"MAXCTL_POLICY": str(tmp_path / "none.yaml")})


def test_a_waiver_of_an_upper_layer_replaces_that_of_a_lower_one(tmp_path):
    waiver = "waivers: [{slot: code, code: LIC008, reason: a, owner: %s, expires: 2026-12-31}]\n"
    organization = write(tmp_path / "house" / "policy.yaml", "house", waiver % "house")
    ours = load(write(tmp_path / "own.yaml", "model", waiver % "model"), organization=organization)
    assert [one.owner for one in ours.waivers] == ["model"]


lines = st.sampled_from(policy_text().splitlines())
pieces = st.sampled_from(["", "  ", "- ", "allow", "{served: deny}", "null", "é", "[", "2026-11-31", "~: ~"])


@settings(max_examples=60)
@given(lines, pieces, st.booleans())
def test_a_policy_with_any_line_spoilt_is_read_or_refused_with_its_places(line, piece, whole):
    text = policy_text().replace(line, piece if whole else line + piece, 1)
    try:
        read = rules.read(text, catalog(), knowledge())
    except PolicyError as fault:
        assert fault.problems
        assert all(problem.startswith("policy.yaml") for problem in fault.problems)
    else:
        assert read.silence is not Ruling.ALLOW
        assert read.unknown is not Ruling.ALLOW
