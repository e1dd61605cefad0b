"""The label file: what the model's class numbers are called."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from .errors import StartupError

UNNAMED = "N/A"


class Label(BaseModel):
    """One class of the model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: int
    name: str


class Labels:
    """The labels in the file's order; a number that the file does not name is called `N/A`."""

    def __init__(self, labels: tuple[Label, ...]) -> None:
        self.all = labels
        self._names = {label.id: label.name for label in labels}
        if len(self._names) != len(labels):
            ids = [label.id for label in labels]
            raise ValueError(f"label id {next(i for i in ids if ids.count(i) > 1)} stands there twice")

    def name(self, label_id: int) -> str:
        """Return the name of a class. Models have outputs that were never trained, so it may be `N/A`."""
        return self._names.get(label_id, UNNAMED)


def load(path: Path) -> Labels:
    """Return the labels in a JSON file of the form `[{"id": 1, "name": "person"}]`."""
    try:
        return Labels(TypeAdapter(tuple[Label, ...]).validate_json(path.read_bytes()))
    except OSError as error:
        raise StartupError(f"{path}: labels cannot be read ({error.strerror})") from error
    except ValidationError as error:
        fault = error.errors()[0]
        raise StartupError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
    except ValueError as error:
        raise StartupError(f"{path}: {error}") from error
