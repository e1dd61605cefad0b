"""Cases answered in-process, without HTTP: JSON in, one JSON line a case out."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from .errors import ServingError, StartupError
from .predictor import Predictor


class Case(BaseModel):
    """One question: a file, and the parameters to ask with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    input: str
    parameters: dict[str, Any] = {}


def read_cases(path: Path) -> list[Case]:
    """Return the cases in a request file; inputs are made absolute, from the file's folder.

    A missing input ends the run before it starts: answered as a bad request, it could pass for one.
    """
    try:
        document = json.loads(path.read_bytes())
        cases = TypeAdapter(list[Case]).validate_python(document["cases"])
    except OSError as error:
        raise StartupError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        fault = error.errors()[0]
        raise StartupError(f"{path}: cases.{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise StartupError(f'{path}: must be JSON of the form {{"cases": [{{"id", "input"}}]}}') from error
    placed = [case.model_copy(update={"input": str(path.parent / case.input)}) for case in cases]
    for case in placed:
        if not Path(case.input).is_file():
            raise StartupError(f"{path}: case {case.id}: there is no file {case.input}")
    return placed


def answers(predictor: Predictor, cases: list[Case]) -> Iterator[dict[str, Any]]:
    """Yield one line for each case: its id, the status that HTTP would give, and the response."""
    for case in cases:
        try:
            result = predictor.predict(data(predictor, Path(case.input)), case.parameters)
            yield {"id": case.id, "status": 200, "response": predictor.max_response(result)}
        except ServingError as error:
            yield {"id": case.id, "status": error.status, "response": error.body()}
        except Exception:  # noqa: BLE001 - as over HTTP, a fault in one answer is a 500 and the others follow
            traceback.print_exc()
            yield {"id": case.id, "status": 500, "response": ServingError("Internal Server Error").body()}


def data(predictor: Predictor, path: Path) -> bytes:
    """Return a case's input as a request carries it: a file's bytes, or for texts and rows their JSON."""
    content = path.read_bytes()
    if predictor.kind.carried == "file" or path.suffix.lower() == ".json":
        return content
    return json.dumps(content.decode("utf-8", "replace")).encode()
