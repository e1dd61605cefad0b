"""Weights that AGPL code trains: the code's owner may claim that they are covered, others dispute it (P11)."""

from __future__ import annotations

from dataclasses import replace

from maxctl.policy import spdx
from maxctl.policy.evidence import Conclusion, Reason
from maxctl.policy.ruling import Ruling, worst
from maxctl.policy.why import Why


def reach(code: Conclusion, weights: Conclusion) -> Conclusion:
    """Return the conclusion on weights, to be reviewed where the code is under the AGPL and the weights are not."""
    names = [name for name in spdx.ids(code.concluded) if name.startswith("AGPL")] if code.concluded else []
    if (
        not names
        or weights.empty
        or (weights.concluded and any(n.startswith("AGPL") for n in spdx.ids(weights.concluded)))
    ):
        return weights
    spot = next((d.spot for d in code.detections if names[0] in spdx.ids(d.expression)), None)
    spot = spot or next((c.spot for c in code.claims if c.reading.expression == names[0]), None)
    reason = Reason(
        Why.AGPL_REACHES,
        Ruling.REVIEW,
        f"the code is under {names[0]}: some owners of such code hold that it reaches the weights trained with it",
        "ask the owner whether the weights are meant to be under it, too",
        spot,
        license=names[0],
    )
    return replace(weights, ruling=worst((weights.ruling, Ruling.REVIEW)), reasons=(*weights.reasons, reason))
