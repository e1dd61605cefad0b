"""How people spell licenses: free spellings, families that name no one license, and placeholders."""

from __future__ import annotations

import re

_FILLERS = frozenset({"the", "license", "licence", "version", "software", "international", "public"})

PLACEHOLDERS = frozenset(
    {
        "",
        "custom",
        "todo",
        "tbd",
        "fixme",
        "na",
        "none",
        "null",
        "nil",
        "various",
        "unknown",
        "other",
        "mixed",
        "unspecified",
        "notspecified",
        "undefined",
        "tba",
        "noassertion",
        "seefile",
        "see",
        "any",
        "dual",
        "xxx",
    }
)
"""Squeezed words that stand where a license should, and state none (P10)."""

FAMILIES = {
    "bsd": "BSD-",
    "apache": "Apache-",
    "gpl": "GPL-",
    "gnugpl": "GPL-",
    "gnugeneral": "GPL-",
    "lgpl": "LGPL-",
    "gnulesser": "LGPL-",
    "gnulessergeneral": "LGPL-",
    "agpl": "AGPL-",
    "cc": "CC-",
    "creativecommons": "CC-",
    "ccby": "CC-BY-",
    "ccbync": "CC-BY-NC-",
    "ccbyncsa": "CC-BY-NC-SA-",
    "ccbyncnd": "CC-BY-NC-ND-",
    "ccbysa": "CC-BY-SA-",
    "ccbynd": "CC-BY-ND-",
    "mpl": "MPL-",
    "gfdl": "GFDL-",
    "openrail": "LicenseRef-scancode-",
}
"""Squeezed words that name a family without a version: the claim agrees with its members and grants nothing."""

SPELLINGS = {
    "apache20": "Apache-2.0",
    "apache2": "Apache-2.0",
    "apachev2": "Apache-2.0",
    "asl2": "Apache-2.0",
    "asl20": "Apache-2.0",
    "al20": "Apache-2.0",
    "apachelicense20": "Apache-2.0",
    "mit": "MIT",
    "expat": "MIT",
    "mitexpat": "MIT",
    "bsd3": "BSD-3-Clause",
    "newbsd": "BSD-3-Clause",
    "bsdnew": "BSD-3-Clause",
    "modifiedbsd": "BSD-3-Clause",
    "revisedbsd": "BSD-3-Clause",
    "3clausebsd": "BSD-3-Clause",
    "bsd3clause": "BSD-3-Clause",
    "bsd2": "BSD-2-Clause",
    "simplifiedbsd": "BSD-2-Clause",
    "freebsd": "BSD-2-Clause",
    "2clausebsd": "BSD-2-Clause",
    "bsd2clause": "BSD-2-Clause",
    "gpl2": "GPL-2.0-only",
    "gpl20": "GPL-2.0-only",
    "gpl3": "GPL-3.0-only",
    "gpl30": "GPL-3.0-only",
    "gpl2+": "GPL-2.0-or-later",
    "gpl3+": "GPL-3.0-or-later",
    "lgpl21": "LGPL-2.1-only",
    "lgpl3": "LGPL-3.0-only",
    "lgpl30": "LGPL-3.0-only",
    "lgpl21+": "LGPL-2.1-or-later",
    "lgpl3+": "LGPL-3.0-or-later",
    "agpl3": "AGPL-3.0-only",
    "agpl30": "AGPL-3.0-only",
    "agpl3+": "AGPL-3.0-or-later",
    "mpl2": "MPL-2.0",
    "mpl20": "MPL-2.0",
    "mozilla20": "MPL-2.0",
    "mozilla20mpl20": "MPL-2.0",
    "cc0": "CC0-1.0",
    "cczero": "CC0-1.0",
    "cc010": "CC0-1.0",
    "cc010universal": "CC0-1.0",
    "creativecommonsattribution40": "CC-BY-4.0",
    "creativecommonszero": "CC0-1.0",
    "creativecommonsattributionnoncommercial40": "CC-BY-NC-4.0",
    "creativecommonsattributionsharealike40": "CC-BY-SA-4.0",
    "domain": "LicenseRef-scancode-public-domain",
    "publicdomain": "LicenseRef-scancode-public-domain",
    "python": "PSF-2.0",
    "pythonfoundation": "PSF-2.0",
    "isc": "ISC",
    "iscl": "ISC",
    "unlicense": "Unlicense",
    "unlicensed": "LicenseRef-scancode-proprietary-license",
    "proprietary": "LicenseRef-scancode-proprietary-license",
}
"""Squeezed spelling -> id, where squeezing the id itself does not give it. `UNLICENSED` is npm's word for no grant."""


def squeeze(text: str) -> str:
    """Return the text as bare lower-case letters and digits (`+` kept), without words that say nothing."""
    joined = re.sub(r"(?<![a-z])v(?:ersion)?\.?\s*(?=\d)|(?<=[a-z])v(?=\d)", " ", text.lower())
    joined = re.sub(r"\bor[\s-]later\b|\bor any later version\b", "+", joined)
    words: list[str] = []
    for word in re.findall(r"[a-z]+|\d+|\++", joined):
        if word not in _FILLERS and not (words and words[-1] == word and word.isalpha()):
            words.append(word)
    return "".join(words)
