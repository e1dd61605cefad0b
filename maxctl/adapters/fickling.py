"""fickling: what the little program that a pickle is would do.

Called in a child process only: it parses what may be hostile.
"""

from __future__ import annotations

IMPORT_ANALYSES = frozenset({"UnsafeImports", "UnsafeImportsML"})
ALARMING = (
    4  # fickling's LIKELY_OVERTLY_MALICIOUS; below stand all calls of anything outside the standard library
)


class UnsupportedError(Exception):
    """fickling does not know an instruction of the pickle, such as FLOAT of protocol 0."""


def alarms(pickle: bytes) -> list[tuple[str, str]]:
    """Return (analysis, message) of what fickling holds for likely malicious, sorted.

    Raises `ValueError` when fickling cannot read the pickle, `UnsupportedError` when it was not written for it.
    """
    from fickling.analysis import check_safety  # type: ignore[import-untyped]
    from fickling.exception import ResourceExhaustionError  # type: ignore[import-untyped]
    from fickling.fickle import InterpretationError, Pickled  # type: ignore[import-untyped]

    try:
        results = check_safety(Pickled.load(pickle)).results
    except NotImplementedError as error:
        raise UnsupportedError(str(error).removeprefix("TODO: ")) from error
    except (
        InterpretationError,
        ResourceExhaustionError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    return sorted(
        {
            (str(result.analysis_name), str(result.message))
            for result in results
            if result.severity.severity >= ALARMING
        }
    )
