"""The kinds of reasons for a ruling; each is a finding code."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """A kind of reason."""

    DENIED = "LIC001"
    REVIEW = "LIC002"
    SILENT = "LIC003"
    PLACEHOLDER = "LIC004"
    UNREADABLE = "LIC005"
    CLAIMS_DIFFER = "LIC006"
    TEXT_DIFFERS = "LIC007"
    NESTED = "LIC008"
    UNCONFIRMED = "LIC009"
    DATA_TERMS = "LIC010"
    DATA_UNKNOWN = "LIC011"
    NOT_SCANNED = "LIC012"
    DERIVED = "LIC013"
    BASE_TERMS = "LIC014"
    BASE_UNKNOWN = "LIC015"
    CHECKPOINTS_DIFFER = "LIC016"
    AGPL_REACHES = "LIC017"
    MALFORMED = "LIC018"
    WAIVER = "LIC019"
    ALTERED = "LIC028"
