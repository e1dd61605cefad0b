"""Which commit a name means: a branch or a tag of a remote, or any revision of a repository on this machine.

Only names are asked here, as hardened as in `git.py`: nothing of the repository runs, and where a folder is asked
no transport is allowed, so that its own settings cannot make git fetch, and with that start, anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from maxctl.adapters.git import CONTACT_S, Clone
from maxctl.adapters.http import AbsentError
from maxctl.core.errors import FetchError

WHOLE = re.compile("[0-9a-f]{40}")
_NONE = "none:"


class Remote(Clone):
    """A repository elsewhere, of which only the branches and tags are asked."""

    def __init__(self, remote: str, scratch: Path) -> None:
        """Name the remote, and a folder that is there, for git to run in."""
        super().__init__(remote, scratch / "asked")

    def commit(self, name: str | None) -> str:
        """Return the commit of a branch or a tag, of HEAD where none is named; 40 digits are taken as they are.

        Raises `AbsentError` where there is no such name, and what `Clone.make` raises where it cannot be asked.
        """
        if name and WHOLE.fullmatch(name):
            return name
        # as git itself prefers: a tag before a branch, and the commit that a tag is about, not the tag
        wanted = (f"refs/tags/{name}^{{}}", f"refs/tags/{name}", f"refs/heads/{name}") if name else ("HEAD",)
        finished = self._run("ls-remote", "--quiet", "origin", *wanted, inside=False, timeout_s=CONTACT_S)
        if finished.returncode:
            raise self._refusal(finished.stderr, name or "HEAD")
        found = {ref: id_ for id_, _, ref in (line.partition("\t") for line in finished.stdout.splitlines())}
        for ref in wanted:
            if ref in found:
                return found[ref]
        raise AbsentError(f"has no branch and no tag {name}" if name else "holds no commit yet")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a folder stands in its repository: the repository's own folder, and the path below its top, or ""."""

    repository: Path
    prefix: str


class Local(Clone):
    """The repository that a folder of this machine is, or lies in."""

    def __init__(self, folder: Path) -> None:
        super().__init__(_NONE, folder / ".git")  # git runs in the folder, and finds the repository itself

    def standing(self) -> Standing | None:
        """Return where the folder stands, None where there is no repository; raises `FetchError` for another user's."""
        asked = ("rev-parse", "--path-format=absolute", "--git-common-dir", "--show-prefix")
        finished = self._run(*asked, inside=False)
        if finished.returncode:
            if "not a git repository" in finished.stderr:
                return None
            raise self._refusal(finished.stderr, "HEAD")
        folder, _, prefix = finished.stdout.partition("\n")
        return Standing(Path(folder), prefix.strip("\n").rstrip("/"))

    def commit(self, name: str) -> str:
        """Return the commit that a revision means (`main`, `v1.0`, `HEAD~2`, a few digits); raises `AbsentError`."""
        if name.startswith("-"):
            raise AbsentError(f"has no revision {name}")
        finished = self._run("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}", inside=False)
        if finished.returncode == 0 and WHOLE.fullmatch(finished.stdout.strip()):
            return finished.stdout.strip()
        if "dubious ownership" in finished.stderr:
            raise self._refusal(finished.stderr, name)
        if "ambiguous" in finished.stderr:
            raise FetchError(f"{name} means several things in it; name all 40 digits of the commit")
        raise AbsentError(f"has no revision {name}")
