"""Facts of `prepare`: the prepared model's signature and what it is made of."""

from __future__ import annotations

from maxctl.core.facts import Facts, Table


class TensorFacts(Facts):
    """One input or output as the prepared model really has it."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


class PrepareFacts(Facts):
    """The SavedModel: its signature, its operators with counts, and its size in bytes."""

    format: str
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    operators: dict[str, int]
    nodes_before: int
    nodes_after: int
    size_bytes: int

    def tables(self) -> tuple[Table, ...]:
        """Return the signature, and how much smaller the graph became."""
        rows = [("input", t) for t in self.inputs] + [("output", t) for t in self.outputs]
        signature = Table(
            f"SavedModel, {self.size_bytes / 1e6:.1f} MB, {self.nodes_after} of {self.nodes_before} nodes",
            ("", "name", "dtype", "shape"),
            tuple(
                (kind, t.name, t.dtype, "×".join("?" if n is None else str(n) for n in t.shape))
                for kind, t in rows
            ),
        )
        return (signature,)
