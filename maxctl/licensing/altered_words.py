"""Words and patterns by which the words beside a license are told apart: titles, holders, copyright lines, terms."""

from __future__ import annotations

import re

from maxctl.licensing.license_words import singular


def _set(words: str) -> frozenset[str]:
    return frozenset(form for word in words.split() for form in (word, singular(word)))


KEYWORD = re.compile(
    r"[#*/ ]{0,9}\$(?:File|Id|Date|Revision|Author|Header|Source|URL|Rev): [\w.,:/ -]{1,200}\$\s*"
)
"""What an old version control fills in: `$File: COPYING,v 1.2 2018/09/09 $`."""
YEAR = re.compile(r"(?:19|20)\d\d(?:(?:19|20)\d\d)*")
NUMBER = re.compile(r"\d{1,2}|[a-z]|i{1,3}|iv|vi{0,3}|ix|xi{0,3}")
NOTICE = re.compile(
    r"copyright|copr\.|©|\(c\)|^\W*(?:authors?|(?:written|developed) by|contributors?|maintainers?)\b",
    re.IGNORECASE,
)
ENDS_IN_YEAR = re.compile(r"(?:\b(?:19|20)\d\d|\([Cc]\)|©|\b[Cc]opyright)\W{0,3}$")
HOST = re.compile(
    r"^(?:[\w-]+\.)*(?:opensource\.org|apache\.org|creativecommons\.org|gnu\.org|fsf\.org|spdx\.org|mit-license\.org"
    r"|unlicense\.org|mozilla\.org|boost\.org|choosealicense\.com|python\.org|sil\.org)(?:/|$)"
)
"""Where licenses themselves are kept."""
ELSEWHERE = re.compile(r"licen|terms|eula|agreement|policy|commercial|pricing", re.IGNORECASE)
ASIDE = re.compile(r"\([\w.-]{1,40}(?: \d{1,4})?\)|<[\w .@-]{1,60}>")
"""A nick or the name of a project behind the name of a person."""
RIGHTS = _set("all right reserved copyright c copyrighted")
JOINING = _set(
    "a an and at by de del der di et al for from in inc la llc ltd co corp gmbh ag bv of or its the to van von"
    " den y und on other team project et present now date portion part contributor author author' developer"
    " maintainer written various see file list listed individual community js io py ai org net dev txt md detail"
)
"""What joins names on a copyright line."""
HOLDERS = _set(
    "copyright holder owner author contributor organization name company university regent the of and or its"
    " institute foundation year yyyy fullname full project corporation inc ltd llc developer licensor they he she"
    " it his her their to a an by copyrightholder nor any"
)
"""Whose place a name takes in a license that is filled in."""
TITLE = _set(
    "license licensed licensing mit bsd apache isc gnu gpl lgpl agpl general public lesser version v clause"
    " simplified revised new modified software the copyright notice legal code creative common attribution expat"
    " zlib boost unlicense python for of information file full text open source initiative osi approved opensource"
    " begin end spdx identifier january x11 mpl mozilla epl eclipse universal cc cc0 by psf foundation is under"
    " and a an this project library following follow below tldr style type name"
)
"""What the titles of licenses are made of."""
HEADS = TITLE | _set("permission term condition use distribution agreement redistribution")
"""What headings are made of that stand alone on their line."""
REFERRING = _set(
    "are which reproduced below above also made available released distributed published provided with software"
    " code package some full contained included found more root directory repository covered cover these it that"
    " here our accompanying detail both used"
)
"""What stands beside the name of a license in a sentence that says of something that it is under it."""
IDENTIFIER = re.compile(
    r"\b[\w-]{1,80}(?:[_/][\w./-]{0,200}|\.(?:[A-Za-z]{1,4}|\d+|NOTICE|AUTHORS|README)\b)"
)
WEB = re.compile(r"https?://\S{1,2000}")
QUOTED = re.compile(r"[\"`'](?!\w{0,40}s[\"`'])[a-z][\w.+-]{1,40}[\"`']")
"""A name in quotation marks, not in the plural."""
LIMITS = _set(
    "only not no non nor neither never without unless except exception excluding exclude must may might shall"
    " should can cannot could will would need require required permission permit permitted allow allowed prohibit"
    " prohibited forbid forbidden restrict restricted restriction limit limited consent contact pay paid payment"
    " fee cost price sell sold sale buy purchase commercial commercially noncommercial nonprofit profit academic"
    " academically student pupil teaching educational scientific use used using usage user purpose evaluation"
    " trial internal internally personal personally private proprietary confidential expire expired until"
    " terminate terminated revoke revoked evil good military weapon surveillance condition conditional agreement"
    " eula term weight model data dataset checkpoint output dual clause government employee revenue"
    " distribute redistribute distribution redistribution copy modify modification derivative train training grant"
    " granted hereby subject reserve apply"
)
"""Words of terms: what has one of them is no name and no title, however it is spelled."""
MARKS = _set("copyright copyrighted c author contributor maintainer written developed")
NAMES = _set(
    "will may good price sell cost data model output training train academic educational scientific government"
    " copy grant personal private evaluation surveillance military dual clause user common term reserve apply"
    " weight sale"
)
"""Those of them that also stand in names of people and firms: on a copyright line they say nothing."""
MEMBERS = _set("contributor author developer maintainer team project community foundation organization")
STEMS = re.compile(
    r"commerc|kommerz|comerci|commerci|gewerb|nichtk|schul|lehr|forsch|akadem|academ|universi|educa|recherch|investig"
    r"|interdit|prohib|verbot|untersag|vietat|noncom|nonprof|evaluat|research|student|коммерч|некоммерч"
)
"""What words of limits begin with or hold, in the languages in which they are met."""
MILD = NAMES | _set(
    "used using use distribution distribute redistribute redistribution modify modification derivative apply"
    " subject term condition granted permission permit permitted can could will would should may shall purpose"
    " clause"
)
"""Those that any notice of what something contains may have."""
OPEN_ENDED = ("end of term and condition", "how to apply")
"""After these words a license only tells how it is to be put on a work."""
