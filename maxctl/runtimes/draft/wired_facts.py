"""What the wiring of a model says beside its description: the operators next to its ends."""

from __future__ import annotations

from typing import Any

from maxctl.runtimes.draft import neighbours
from maxctl.runtimes.wiring import Wiring


def wired_facts(wiring: Wiring) -> dict[str, Any]:
    """Return `ends` and `begins`."""
    makes = {tensor: (node.operator, node.takes) for node in wiring.nodes for tensor in node.gives}
    takes: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for node in wiring.nodes:
        for tensor in node.takes:
            takes.setdefault(tensor, []).append((node.operator, node.gives))
    return {
        "ends": {name: neighbours.before(tensor, makes) for name, tensor in wiring.outputs.items()},
        "begins": {name: neighbours.after(tensor, takes) for name, tensor in wiring.inputs.items()},
    }
