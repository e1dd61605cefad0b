"""The deploy files: where the digest goes, and what they must not name beside it."""

from __future__ import annotations

import json

from maxctl.core.findings import Finding
from maxctl.core.stage import ModelView
from maxctl.release import publish_findings as findings
from maxctl.release.publish_image import SERVICE, Release

DEPLOY = "deploy"
NO_DIGEST = f"sha256:{'0' * 64}"


def texts_of(model: ModelView) -> tuple[dict[str, str], list[Finding]]:
    """Return the deploy files as text, by name, and a finding for each that names an image of its own."""
    folder = model.output("scaffold", SERVICE) / DEPLOY
    placeholder = _placeholder(model)
    texts, faults = {}, []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = f"{SERVICE}/{DEPLOY}/{path.name}"
        if path.is_symlink() or not path.is_file():
            faults.append(findings.no_placeholder(name, placeholder))
            continue
        if path.suffix not in (".yaml", ".yml"):
            continue
        text = path.read_text(encoding="utf-8")
        if any(image != placeholder for image in _images(text)):
            faults.append(findings.no_placeholder(name, placeholder))
        texts[path.name] = text
    return texts, faults


def _images(text: str) -> list[object]:
    """Return every value of a key `image` in a file of YAML documents; what is no YAML has the value None."""
    import yaml

    found: list[object] = []

    def look(value: object) -> None:
        if isinstance(value, dict):
            found.extend(inner for key, inner in value.items() if key == "image")
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    try:
        for document in yaml.safe_load_all(text):
            look(document)
    except yaml.YAMLError:
        return [None]
    return found


def _placeholder(model: ModelView) -> str:
    return f"{model.spec.service.image}@{NO_DIGEST}"


def write(model: ModelView, release: Release, published: str, deploy: dict[str, str]) -> tuple[str, ...]:
    """Write the deploy files with the digest in place, and image.json; return the outputs."""
    placeholder, reference = _placeholder(model), f"{release.repository}@{published}"
    for name, text in deploy.items():
        model.write(f"{DEPLOY}/{name}").write_text(text.replace(placeholder, reference), encoding="utf-8")
    told = {
        "repository": release.repository, "tag": release.tag, "digest": published,
        "reference": reference, "image": release.image.id, "architecture": release.image.architecture,
    }  # fmt: skip
    model.write(f"{DEPLOY}/image.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return (DEPLOY,)
