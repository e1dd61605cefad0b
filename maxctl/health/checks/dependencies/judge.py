"""Decide which dependencies are missing, unused or open: pure, from what was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from maxctl.core.findings import Finding, Place, Severity
from maxctl.health.checks.dependencies.declared import Declared
from maxctl.health.checks.dependencies.distributions import NOT_IMPORTED, is_standard, providers, provides
from maxctl.health.checks.dependencies.imports import Import, is_aside


class Own:
    """The modules that a tree holds itself."""

    def __init__(self, files: Iterable[str]) -> None:
        self._modules: set[tuple[str, str]] = set()  # (folder, name)
        for file in files:
            path = PurePosixPath(file)
            self._modules.add((path.parent.as_posix(), path.stem))
            for folder in path.parents[:-1]:
                self._modules.add((folder.parent.as_posix(), folder.name))
        self._anywhere = {name for _, name in self._modules}

    def has(self, module: str, importer: str, *, known_elsewhere: bool) -> bool:
        """Tell whether a file of the tree importing the module gets one of the tree's own.

        Research code reaches folders through `sys.path`: a module anywhere in the tree counts, unless a
        distribution of that name is declared (`known_elsewhere`).
        """
        top = module.partition(".")[0]
        folders = [folder.as_posix() for folder in PurePosixPath(importer).parents]
        near = any((folder, top) in self._modules for folder in (*folders, "src"))
        return near or (top in self._anywhere and not known_elsewhere)


def judge(
    files: Sequence[str], imports: Sequence[Import], declared: Sequence[Declared], label: str, complete: bool
) -> list[Finding]:
    """Return the findings of one tree, whose files, imports and declarations are relative to it.

    `complete`: every file and declaration could be read, so that what was not seen is not there.
    """
    own = Own(files)
    known = {item.name for item in declared}
    foreign = [
        item
        for item in imports
        if not is_standard(item.module.partition(".")[0])
        and not own.has(
            item.module, item.file, known_elsewhere=bool(known.intersection(providers(item.module)))
        )
    ]
    missing: dict[str, list[Import]] = {}
    for item in sorted(foreign, key=lambda item: (item.file, item.line, item.module)):
        if not item.optional and not is_aside(item.file) and not known.intersection(providers(item.module)):
            missing.setdefault(providers(item.module)[0], []).append(item)
    findings = (
        _nothing_declared(missing, label)
        if not declared
        else [_undeclared(name, found, label) for name, found in sorted(missing.items())]
    )
    for entry in _once(declared):
        if entry.extra:
            continue
        place = Place(_under(label, entry.file), entry.line)
        if (
            complete
            and entry.name not in NOT_IMPORTED
            and not any(provides(entry.name, i.module) for i in foreign)
        ):
            findings.append(
                Finding(
                    "CHK302",
                    Severity.NOTE,
                    entry.name,
                    f"`{entry.text}` is declared, but no Python file imports it",
                    "leave it out of the declaration, or say there what needs it",
                    place,
                )
            )
        if entry.lock and not entry.pinned:
            findings.append(
                Finding(
                    "CHK303",
                    Severity.WARNING,
                    entry.name,
                    f"`{entry.text}` does not name one version",
                    f"pin it: {entry.name}==<the version that was used>",
                    place,
                )
            )
        elif not entry.bounded:
            findings.append(
                Finding(
                    "CHK303",
                    Severity.NOTE,
                    entry.name,
                    f"`{entry.text}` allows every version, future ones too",
                    "say from which version on it works, and below which",
                    place,
                )
            )
    return findings


def _undeclared(name: str, found: list[Import], label: str) -> Finding:
    first = found[0]
    more = f" and in {len(found) - 1} more place{'s' * (len(found) > 2)}" if len(found) > 1 else ""
    return Finding(
        "CHK301",
        Severity.WARNING,
        name,
        f"`{first.module}` is imported here{more}, but no distribution that provides it is declared (usually {name})",
        f"declare {name}, or mend the import where the module should be the code's own",
        Place(_under(label, first.file), first.line, first.column),
    )


def _nothing_declared(missing: dict[str, list[Import]], label: str) -> list[Finding]:
    if not missing:
        return []
    first = min((found[0] for found in missing.values()), key=lambda item: (item.file, item.line))
    return [
        Finding(
            "CHK304",
            Severity.WARNING,
            label or ".",
            f"no dependency is declared anywhere, yet these are imported: {', '.join(sorted(missing))}",
            "write a requirements.txt with the versions that were used, by a patch",
            Place(_under(label, first.file), first.line, first.column),
        )
    ]


def _once(declared: Sequence[Declared]) -> list[Declared]:
    """Return each name once: a source distribution states the same in setup.py and PKG-INFO."""
    seen: dict[str, Declared] = {}

    def rank(item: Declared) -> tuple[bool, bool, bool, str]:
        return item.extra, not item.lock, item.file.endswith(("METADATA", "PKG-INFO")), item.file

    for item in sorted(declared, key=rank):
        seen.setdefault(item.name, item)
    return sorted(seen.values(), key=lambda d: (d.file, d.line or 0, d.name))


def _under(label: str, path: str) -> str:
    return f"{label}/{path}" if label else path
