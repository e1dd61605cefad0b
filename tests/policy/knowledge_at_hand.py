"""The shipped license knowledge, loaded once for the tests of the policy."""

from functools import cache

from maxctl.core import resources
from maxctl.policy import rules
from maxctl.policy.catalog import Catalog
from maxctl.policy.datasets import Datasets
from maxctl.policy.knowledge import Knowledge
from maxctl.policy.rules import Policy

FOLDER = resources.path("licenses")


@cache
def catalog() -> Catalog:
    return Catalog.load(FOLDER / "categories.yaml")


@cache
def knowledge() -> Knowledge:
    return Knowledge.load(FOLDER / "ai_licenses.yaml")


@cache
def datasets() -> Datasets:
    return Datasets.load(FOLDER / "datasets.yaml")


@cache
def policy() -> Policy:
    return rules.load(FOLDER / "policy.yaml", catalog(), knowledge())


def policy_text() -> str:
    return (FOLDER / "policy.yaml").read_text(encoding="utf-8")
