"""Make a SavedModel with a documented signature out of the original model."""

from __future__ import annotations

from typing import Any, ClassVar

from maxctl.core.facts.prepare import PrepareFacts, TensorFacts
from maxctl.core.progress import Progress
from maxctl.core.stage import ModelView, Outcome, Phase, Reads, Stage, Verdict
from maxctl.health.prepared_model import SAVED_MODEL, installed, not_installed, version_of

ARTIFACTS = ".maxctl/out/fetch/artifacts"


class Prepare(Stage):
    """Make a SavedModel with a documented signature out of the original model.

    The graph is cut at the tensors that the spec declares. Boxes and scores stay raw: suppression and
    thresholds are declared steps of the service, not part of the model.
    """

    name = "prepare"
    phase = Phase.HEALTH
    needs = ("fetch", "check")
    reads = Reads(spec=("preparation",))
    Facts: ClassVar[type[PrepareFacts]] = PrepareFacts

    def tools(self) -> dict[str, str]:
        """Return TensorFlow's version: it writes the SavedModel."""
        return {"tensorflow": version_of("tensorflow")}

    def run(self, model: ModelView, progress: Progress) -> Outcome:
        """Prepare in a child process; a tensor that is not as declared is an error that names the closest."""
        if not installed("tensorflow"):
            raise not_installed("tensorflow")
        from maxctl.runtimes.child import ask

        declared = model.spec.preparation
        signature = {
            side: [
                {"name": t.name, "tensor": t.tensor, "dtype": t.dtype, "shape": list(t.shape)}
                for t in getattr(declared, side)
            ]
            for side in ("inputs", "outputs")
        }
        result = ask(
            {
                "do": "prepare",
                "format": declared.format,
                "model": str(model.output("fetch", ARTIFACTS) / declared.path),
                "signature": signature,
                "out": str(model.write(SAVED_MODEL)),
            },
            progress,
        )
        facts = PrepareFacts(
            format=result["format"],
            inputs=_tensors(result["inputs"]),
            outputs=_tensors(result["outputs"]),
            operators=dict(sorted(result["operators"].items())),
            nodes_before=result["nodes_in"],
            nodes_after=result["nodes_out"],
            size_bytes=result["size_bytes"],
        )
        return Outcome(Verdict.PASSED, facts=facts, outputs=(SAVED_MODEL,))


def _tensors(tensors: list[dict[str, Any]]) -> tuple[TensorFacts, ...]:
    return tuple(TensorFacts(name=t["name"], dtype=t["dtype"], shape=tuple(t["shape"])) for t in tensors)
