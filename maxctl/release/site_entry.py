"""The entry of a model in a catalogue, `model.json`: the stable part that other programs may read.

Within version 1 keys are only added; readers ignore what they do not know.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from maxctl.core.spec import Name

FILE = "model.json"
LARGEST = 4 * 1024 * 1024

Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
PictureName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.(png|jpg|webp|gif)$")]
Ruling = Literal["allow", "review", "deny"]


class DamagedEntryError(ValueError):
    """A file is no entry of a catalogue; the message continues its path."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)


class PulledImage(_Part):
    """Where the image can be had. `reference` is what to pull."""

    repository: str
    tag: str
    digest: Digest
    reference: str
    id: str
    architecture: str
    size: int


class SlotEntry(_Part):
    """The verdict on one thing of the model that has a license; `license` is None where nothing is stated."""

    verdict: Ruling
    license: str | None


class LicensesEntry(_Part):
    """The verdict for a use case, as a whole and slot by slot."""

    use_case: str
    verdict: Ruling
    slots: dict[str, SlotEntry]


class DatasetEntry(_Part):
    """A data set that the model was made with."""

    id: str
    use: str
    license: str | None
    verdict: Ruling
    source: str | None


class PublishedFile(_Part):
    """A file that is in the image, or the archive of them all."""

    path: str
    size: int
    sha256: Sha256


class VerificationEntry(_Part):
    """How many golden cases there are, and on which targets each was answered as expected."""

    cases: int
    targets: tuple[str, ...]


class BoxEntry(_Part):
    """Something found: its label, its probability, and ymin, xmin, ymax, xmax in parts of the picture."""

    label: str
    probability: Part
    box: tuple[Part, Part, Part, Part]


class PictureEntry(_Part):
    """A sample picture beside the page, with the golden answer."""

    path: PictureName
    sha256: Sha256
    license: str | None
    boxes: tuple[BoxEntry, ...]


class CatalogueEntry(_Part):
    """A published model."""

    schema_: Annotated[Literal["maxctl/catalogue-entry/1"], Field(alias="schema")] = (
        "maxctl/catalogue-entry/1"
    )
    id: Name
    name: str
    version: str
    description: str
    type: str
    domain: str | None
    license: str
    source: str
    image: PulledImage
    licenses: LicensesEntry | None
    datasets: tuple[DatasetEntry, ...]
    archive: PublishedFile
    files: tuple[PublishedFile, ...]
    verification: VerificationEntry
    picture: PictureEntry | None

    def text(self) -> str:
        """Return the JSON text of the entry: the same bytes for the same entry."""
        return json.dumps(self.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False) + "\n"


def read(path: Path) -> CatalogueEntry:
    """Return the entry in a file, whose folder must be called as its model; raises `DamagedEntryError`."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise DamagedEntryError(f"is larger than {LARGEST} bytes")
        entry = CatalogueEntry.model_validate(json.loads(data.decode("utf-8")))
        entry.text().encode("utf-8")
    except DamagedEntryError:
        raise
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "it"
        raise DamagedEntryError(f"is no entry of a catalogue ({where}: {fault['msg']})") from None
    except OSError as error:
        raise DamagedEntryError(f"cannot be read ({error.strerror})") from None
    except json.JSONDecodeError as error:
        raise DamagedEntryError(f"is no JSON text (line {error.lineno}: {error.msg})") from None
    except (ValueError, RecursionError) as error:  # no UTF-8, endless digits or brackets
        raise DamagedEntryError(f"is no JSON text ({type(error).__name__})") from None
    if entry.id != path.parent.name:
        raise DamagedEntryError(f"is the entry of `{entry.id}`, which its folder is not called")
    return entry
