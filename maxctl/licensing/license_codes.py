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
    Code(
        Why.DERIVED,
        "others' work under terms of its own",
        "A document says that something here was taken or adapted from work under another license. Whoever copies it"
        " stays bound by that license, whatever LICENSE says.",
    ),
    Code(
        Why.BASE_TERMS,
        "terms of the base model",
        "Weights made from other weights inherit their terms: the verdict is not better than that on the base.",
    ),
    Code(
        Why.BASE_UNKNOWN,
        "base model of which nothing is known",
        "What the weights were made from may forbid what is planned. Nobody knows until its license is read.",
    ),
    Code(
        Why.CHECKPOINTS_DIFFER,
        "checkpoints under different licenses",
        "A repository often offers several sizes, and the best one under stricter terms. It matters which is shipped.",
    ),
    Code(
        Why.AGPL_REACHES,
        "weights trained with AGPL code",
        "Some owners of AGPL code hold that it reaches the weights that it trains; others dispute that.",
    ),
    Code(
        Why.MALFORMED,
        "card that cannot be read",
        "Front matter that is broken, or says two things at once, may hide the very line that matters.",
    ),
    Code(
        Why.WAIVER,
        "waiver that does not count",
        "It is over, or nothing asks for it. A list of waivers that nobody tends hides those that matter.",
    ),
    Code(
        Why.ALTERED,
        "license text with other words",
        "A license file says more than the license in it, or leaves some of it out. One added sentence can take back"
        " what the rest grants, so a person has to read it.",
    ),
)

WORSE = Code(
    "LIC020",
    "verdict got worse",
    "Since the revision that was compared with, a slot got a stricter verdict: what was allowed is to be reviewed, or"
    " what could be used cannot be any more. Whoever takes the new revision takes that with it.",
)
CONCLUDED = Code(
    "LIC021",
    "license of a slot changed",
    "The slot is now under another license, though its verdict is no worse. Notices, documents and approvals that rest"
    " on the old one have to be looked at again.",
)
CLAIM = Code(
    "LIC022",
    "license claim changed",
    "A statement about the license came, went, or says something else now. Licenses change with time: what was true of"
    " an earlier revision says nothing of this one.",
)
TEXT = Code(
    "LIC023",
    "license text changed",
    "A file with a license text came, went, or has other words. A few of them, such as a clause added to a known"
    " license, can change everything.",
)
DATASET = Code(
    "LIC024",
    "training data or base model changed",
    "A data set or a model that the weights were made from is named that was not named before, or no longer, or its"
    " terms are judged otherwise.",
)
OBLIGATION = Code(
    "LIC025",
    "obligation changed",
    "Something has to be done that had not to be done before, or the other way round: a notice, a name, a pass-on of"
    " terms. NOTICE and the documents have to follow.",
)
FILE = Code(
    "LIC026",
    "license of files changed",
    "Files came, went or changed, and with them the license that is found in them.",
)
NOT_JUDGED = Code(
    "LIC027",
    "candidate that could not be judged",
    "Several candidates were named, and this one could not be opened or evaluated. The others were. Nothing is known"
    " of its licenses, so the gate does not let it pass.",
)
COMPARED = (WORSE, CONCLUDED, CLAIM, TEXT, DATASET, OBLIGATION, FILE, NOT_JUDGED)
"""What is told of several candidates, or of one then and now."""
