"""What the options of all steps have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

Array = np.ndarray[Any, np.dtype[Any]]


class StepOptions(BaseModel):
    """The options of one step, as `service.json` gives them; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
