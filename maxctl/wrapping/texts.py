"""What the templates may say: texts of the spec, licenses as judged, and a real question with its real answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maxctl.core.facts.package import PackageFacts
from maxctl.core.spec import ENGINES, INPUTS, ModelSpec
from maxctl.golden import example as shown
from maxctl.policy import summary
from maxctl.wrapping.service_files import LICENSE_TEXTS

if TYPE_CHECKING:
    from maxctl.core.facts.scan_license import ScanLicenseFacts
    from maxctl.golden.suite import Suite

NO_IMAGE = "registry.example.org/CHANGE-ME"
NO_DIGEST = "0" * 64


def context(
    spec: ModelSpec,
    package: PackageFacts,
    licenses: ScanLicenseFacts,
    suite: Suite | None,
    samples: Mapping[str, str],
) -> dict[str, Any]:
    """Return all names that a template can use."""
    return {
        "model": {
            "id": spec.id, "name": spec.name, "version": spec.version, "description": spec.description,
            "type": spec.type, "domain": spec.domain, "task": spec.task, "source": spec.source,
            "license": spec.license, "authors": list(spec.authors),
        },
        "service": {
            "title": spec.service.title or spec.name, "port": spec.service.port, "memory": spec.service.memory,
            "cpus": _number(spec.service.cpus), "base_image": spec.service.base_image,
            "body_bytes": spec.service.limits.body_bytes,
            "pixels": spec.service.limits.pixels, "engine": ENGINES[package.engine],
            "field": spec.inference.input.field, "input": INPUTS[spec.inference.input.kind],
            "takes_pictures": spec.inference.input.kind == "image",
            "hook": bool(spec.inference.hook), "response": bool(spec.inference.response),
        },
        "image": {"repository": spec.service.image or NO_IMAGE, "digest": f"sha256:{NO_DIGEST}"},
        "archive": {
            "name": package.archive, "address": package.address, "sha256": package.sha256, "size": package.size,
            "licenses": [member.path for member in package.members if member.path.startswith("licenses/")],
        },
        "licenses": summary.license_rows(licenses),
        "obligations": [{"license": o.license, "text": o.text, "component": summary.COMPONENTS[o.slot]}
                        for o in licenses.obligations],
        "license_text": spec.license in LICENSE_TEXTS,
        "datasets": [dataset.id for dataset in spec.licensing.datasets],
        "parameters": [
            {"name": name, "default": _number(p.default), "minimum": _number(p.minimum),
             "maximum": _number(p.maximum), "description": p.description}
            for name, p in spec.inference.parameters.items()
        ],
        "samples": [
            {"file": samples[sample.path], "license": sample.license, "credit": sample.credit}
            for sample in spec.samples
        ],
        "example": shown.example(spec, suite, samples),
    }  # fmt: skip


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
