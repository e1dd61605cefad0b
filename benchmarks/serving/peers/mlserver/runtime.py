"""MLServer: a custom runtime with `decode_args`; the picture comes as base64 in the Open Inference Protocol's JSON.

`MLSERVER_PARALLEL_WORKERS` says how many processes compute, `MLSERVER_DEBUG` is off as its settings advise.
"""

import json
from typing import List  # noqa: UP035 - the codecs are found by this very type

import detector
from mlserver import MLModel
from mlserver.codecs import decode_args


class DetectorRuntime(MLModel):
    async def load(self) -> bool:
        self.detector = detector.load()
        return True

    @decode_args
    async def predict(self, image: List[bytes]) -> List[str]:  # noqa: UP006
        return [json.dumps(self.detector.detect(one)) for one in image]
