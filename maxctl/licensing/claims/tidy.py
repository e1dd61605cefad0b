"""Text as its readers see it: decoded, with the characters that look alike told as one, line for line.

What a person reads as `non-commercial` is read as that, whatever hyphens, entities, letters of other alphabets
or characters without width it is written with. Lines keep their numbers.
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections.abc import Iterator

Problem = tuple[int, str]
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BREAKS = re.compile("\r\n?")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_KEPT = frozenset("<>&|`[]()*_#\n\r")
"""Characters that are markup when they stand in the text itself."""
_BETWEEN_DASH = re.compile(r"(?<=\w)[\u2013\u2014\uff0d](?=\w)")
_FOLDED = (
    (0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A), (0xFB00, 0xFB06), (0x1D400, 0x1D7FF), (0x24B6, 0x24E9),
    (0x1F130, 0x1F149),
)  # fmt: skip
"""Letters and digits of Latin in other shapes."""
_SMALL = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_ALIKE = dict(
    zip(
        "аеорсухіјѕԁһӏԛԝАВЕКМНОРСТУХІЈЅԌοναιρτυκχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
        "aeopcyxijsdhlqwABEKMHOPCTYXIJSGovaiptukxABEZHIKMNOPTYX",
        strict=True,
    )
)
"""Letters of Cyrillic and Greek that look like Latin ones."""
_MIXED = re.compile(r"[A-Za-z\u0370-\u03ff\u0400-\u052f]{3,}")
_REVERSED = re.compile("[\u202d\u202e]")
_TAGGED = re.compile(
    r"<[a-z][a-z0-9]*\b[^<>]*?(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|"
    r"opacity\s*:\s*0(?![.\d])|\shidden(?=[\s>=]))[^<>]*>",
    re.IGNORECASE,
)
TELLING = re.compile(
    r"licen[cs]|commercial|\bMIT\b|apache|\bCC[\s-]|\b[AL]?GPL|\bBSD\b|permi(?:t|ssion)|"
    r"research|academic|public domain|许可|授权|商|ライセンス|lizenz|gewerblich",
    re.IGNORECASE,
)
"""Words without which nothing is said of licenses."""


def decoded(content: bytes) -> tuple[str, tuple[Problem, ...]]:
    """Return the text of a file, its lines ended alike, and what of it cannot be read."""
    for mark, name in _BOMS:
        if content.startswith(mark):
            text = content[len(mark) :].decode(name, "replace")
            return _BREAKS.sub("\n", text), _unreadable(text, content)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        # a name or a sign of Latin 1 among ASCII is as good as read; another script is not
        strange = sum(byte > 127 for byte in content)
        if strange * 20 <= len(content):
            return _BREAKS.sub("\n", content.decode("cp1252", "replace")), ()
        text = content.decode("utf-8", "replace")
        return _BREAKS.sub("\n", text), ((1, "it is not UTF-8 text, and was not wholly read"),)
    if content.count(0) * 4 > len(content):  # UTF-16 without its mark
        odd = sum(byte == 0 for byte in content[1::2]) * 4 > len(content)
        text = content.decode("utf-16-le" if odd else "utf-16-be", "replace")
    return _BREAKS.sub("\n", text), ()


def _unreadable(text: str, content: bytes) -> tuple[Problem, ...]:
    if text.count("\ufffd") * 20 > len(text) > 0:
        return ((1, "its characters cannot be decoded"),)
    return ()


def characters(text: str) -> str:
    """Return a text in which each character is the plain one that it looks like, line for line."""
    if text.isascii():
        return text
    text = _BETWEEN_DASH.sub("-", text.translate(_TABLE))
    return _MIXED.sub(lambda found: _latin(found[0]) if _is_mixed(found[0]) else found[0], text)


def entities(line: str) -> str:
    """Return a line with its entities as characters, but for those that would read as markup."""
    if "&" not in line:
        return line

    def one(found: re.Match[str]) -> str:
        told = html.unescape(found[0])
        return found[0] if told in _KEPT or told == found[0] or "\n" in told else characters(told)

    return _ENTITY.sub(one, line)


def oddities(text: str) -> Iterator[Problem]:
    """Yield what of a text's characters is made to deceive: words of mixed alphabets, text turned round, or hidden."""
    if not text.isascii():
        for found in _MIXED.finditer(text):
            if _is_mixed(found[0]):
                yield (
                    _line(text, found.start()),
                    f"the word `{_latin(found[0])}` is written with letters of two alphabets",
                )
                break
        turned = _REVERSED.search(text)
        if turned:
            yield _line(text, turned.start()), "it holds characters that turn the direction of text"
    for found in _TAGGED.finditer(text) if "<" in text else ():
        if TELLING.search(text, found.end(), found.end() + 300):
            yield _line(text, found.start()), "it holds hidden text that speaks of licenses"
            break


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _is_mixed(word: str) -> bool:
    latin = sum(letter.isascii() for letter in word)
    return 2 <= latin < len(word) and all(letter.isascii() or letter in _ALIKE for letter in word)


def _latin(word: str) -> str:
    return "".join(_ALIKE.get(letter, letter) for letter in word)


class _Table(dict[int, str | None]):
    """What a character is told as, worked out when it is met."""

    def __missing__(self, code: int) -> str | None:
        told = self[code] = _told(code)
        return told


def _told(code: int) -> str | None:
    letter = chr(code)
    kind = unicodedata.category(letter)
    if kind == "Cf" or code == 0x34F or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return None
    if kind in ("Zs", "Zl", "Zp") or letter in "\x0b\x0c\x85":
        return " "
    if letter in "\u2010\u2011\u2012\u2212\ufe63":
        return "-"
    if any(first <= code <= last for first, last in _FOLDED):
        return unicodedata.normalize("NFKC", letter)
    return _SMALL.get(letter, letter)


_TABLE = _Table()
