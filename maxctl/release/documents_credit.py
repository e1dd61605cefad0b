"""What the forms of others ask for: the front matter of Hugging Face's hub, and CITATION.cff."""

from __future__ import annotations

import re
from typing import Any

from maxctl.core.facts.scan_license import ScanLicenseFacts
from maxctl.core.slot import Slot
from maxctl.core.spec import ModelSpec

# licenses that Hugging Face's hub spells as SPDX does, but for capitals (hub documentation, repositories-licenses)
_HUB = (
    "apache-2.0 mit bsd-2-clause bsd-3-clause cc0-1.0 cc-by-4.0 cc-by-sa-4.0 cc-by-nc-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0"
    " cc-by-nc-nd-4.0 cc-by-3.0 cc-by-2.0 isc zlib mpl-2.0 unlicense afl-3.0 artistic-2.0 bsl-1.0 ecl-2.0 epl-2.0"
    " eupl-1.2 ofl-1.1 ncsa postgresql ms-pl wtfpl"
)
HUB = frozenset(_HUB.split())
# what the hub calls the library that loads the model; it has no name for a bare SavedModel
LIBRARIES = {"litert": "tflite"}


def hub(spec: ModelSpec, licenses: ScanLicenseFacts, engine: str) -> dict[str, Any]:
    """Return what the hub's front matter says. Its `license` is that of the weights, whatever the code's is."""
    weights = licenses.slots.get(Slot.WEIGHTS)
    concluded = weights.concluded if weights else None
    known = concluded is not None and concluded.lower() in HUB
    return {
        "license": "unknown" if concluded is None else concluded.lower() if known else "other",
        "license_name": concluded if concluded is not None and not known else None,
        "library": LIBRARIES.get(engine),
        "datasets": [dataset.id for dataset in spec.licensing.datasets],
    }


def citation(spec: ModelSpec) -> dict[str, Any]:
    """Return what CITATION.cff holds; a license that is no single SPDX id has no place in it."""
    single = re.fullmatch(r"[A-Za-z0-9.+-]+", spec.license) and not spec.license.startswith("LicenseRef")
    return {
        "license": spec.license if single else None,
        "url": re.match(r"https?://\S+$", spec.source) is not None,
    }
