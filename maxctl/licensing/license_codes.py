"""The kinds of license findings, as `maxctl show code` explains them."""

from __future__ import annotations

from maxctl.core.findings import Code
from maxctl.policy.why import Why

CODES = (
    Code(
        Why.DENIED,
        "license denied for the use case",
        "The policy does not permit this license for what the model will be used for. Shipping it anyway breaks the"
        " license or the house's rules.",
    ),
    Code(
        Why.REVIEW,
        "license to be reviewed",
        "The policy leaves the decision to a person: the license asks for something (source, notices, limits of use)"
        " that no program can promise.",
    ),
    Code(
        Why.SILENT,
        "nothing stated",
        "No license is no permission. Silence is never read as consent, and the license of the code does not reach"
        " the weights by itself.",
    ),
    Code(
        Why.PLACEHOLDER,
        "placeholder instead of a license",
        "`Custom`, `TODO` or `N/A` look like an answer in a table, and are none.",
    ),
    Code(
        Why.UNREADABLE,
        "claim that names no known license",
        "An id that nobody knows, or a family without a version, cannot be checked against the policy.",
    ),
    Code(
        Why.CLAIMS_DIFFER,
        "claims contradict one another",
        "Two statements about the same thing cannot both hold; until the owner says which does, the stricter counts.",
    ),
    Code(
        Why.TEXT_DIFFERS,
        "found text contradicts the claim",
        "What stands in the files outweighs what is said about them elsewhere.",
    ),
    Code(
        Why.NESTED,
        "another license inside the tree",
        "Vendored code, bundled helpers and fonts keep licenses of their own; their notices have to be kept.",
    ),
    Code(
        Why.UNCONFIRMED,
        "claim that no file confirms",
        "Only the spec says so. A spec can be wrong; a package that carries its license cannot be misread so easily.",
    ),
    Code(
        Why.DATA_TERMS,
        "terms of the training data",
        "Data does not flow into weights by itself, but its terms have to be weighed; where they speak of trained"
        " models, or the set was withdrawn, they decide.",
    ),
    Code(
        Why.DATA_UNKNOWN,
        "unknown data set",
        "The terms of a data set that nobody knows have to be read by a person.",
    ),
    Code(
        Why.NOT_SCANNED,
        "file not scanned",
        "What was not looked at may hold anything, so the slot is not better than `review`.",
    ),
)
