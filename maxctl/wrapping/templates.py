"""The template tree: which files a service gets, and how they are rendered.

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
# folder of templates -> where its files go in the service
PLACES = {"service": "", "deploy": "deploy", "ci": ".github/workflows"}
# what stands among the templates without being one
RESERVED = ("service/requirements/", "service/licenses/")


def sources(project: Path | None = None) -> dict[str, tuple[str, Path]]:
    """Return name and place of every template, by the path that it has in the service; the project's own win."""
    found: dict[str, tuple[str, Path]] = {}
    for root in (resources.path("templates"), project):
        for part in PLACES if root else ():
            folder = Path(str(root)) / part
            if folder.is_dir():
                for path in digest.walk(folder):
                    name = f"{part}/{path.relative_to(folder).as_posix()}"
                    if path.is_symlink():
                        raise StageError(f"the template {name} is a symbolic link", hint="make it a file")
                    if not name.startswith(RESERVED):
                        found[_target(name)] = name, path
    return dict(sorted(found.items()))


def render(context: Mapping[str, Any], project: Path | None = None) -> dict[str, bytes]:
    """Return the content of every file by its path in the service; raises `StageError` for a bad template."""
    environment = _environment()
    files: dict[str, bytes] = {}
    for target, (name, path) in sources(project).items():
        if not name.endswith(SUFFIX):
            files[target] = path.read_bytes()
        elif content := _rendered(environment, name, path, context).lstrip():
            files[target] = content  # one that renders to nothing says that this model has no such file
    return files


def _target(name: str) -> str:
    part, _, rest = name.partition("/")
    path = PurePosixPath(PLACES[part]) / rest.removesuffix(SUFFIX)
    if path.is_absolute() or ".." in path.parts:
        raise StageError(f"the template {name} would leave the service's folder", hint="rename it")
    return path.as_posix()


def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    from maxctl.wrapping import quoting

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
