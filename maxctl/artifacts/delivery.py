"""Get the bytes that the spec names: from the cache, else from the first mirror that has them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from maxctl.adapters.http import AbsentError
from maxctl.artifacts.answers import Answer, Answers
from maxctl.artifacts.cache import Cache
from maxctl.artifacts.git_mirror import Clones
from maxctl.artifacts.mirrors import Mirror, Mirrors, parse
from maxctl.artifacts.packages import Packages
from maxctl.artifacts.verify import Expected
from maxctl.core.errors import DigestError, FetchError, ToolMissingError, UnpackError
from maxctl.core.progress import Progress


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to get: what to call it, what it must be, and where to ask, in order."""

    what: str
    expected: Expected
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disappointment:
    """A mirror that was asked and did not deliver what the spec names."""

    what: str
    address: str
    answer: Answer


class Delivery:
    """Gets files for one project."""

    def __init__(self, root: Path, cache: Path, progress: Progress) -> None:
        self._cache, self._answers, self._progress = Cache(cache), Answers(cache), progress
        self._mirrors = Mirrors(root, Packages(self._cache, progress), Clones(root, self._cache, progress))

    def copy(self, wanted: Wanted, target: Path) -> None:
        """Write the bytes to the new file `target`; raises what `get` raises, and then there is no `target`."""
        for _ in range(2):  # a blob can go bad between two looks at it, but hardly twice
            if self._cache.copy(wanted.expected, target, wanted.what):
                return
            self.get(wanted)
        raise DigestError(
            f"{wanted.what}: the cache does not give back what was just put in", hint="check the disk"
        )

    def get(self, wanted: Wanted) -> Path:
        """Return the bytes' place in the cache, checked just now; it is not to be changed.

        Raises `DigestError` or `FetchError` that lists every mirror and its reason, and `ToolMissingError` where
        all that is missing is a program.
        """
        return self._cache.find(wanted.expected) or self._from_mirrors(wanted)

    def disappointments(self, wanted: Wanted) -> Iterator[Disappointment]:
        """Yield the mirrors that were asked in vain, with what they answered, now or when the cache was filled."""
        for address in wanted.addresses:
            answer = self._answers.recall(address, wanted.expected)
            if answer is not None:
                yield Disappointment(wanted.what, address, answer)

    def _from_mirrors(self, wanted: Wanted) -> Path:
        failures: list[tuple[str, FetchError | ToolMissingError]] = []
        for mirror in [parse(address) for address in wanted.addresses]:
            try:
                place = self._ask(mirror, wanted)
            except (FetchError, ToolMissingError) as error:
                failures.append((mirror.address, error))
                answer = _answer(error)
                if answer is not None:
                    self._answers.remember(mirror.address, wanted.expected, answer)
                self._progress.say(f"{wanted.what}: {mirror.address} {error.message}")
            else:
                self._answers.forget(mirror.address, wanted.expected)
                return place
        raise _none(wanted, failures)

    def _ask(self, mirror: Mirror, wanted: Wanted) -> Path:
        try:
            return self._load(mirror, wanted)
        except (DigestError, AbsentError, UnpackError):
            if not self._mirrors.ask_anew(mirror):
                raise
        return self._load(mirror, wanted)

    def _load(self, mirror: Mirror, wanted: Wanted) -> Path:
        try:
            with self._mirrors.open(mirror) as chunks:
                return self._cache.put(self._told(chunks, wanted), wanted.expected, wanted.what)
        except DigestError as error:
            if mirror.commit is None:
                raise
            # nobody publishes these numbers of a commit; its own digests vouch for what they are numbers of
            raise DigestError(f"{error.message}; it holds {self._measured(mirror)}") from error

    def _measured(self, mirror: Mirror) -> str:
        digest, size = hashlib.sha256(), 0
        with self._mirrors.open(mirror) as chunks:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
        return f"size: {size}, sha256: {digest.hexdigest()}"

    def _told(self, chunks: Iterable[bytes], wanted: Wanted) -> Iterator[bytes]:
        done = 0
        for chunk in chunks:
            yield chunk
            done += len(chunk)
            self._progress.advance(f"fetching {wanted.what}", done, wanted.expected.size)


def _answer(error: FetchError | ToolMissingError) -> Answer | None:
    if isinstance(error, AbsentError):
        return Answer.ABSENT
    return Answer.DIFFERS if isinstance(error, DigestError | UnpackError) else None


def _none(
    wanted: Wanted, failures: Sequence[tuple[str, FetchError | ToolMissingError]]
) -> FetchError | ToolMissingError:
    lines = "".join(f"\n  {address}: {error.message}" for address, error in failures)
    message = (
        f"{wanted.what}: no mirror delivers the {wanted.expected.size} bytes that model.yaml names{lines}"
    )
    errors = [error for _, error in failures]
    missing = [error for error in errors if isinstance(error, ToolMissingError)]
    if len(missing) == len(errors):
        return ToolMissingError(message, hint=missing[0].hint)
    if any(_answer(error) is Answer.DIFFERS for error in errors):
        return DigestError(
            message,
            hint=(
                "compare with what the publisher states; then correct size and sha256 in model.yaml,"
                " or replace the mirror"
            ),
        )
    hint = "look at the network, then run `maxctl fetch` again; or add a mirror to model.yaml, such as file:FOLDER/FILE"
    return FetchError(message, hint=f"{missing[0].hint}; or {hint}" if missing else hint)
