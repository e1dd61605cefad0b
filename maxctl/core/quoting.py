"""Texts of a spec made safe for the file they go into: none can end its line, its quotes or its cell."""

from __future__ import annotations

import re
import shlex
import unicodedata

# they turn the direction of the text that follows, so that a reader sees something else than a machine
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&#])")
_LINE_START = re.compile(r"^(\d{1,9})([.)])(?=\s|$)|^([-+=])")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}()\[\]]+", re.ASCII)


LINES = "\n\t"


def shown(text: str, keep: str = "") -> str:
    """Return foreign text with all that is not printable spelt out: no escapes, hidden letters, or line breaks.

    The characters of `keep` stay as they are.
    """
    return "".join(
        letter if letter.isprintable() or letter in keep else letter.encode("unicode_escape").decode()
        for letter in text
    )


def one_line(text: str) -> str:
    """Return the text on one line: control characters and line ends are spaces, runs of spaces are one."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in _TURNING else c for c in text)
    return " ".join("".join(kept).split())


def yaml_text(text: object) -> str:
    """Return a double-quoted YAML scalar with exactly this text."""
    return '"' + "".join(_yaml_character(c) for c in str(text)) + '"'


def dockerfile_text(text: object) -> str:
    """Return a double-quoted word of a Dockerfile, on one line, without variables."""
    # parsers of Dockerfiles disagree on two backslashes before a quote; a label can do without any
    line = one_line(str(text)).replace("\\", "/")
    return '"' + re.sub(r'(["$])', r"\\\1", line) + '"'


def markdown(text: object) -> str:
    """Return the text as plain words on one line of Markdown; it also fits a cell of a table."""
    escaped = _MARKDOWN.sub(r"\\\1", one_line(str(text)))
    return _LINE_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def link(text: object) -> str:
    """Return a web address as a Markdown link, and anything else as plain words."""
    line = one_line(str(text))
    return f"<{line}>" if _ADDRESS.fullmatch(line) else markdown(line)


def shell_word(text: object) -> str:
    """Return one word of a POSIX shell command, on one line."""
    return shlex.quote(one_line(str(text)))


def dns_name(text: str) -> str:
    """Return a name that Kubernetes takes for a Service: a letter first, at most 63 characters."""
    name = text if text[:1].isalpha() else f"model-{text}"
    return name[:63].rstrip("-")


def file_name(text: str) -> str:
    """Return a file name of plain characters, made from the last part of a path."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text.rsplit("/", 1)[-1]).strip("-.")
    return name or "file"


def _yaml_character(c: str) -> str:
    if c in '"\\':
        return f"\\{c}"
    if c == " " or (c.isprintable() and c not in _TURNING and c != "\ufeff"):
        return c
    code = ord(c)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
