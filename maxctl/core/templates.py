"""Templates: which files there are, and how they are rendered.

`*.jinja` is rendered and loses the suffix; all else is copied byte for byte. A file of the project's own
`templates/` folder stands in for maxctl's file of the same path. Templates run in a sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from maxctl.core import digest, resources
from maxctl.core.errors import StageError

SUFFIX = ".jinja"


def sources(
    places: Mapping[str, str], project: Path | None = None, reserved: tuple[str, ...] = ()
) -> dict[str, tuple[str, Path]]:
    """Return name and place of every template, by the path of what it makes; the project's own win.

    `places` says for each folder of templates where its files go; what starts with one of `reserved` is no template.
    """
    found: dict[str, tuple[str, Path]] = {}
    for root in (resources.path("templates"), project):
        for part in places if root else ():
            folder = Path(str(root)) / part
            if folder.is_dir():
                for path in digest.walk(folder):
                    name = f"{part}/{path.relative_to(folder).as_posix()}"
                    if path.is_symlink():
                        raise StageError(f"the template {name} is a symbolic link", hint="make it a file")
                    if not name.startswith(reserved):
                        found[_target(name, places)] = name, path
    return dict(sorted(found.items()))


def render(
    context: Mapping[str, Any],
    places: Mapping[str, str],
    project: Path | None = None,
    reserved: tuple[str, ...] = (),
) -> dict[str, bytes]:
    """Return the content of every file by its path; raises `StageError` for a bad template."""
    environment = _environment()
    files: dict[str, bytes] = {}
    for target, (name, path) in sources(places, project, reserved).items():
        if not name.endswith(SUFFIX):
            files[target] = path.read_bytes()
        elif content := _rendered(environment, name, path, context).lstrip():
            files[target] = content  # one that renders to nothing says that this model has no such file
    return files


def _target(name: str, places: Mapping[str, str]) -> str:
    part, _, rest = name.partition("/")
    path = PurePosixPath(places[part]) / rest.removesuffix(SUFFIX)
    if path.is_absolute() or ".." in path.parts:
        raise StageError(f"the template {name} would leave its folder", hint="rename it")
    return path.as_posix()


def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    from maxctl.core import quoting

    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # nothing here is HTML; each place names the quoting that it needs
    )
    environment.filters |= {
        "one_line": quoting.one_line,
        "yaml": quoting.yaml_text,
        "dockerfile": quoting.dockerfile_text,
        "md": quoting.markdown,
        "link": quoting.link,
        "shell": quoting.shell_word,
        "dns_name": quoting.dns_name,
    }
    return environment


def _rendered(environment: Any, name: str, path: Path, context: Mapping[str, Any]) -> bytes:
    from jinja2 import TemplateError

    try:
        text: str = environment.from_string(path.read_text(encoding="utf-8")).render(context)
    except UnicodeDecodeError:
        raise StageError(f"the template {name} is not UTF-8 text", hint="save it as UTF-8") from None
    except (TemplateError, TypeError, ValueError, LookupError, ArithmeticError) as error:
        line = getattr(error, "lineno", None)
        where = f"{name}:{line}" if line else name
        raise StageError(f"the template {where} cannot be rendered: {error}", hint="mend it") from error
    return text.encode("utf-8")
