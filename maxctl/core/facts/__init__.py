"""What stages tell one another through the manifest: one small model per stage, one file each."""

from pydantic import BaseModel, ConfigDict


class Facts(BaseModel):
    """Facts of one stage. Only what decides something later belongs here: no times, no machine facts."""

    model_config = ConfigDict(extra="forbid", frozen=True)
