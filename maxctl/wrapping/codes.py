"""The kinds of findings about a generated service."""

from __future__ import annotations

from maxctl.core.findings import Code

CONFLICT = Code(
    "SCF001",
    "an edit and the new version of a generated file do not fit together",
    "Neither is thrown away: the edited file stays as it is, the new version lies beside it. Somebody who knows"
    " what the edit was for has to bring them together.",
)
DELETED = Code(
    "SCF002",
    "a deleted file would have changed",
    "A generated file that somebody deleted is not brought back, but its new version may matter now.",
)
ASSET_EDITED = Code(
    "SCF003",
    "a file of the packed model was edited in the service",
    "The service answers from what was packed, checked and reviewed. A change belongs into the project, from"
    " where it is packed, checked and reviewed again.",
)
NO_GOLDENS = Code(
    "SCF004",
    "the service's tests have no golden answers",
    "Without them the tests show that the service answers, not that it answers as the research code does.",
)
NO_LICENSE_TEXT = Code(
    "SCF005",
    "no text of the service's license",
    "Who gets the service has to be able to read what it may be used for.",
)
DRIFT = Code(
    "SCF006",
    "a file of the service is not as it would be generated",
    "The service was edited, or maxctl has moved on. What was reviewed and tested with one of them may not hold"
    " for the other.",
)
ALL = (CONFLICT, DELETED, ASSET_EDITED, NO_GOLDENS, NO_LICENSE_TEXT, DRIFT)
