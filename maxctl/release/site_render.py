"""Render the pages of a catalogue: all text escaped, all style and script inside, named by digest in the policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maxctl.core import resources

if TYPE_CHECKING:
    from markupsafe import Markup

GENERATOR = '<meta name="generator" content="maxctl site">'
FOLDER = "site"
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}]+", re.ASCII)
_LOCAL = re.compile(r"(git\+)?(file:|https?://(127\.0\.0\.1|localhost)([:/]|$))")
_FETCHED = ".maxctl/out/fetch/"


def render(template: str, context: Mapping[str, Any], scripts: tuple[str, ...], rules: str = "") -> str:
    """Return a page; `scripts` are files of the template's folder, `rules` styles of this page alone.

    The page may run and apply nothing but these: its policy names their digests.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    folder = resources.path("templates") / FOLDER
    styles = [(folder / "style.css").read_text(encoding="utf-8"), *([rules] if rules else [])]
    sources = [(folder / name).read_text(encoding="utf-8") for name in scripts]
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters |= {"address": address, "size": size, "place": place, "mirror": mirror}
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src 'self' file:; "
        f"style-src {_allowed(styles)}; script-src {_allowed(sources)}"
    )
    return environment.get_template(template).render(
        **context,
        generator=Markup(GENERATOR),
        policy=Markup(policy),  # nothing in it is foreign, and tests and readers like it plain
        styles=[Markup(text) for text in styles],
        scripts=[Markup(text) for text in sources],
    )


def _allowed(texts: list[str]) -> str:
    return " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts
    )


def _printable(value: Any) -> Any:
    """Return a text without characters that are not seen, or that turn the direction of what follows."""
    from markupsafe import Markup

    if not isinstance(value, str):
        return value
    kind = Markup if isinstance(value, Markup) else str
    return kind("".join(c if c == "\n" or c.isprintable() else " " for c in value))


def address(text: str) -> Markup | str:
    """Return a web address as a link that tells its target nothing, and anything else as the text it is."""
    from markupsafe import Markup

    if not _ADDRESS.fullmatch(text):
        return text
    shown = text.split("://", 1)[1].rstrip("/")
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(text, shown)


def mirror(text: str) -> Markup | str:
    """Return a mirror as it may be told to strangers: places of the publisher's machine are not named."""
    return "a place of the publisher's own" if _LOCAL.match(text) else address(text)


def place(text: str) -> str:
    """Return a text with paths as a visitor knows them: below what was fetched."""
    return text.replace(_FETCHED, "")


def size(count: int) -> str:
    """Return a number of bytes as a reader wants it."""
    if count < 1000:
        return f"{count} bytes"
    for unit in ("kB", "MB", "GB"):
        count_in = count / 1000 ** (("kB", "MB", "GB").index(unit) + 1)
        if count_in < 999.5 or unit == "GB":
            break
    return f"{count_in:.1f} {unit}" if count_in < 99.95 else f"{count_in:.0f} {unit}"
