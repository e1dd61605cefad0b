"""Facts of `prepare`: the prepared model's signature and what it is made of."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table

_NAMES = {"saved-model": "SavedModel", "litert": "LiteRT", "onnx": "ONNX", "openvino": "OpenVINO IR"}


class TensorFacts(Facts):
    """One input or output as the prepared model really has it."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


class PrepareFacts(Facts):
    """The prepared model: its signature, its operators with counts, and its size in bytes."""

    format: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    operators: dict[str, int]
    nodes_before: int | None = None
    nodes_after: int | None = None
    """Nodes of a graph that was cut."""
    size_bytes: int

    def tables(self) -> tuple[Table, ...]:
        """Return the signature, and how much smaller the graph became."""
        cut = f", {self.nodes_after} of {self.nodes_before} nodes" if self.nodes_before else ""
        rows = [("input", t) for t in self.inputs] + [("output", t) for t in self.outputs]
        signature = Table(
            f"{_NAMES.get(self.format, self.format)}, {self.size_bytes / 1e6:.1f} MB{cut}",
            ("", "name", "dtype", "shape"),
            tuple(
                (kind, t.name, t.dtype, "×".join("?" if n is None else str(n) for n in t.shape))
                for kind, t in rows
            ),
        )
        return (signature,)
