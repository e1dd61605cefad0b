"""Names of licenses in running text, in whatever spelling, and the addresses that stand for one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from maxctl.policy.catalog import Catalog
from maxctl.policy.datasets import KnownDataset
from maxctl.policy.knowledge import Knowledge
from maxctl.policy.names import Names

LICENSE_WORD = re.compile(
    r"licen[cs](?:e|es|ed|ing)\b|\bunder (?:the )?(?:terms|conditions)|released under|distributed under|"
    r"available under|copyright|许可|授权|协议|ライセンス|lizenz|licencia|licenza|"
    r"\bterms of\b|\blegal\b|\bunder (?:the |an? )?(?=MIT\b)",
    re.IGNORECASE,
)
_V = r"(?:[\s,-]*v(?:ersion)?\.?)?"
_LATER = r"(?P<later>\+|[\s-]*(?:or|and)[\s-](?:\(at your option\) )?(?:any )?later(?: version)?)?"
_GNU = {"gpl": "GPL", "lgpl": "LGPL", "agpl": "AGPL"}
_SPDX_TOKEN = re.compile(
    r"(?<![\w./-])(?:LicenseRef-[\w.-]*\w|[A-Za-z][A-Za-z0-9]*(?:[-.][A-Za-z0-9]+)*\+?)(?![\w/])"
)
_BARE = re.compile(
    r"(?<![\w/.-])(?P<name>MIT|ISC|Unlicense|WTFPL|NCSA|Zlib|zlib|0BSD|Expat)(?!\w|\.\w|-(?!licen|lizen))"
)
"""Ids that are words as well: names of licenses only where licenses are spoken of."""
_SPACED = re.compile(r"(?<![\w/.-])([A-Z][A-Za-z]{1,9})[\s-]+v?(\d\.\d)(?![\w.]*\d)")
"""An id with a space in it: `UPL 1.0`."""
_AMBIGUOUS = frozenset(name.lower() for name in ("MIT", "ISC", "NCSA", "Zlib", "Unlicense", "WTFPL", "Expat"))


MOST_OF_ONE = 12
"""So often one license is found in a text: more is a list, or meant to keep a reader busy."""
_ALSO_SOFTWARE = re.compile(
    r"3D-Slicer|AMD-newlib|Aspell|Bitstream|Boehm-GC|Condor|Cornell|DocBook|GL2PS|HDF5|Imlib2|Info-ZIP|Intel-ACPI|Interbase|JPL|JasPer|Latex2e"
    r"|Linux-|MPEG|NTP-|Net-SNMP|OCCT|OCLC|OpenPBS|OpenSSL|PHP-|Python-|RSA-MD|Ruby|SAX|SGI|SGP4|SSH-|SSLeay|Sendmail|Spencer|SugarCRM|Sun-PPP|TCP-wrappers"
    r"|TORQUE|TTYP0|UCL-|Ubuntu-font|Unicode-|W3C|X11|XFree86|Xdebug|Zend|Zimbra|bzip2|check-cvs|gSOAP|libpng|libselinux|man2html|mpich2|python-ldap|ssh-keyscan|w3m",
    re.IGNORECASE,
)
"""Beginnings of ids that name a program or a format as well: `weights saved to HDF5`, `needs Python 2.0`."""
_CALLED_LICENSE = re.compile(
    r"licen[cs](?:e|es|ed)\W{0,3}(?:(?:is|under|the|an?|of|terms|by)\W+){0,4}$", re.IGNORECASE
)
_LICENSE_FOLLOWS = re.compile(r"[\s-]+(?:\w+\s+)?licen[cs]e", re.IGNORECASE)
_FILE_NAME = re.compile(r"(?:licen[cs]e|copying)[-_.]$", re.IGNORECASE)
"""What stands behind `LICENSE-` is a part of a file's name."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A license's name in a text: from, to, and a spelling that `spdx.read` understands."""

    start: int
    end: int
    spelling: str
    sure: bool = True
    """False where the words can mean something else, so that the text around them has to speak of licenses."""


def _apache(found: re.Match[str]) -> str:
    version = found.group("version")
    return "Apache-2.0" if version is None or version.startswith("2") else f"Apache-{version}"


def _bsd(found: re.Match[str]) -> str:
    clauses = found.group("before") or found.group("after")
    if clauses:
        number = {"two": "2", "three": "3", "four": "4"}.get(clauses.lower(), clauses)
        return {"0": "0BSD", "1": "BSD-1-Clause"}.get(number, f"BSD-{number}-Clause")
    kind = (found.group("kind") or "").lower()
    if kind in ("new", "modified", "revised"):
        return "BSD-3-Clause"
    return "BSD-2-Clause" if kind in ("simplified", "free") else "BSD"


def _gnu(found: re.Match[str]) -> str:
    kind = (found.group("short") or "").lower()
    if not kind:
        which = (found.group("which") or "").lower()
        kind = {"affero": "agpl", "lesser": "lgpl", "library": "lgpl"}.get(which, "gpl")
    version = found.group("version")
    if version is None:
        return _GNU[kind]
    full = version if "." in version else f"{version}.0"
    return f"{_GNU[kind]}-{full}-{'or-later' if found.group('later') else 'only'}"


def _creative_commons(found: re.Match[str]) -> str:
    words = found.group(0).lower()
    if re.search(r"cc[\s-]?0|cc[\s-]?zero|\bzero\b", words):
        return "CC0-1.0"
    parts = ["BY"] if re.search(r"\bby\b|attribution|cc-?by", words) else []
    if re.search(r"\bnc\b|non[\s-]?commercial", words):
        parts.append("NC")
    if re.search(r"\bsa\b|share[\s-]?alike", words):
        parts.append("SA")
    if re.search(r"\bnd\b|no[\s-]?deriv", words):
        parts.append("ND")
    if not parts:
        return "CC"
    parts = parts if parts[0] == "BY" else ["BY", *parts]
    version = re.search(r"([1-4]\.\d)", words)
    return f"CC-{'-'.join(parts)}{f'-{version[1]}' if version else ''}"


_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str], bool], ...] = (
    (
        re.compile(
            r"\bApache(?:[\s-]+Software)?(?:[\s-]+Licen[cs]e)?" + _V + r"[\s,-]*(?P<version>2(?:\.0)?|1\.[01])(?![\d.]*\d)"
            r"(?:[\s-]+Licen[cs]e)?|\bApacheV?2(?:\.0)?\b|\bASL[\s-]?2(?:\.0)?\b",
            re.IGNORECASE,
        ),
        lambda m: _apache(m) if m.groupdict().get("version") else "Apache-2.0",
        True,
    ),
    (re.compile(r"\bApache(?:[\s-]+Software)?[\s-]+Licen[cs]e\b", re.IGNORECASE), lambda m: "Apache", True),
    (
        re.compile(
            r"(?:\b(?P<before>0|1|2|3|4|two|three|four)[\s-]clause[\s-]+)?"
            r"(?:\b(?P<kind>new|modified|revised|simplified|free)[\s-]+)?"
            r"\bBSD(?:[\s-]*(?P<after>0|1|2|3|4|two|three|four)(?:[\s-]*clause)?)?\b(?:[\s-]+licen[cs]e)?",
            re.IGNORECASE,
        ),
        _bsd,
        True,
    ),
    (
        re.compile(
            r"\b(?:(?:GNU\s+)?(?P<short>[AL]?GPL)|GNU\s+(?:(?P<which>Affero|Lesser|Library)\s+)?General\s+Public\s+Licen[cs]e)"
            + _V + r"[\s-]*(?P<version>[123](?:\.[01])?)?(?![\d.]*\d)" + _LATER + r"(?:\b|(?<=\+))",
            re.IGNORECASE,
        ),
        _gnu,
        True,
    ),
    (
        re.compile(
            r"\bCC[\s-]?(?:BY|0|zero)(?:[\s-]*(?:NC|SA|ND)\b)*(?:[\s-]*v?(?:ersion)?[\s.]?[1-4]\.\d)?(?![\w])"
            r"|\bCreative[\s-]+Commons(?:[\s:,-]+(?:Attribution|CC0|CC[\s-]BY|BY|Zero|Non-?\s?Commercial|NC|Share-?\s?Alike|SA|No-?\s?Deriv(?:ative|ate)?s?|ND)\b)*"
            r"(?:[\s,-]*(?:v|version)?\.?\s*[1-4]\.\d)?(?:\s+(?:International|Universal|Unported|Generic))?",
            re.IGNORECASE,
        ),
        _creative_commons,
        True,
    ),
    (re.compile(r"\bMPL[\s-]*v?2(?:\.0)?\b|\bMozilla\s+Public\s+Licen[cs]e(?:[\s,-]*(?:v(?:ersion)?\.?\s*)?2(?:\.0)?)?", re.IGNORECASE), lambda m: "MPL-2.0", True),
    (re.compile(r"\bEPL[\s-]*v?2(?:\.0)?\b|\bEclipse\s+Public\s+Licen[cs]e", re.IGNORECASE), lambda m: "EPL-2.0", True),
    (re.compile(r"\bODbL\b(?:[\s-]*v?1\.0)?|\bOpen\s+Database\s+Licen[cs]e|\bopen data commons open database\b[^.,;]*", re.IGNORECASE), lambda m: "ODbL-1.0", True),
    (re.compile(r"\bODC[\s-]?By\b(?:[\s-]*v?1\.0)?|\bOpen Data Commons Attribution\b[^.,;]*", re.IGNORECASE), lambda m: "ODC-By-1.0", True),
    (re.compile(r"\bPDDL\b(?:[\s-]*v?1\.0)?", re.IGNORECASE), lambda m: "PDDL-1.0", True),
    (re.compile(r"\bCDLA[\s-]*(Permissive|Sharing)(?:[\s-]*v?([12]\.0))?", re.IGNORECASE), lambda m: f"CDLA-{m[1].title()}-{m[2] or '1.0'}", True),
    (re.compile(r"\bpublic[\s-]domain\b", re.IGNORECASE), lambda m: "public domain", True),
    (re.compile(r"\bModified[\s-]+MIT\b(?:[\s-]+Licen[cs]e)?", re.IGNORECASE), lambda m: "modified-mit", True),
    (re.compile(r"\bMIT[\s/-]*Expat\b|\bMIT[\s-]+Licen[cs]ed?\b", re.IGNORECASE), lambda m: "MIT", True),
)  # fmt: skip
_ADDRESSES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"creativecommons\.org/licenses/(?P<terms>by(?:-[a-z]{2})*)/(?P<version>\d\.\d)[^\s)\"'>\]]*", re.IGNORECASE),
        lambda m: f"CC-{m['terms'].upper()}-{m['version']}",
    ),
    (re.compile(r"creativecommons\.org/publicdomain/zero[^\s)\"'>\]]*", re.IGNORECASE), lambda m: "CC0-1.0"),
    (re.compile(r"creativecommons\.org/publicdomain/mark[^\s)\"'>\]]*", re.IGNORECASE), lambda m: "public domain"),
    (re.compile(r"apache\.org/licenses/LICENSE-2\.0[^\s)\"'>\]]*", re.IGNORECASE), lambda m: "Apache-2.0"),
    (re.compile(r"opensource\.org/licenses?/(?P<id>[\w.-]*\w)[^\s)\"'>\]]*", re.IGNORECASE), lambda m: m["id"]),
    (re.compile(r"choosealicense\.com/licenses/(?P<id>[\w.-]*\w)[^\s)\"'>\]]*", re.IGNORECASE), lambda m: m["id"]),
    (re.compile(r"spdx\.org/licenses/(?P<id>[\w.+-]*\w)(?:\.html)?[^\s)\"'>\]]*", re.IGNORECASE), lambda m: m["id"].removesuffix(".html")),
    (
        re.compile(r"gnu\.org/licenses/(?:old-licenses/)?(?P<id>[al]?gpl-\d(?:\.\d)?)[^\s)\"'>\]]*", re.IGNORECASE),
        lambda m: m["id"].upper() if "." in m["id"] else f"{m['id'].upper()}.0",
    ),
    (
        re.compile(r"/badge/(?:[\w%]*[-_])?(?:licen[cs]e|licence)-(?P<id>.+?)-[a-zA-Z0-9]+(?:\.svg|[?)\"'\s\]]|$)", re.IGNORECASE),
        lambda m: unquote(m["id"]).replace("--", "-").replace("_", " "),
    ),
)  # fmt: skip


class Lexicon:
    """Finds names of licenses, as the catalog and the knowledge of AI licenses have them."""

    def __init__(
        self, catalog: Catalog, knowledge: Knowledge, data: Names[KnownDataset] | None = None
    ) -> None:
        self._catalog, self._knowledge, self._data = catalog, knowledge, data

    def is_permissive(self, spelling: str) -> bool:
        """Tell whether a spelling is the id of a license that asks for notices only."""
        return self._catalog.category(spelling) in ("Permissive", "Public Domain")

    def first_data(self, text: str) -> int | None:
        """Return where a text first names a known data set, or None."""
        named = self._data.find(text) if self._data is not None else ()
        return min(
            (
                start
                for _, start, end in named
                if not (text[start:end].isalpha() and text[start:end].islower())
            ),
            default=None,
        )

    def mentions(self, text: str) -> list[Mention]:
        """Return the names of licenses in a text, in their order; the longest wins where several begin or overlap."""
        taken: list[Mention] = []
        free = bytearray(b"\1") * len(text)
        told: Counter[str] = Counter()
        every = (m for m in self._all(text) if not _FILE_NAME.search(text, max(0, m.start - 12), m.start))
        for found in sorted(every, key=lambda m: (m.start - m.end, m.start)):
            if 0 not in free[found.start : found.end] and told[found.spelling] < MOST_OF_ONE:
                taken.append(found)
                told[found.spelling] += 1
                free[found.start : found.end] = bytes(found.end - found.start)
        return sorted(taken, key=lambda m: m.start)

    def _all(self, text: str) -> Iterator[Mention]:
        for pattern, spelled in _ADDRESSES:
            for found in pattern.finditer(text):
                told = spelled(found)
                yield Mention(found.start(), found.end(), self._catalog.by_spelling(told) or told)
        for entry, start, end in self._knowledge.named_in(text):
            yield Mention(start, end, entry.spdx)
        for pattern, spelled, sure in _PATTERNS:
            for found in pattern.finditer(text):
                if found.end() > found.start():
                    yield Mention(found.start(), found.end(), spelled(found), sure)
        for found in _SPACED.finditer(text):
            name = f"{found[1]}-{found[2]}"
            if self._catalog.canonical(name) and not _means_software(name, text, found):
                yield Mention(found.start(), found.end(), name, sure=False)
        for found in _BARE.finditer(text):
            yield Mention(found.start(), found.end(), found["name"], sure=False)
        for found in _SPDX_TOKEN.finditer(text):
            name = found[0]
            if name.lower() in _AMBIGUOUS or not ("-" in name or any(c.isdigit() for c in name)):
                continue
            known = self._catalog.canonical(name) or name.lower() in self._tags
            if known and not _means_software(name, text, found):
                yield Mention(found.start(), found.end(), name)

    @cached_property
    def _tags(self) -> frozenset[str]:
        # a hub's tags that no one writes for anything else
        return frozenset(tag for tag in self._knowledge.tags if "-" in tag and len(tag) > 5)


def _means_software(name: str, text: str, found: re.Match[str]) -> bool:
    """Tell whether what could be an id names a program or a format here: nothing beside it calls it a license."""
    if _ALSO_SOFTWARE.match(name) is None or text.strip(" .`'\"()[]|*") == found[0]:
        return False
    before = text[max(0, found.start() - 60) : found.start()]
    return not (_LICENSE_FOLLOWS.match(text, found.end()) or _CALLED_LICENSE.search(before))
