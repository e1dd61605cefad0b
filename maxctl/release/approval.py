"""An approval as a file: an in-toto statement on the digests of all parts, strict to read, plain to look at."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from maxctl.core.quoting import shown
from maxctl.core.spec import Name, Sha256

FOLDER = "approvals"
NAMESPACE = "maxctl-approval@maxctl"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:maxctl:approval:v1"
MOST_BYTES = 1024 * 1024


class MalformedError(ValueError):
    """A file is no approval; the message says why, and holds nothing that a terminal would obey."""


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable characters")
    return text


def _day(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("must be a day: YYYY-MM-DD")
    if not isinstance(value, str | date | None):
        raise ValueError("must be a day in quotes")
    return value


Printable = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
Day = Annotated[date, BeforeValidator(_day)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True, populate_by_name=True)


class Decision(_Part):
    """Who decided what, when, and for how long it counts."""

    schema_: Literal["maxctl/approval/1"] = Field(default="maxctl/approval/1", alias="schema")
    model: Name
    version: Printable
    role: Name
    reviewer: Name
    decision: Literal["approve", "reject"]
    comment: Printable
    signed_on: Day
    expires: Day | None

    @model_validator(mode="after")
    def _possible(self) -> Decision:
        if self.expires is not None and self.expires < self.signed_on:
            raise ValueError("expires before it was signed")
        if self.expires is not None and self.decision == "reject":
            raise ValueError("a rejection does not expire")
        return self


class _Digest(_Part):
    sha256: Sha256


class _Subject(_Part):
    name: Printable
    digest: _Digest


class _Statement(_Part):
    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    predicate_type: Literal["urn:maxctl:approval:v1"] = Field(alias="predicateType")
    predicate: Decision
    subject: Annotated[tuple[_Subject, ...], Field(min_length=1)]


def path_of(role: str, reviewer: str) -> str:
    """Return where an approval stands in the project."""
    return f"{FOLDER}/{role}-{reviewer}.json"


def render(decision: Decision, subject: dict[str, str]) -> bytes:
    """Return the file: one line for each part (`sha256:…` by name), so that a comparison shows which changed."""
    rows = ",\n".join(
        "    "
        + json.dumps({"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}, ensure_ascii=False)
        for name, digest in subject.items()
    )
    predicate = json.dumps(decision.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False)
    return (
        f'{{\n  "_type": "{STATEMENT}",\n  "predicateType": "{PREDICATE}",\n'
        f'  "predicate": {predicate.replace(chr(10), chr(10) + "  ")},\n'
        f'  "subject": [\n{rows}\n  ]\n}}\n'
    ).encode()


def parse(data: bytes) -> tuple[Decision, dict[str, str]]:
    """Return the decision and its subject (`sha256:…` by name); raises `MalformedError`."""
    if len(data) > MOST_BYTES:
        raise MalformedError(f"is larger than {MOST_BYTES // 1024} KiB")
    try:
        plain = json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number, parse_float=_no_number
        )
        statement = _Statement.model_validate(plain)
    except MalformedError:
        raise
    except UnicodeDecodeError:
        raise MalformedError("is not UTF-8 text") from None
    except json.JSONDecodeError as fault:
        raise MalformedError(f"is not JSON: {fault.msg} in line {fault.lineno}") from None
    except RecursionError:
        raise MalformedError("is nested too deeply") from None
    except ValidationError as faults:
        first = faults.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedError(shown(f"is no approval: {where or 'the whole'}: {first['msg']}")[:300]) from None
    except ValueError as fault:  # a number of thousands of digits
        raise MalformedError(shown(f"is not JSON: {fault}")[:300]) from None
    subject = {part.name: f"sha256:{part.digest.sha256}" for part in statement.subject}
    if len(subject) != len(statement.subject):
        raise MalformedError("names a part of its subject twice")
    return statement.predicate, subject


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a key that stands twice: readers differ in which one they believe."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("has a key twice")
    return found


def _no_number(text: str) -> Any:
    raise MalformedError(f"holds the number {shown(text)[:20]}, and an approval has none")
