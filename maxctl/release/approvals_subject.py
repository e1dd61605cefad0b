"""What an approval is bound to: every section of the spec, every result it rests on, and every product's bytes."""

from __future__ import annotations

from maxctl.core import digest
from maxctl.core.freshness import plain
from maxctl.core.manifest import Result
from maxctl.core.quoting import shown
from maxctl.core.spec import ModelSpec
from maxctl.core.stage import ModelView

SPEC = "model.yaml"
MANIFEST = "manifest.yaml"


def of(model: ModelView, steps: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """Return the digest of each part by name, and the products that are not what their step recorded.

    All bytes are read again. `review` itself is a part, too: a key that is exchanged in the spec voids.
    """
    subject = {
        f"{SPEC}#{section}": digest.of_value(plain(getattr(model.spec, section)))
        for section in ModelSpec.model_fields
    }
    differ: list[str] = []
    for step in steps:
        result: Result = model.result(step)
        subject[f"{MANIFEST}#{step}"] = result.digest()
        for output in result.outputs:
            path = model.output(step, output.path)
            found = digest.of_path(path) if path.exists() else "gone"
            subject[shown(output.path)] = found
            if found.removeprefix("sha256:") != output.sha256 or path.is_symlink():
                differ.append(output.path)
    return subject, differ


def difference(approved: dict[str, str], today: dict[str, str]) -> str:
    """Return which parts are not what was approved, in words; nothing where all are."""
    changed = [name for name, found in today.items() if name in approved and approved[name] != found]
    words = [f"`{name}`" for name in changed]
    words += [f"`{name}`, which is new" for name in today if name not in approved]
    words += [f"`{name}`, which is no more" for name in approved if name not in today]
    return ", ".join(words)
