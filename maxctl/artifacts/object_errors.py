"""What the many exceptions of clouds mean. Nothing of them is told but codes: messages may hold keys and tokens."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """How a cloud refused."""

    ABSENT = "no such object"
    TAKEN = "the name is taken"
    UNCONDITIONAL = "conditions are not known"
    OTHER = "cannot be used"


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal, and for `OTHER` what to say of it, after the store's name, and what to do."""

    kind: Refusal
    message: str = ""
    hint: str = ""


LOGIN = (
    "set the cloud's own variables or files: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or ~/.aws;"
    " for gs:// `gcloud auth application-default login`"
)
PERMISSIONS = "let your key read, write and list there (s3:GetObject, s3:PutObject, s3:ListBucket)"
BUCKET = "make the bucket, or mend `package.store` in model.yaml"
ENDPOINT = (
    "look at the network, at AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL and the region; then run the command again"
)
NO_BUCKET = Told(Refusal.OTHER, "cannot be used: there is no such bucket", BUCKET)
_BY_CODE = {
    "NoSuchKey": Told(Refusal.ABSENT),
    "PreconditionFailed": Told(Refusal.TAKEN),
    "412": Told(Refusal.TAKEN),
    "ConditionalRequestConflict": Told(Refusal.TAKEN),
    "NotImplemented": Told(Refusal.UNCONDITIONAL),
    "501": Told(Refusal.UNCONDITIONAL),
    "NoSuchBucket": NO_BUCKET,
}
_LOGIN_CODES = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "401"}
)
_LOGIN_NAMES = ("Credential", "Auth", "Profile", "Token", "SSO", "ConfigParse")


def refusal(error: BaseException) -> Told:
    """Return what an exception of s3fs or gcsfs means."""
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    code = str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
    code = code or str(getattr(error, "code", "") or "")
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code in _LOGIN_CODES:
        return Told(Refusal.OTHER, f"does not accept your credentials: {code}", LOGIN)
    if isinstance(error, PermissionError) or code == "403" or str(error).startswith("Forbidden"):  # gcsfs
        return Told(Refusal.OTHER, f"denies you access: {code or 'permission denied'}", PERMISSIONS)
    if code:
        return Told(Refusal.OTHER, f"refuses: {code}", ENDPOINT)
    if isinstance(error, FileNotFoundError):
        return Told(Refusal.ABSENT)
    if isinstance(error, FileExistsError):
        return Told(Refusal.TAKEN)
    names = [kind.__name__ for kind in type(error).__mro__ if kind not in (Exception, BaseException, object)]
    if any(sign in name for name in names for sign in _LOGIN_NAMES):
        return Told(Refusal.OTHER, f"finds no credentials that can be used ({names[0]})", LOGIN)
    if isinstance(error, ValueError):
        return Told(Refusal.OTHER, "cannot be used: its endpoint or its region is no such thing", ENDPOINT)
    return Told(Refusal.OTHER, f"cannot be reached: {names[0]}", ENDPOINT)
