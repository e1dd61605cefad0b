"""What a program of torch.export says beside its description: the operators next to its ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maxctl.runtimes import torch_export
from maxctl.runtimes.draft import neighbours


def torch_facts(path: Path) -> dict[str, Any]:
    """Return `ends` and `begins`; raises `ModelFormatError`."""
    wiring = torch_export.wiring(path)
    makes = {tensor: (operator, taken) for operator, taken, given in wiring.nodes for tensor in given}
    takes: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for operator, taken, given in wiring.nodes:
        for tensor in taken:
            takes.setdefault(tensor, []).append((operator, given))
    return {
        "ends": {name: neighbours.before(tensor, makes) for name, tensor in wiring.outputs.items()},
        "begins": {tensor: neighbours.after(tensor, takes) for tensor in takes if tensor not in makes},
    }
