"""FastAPI written plainly: the model in the lifespan, `UploadFile`, and a sync function, which runs in a thread.

Started by `uvicorn server:app --workers N`, as its page on workers says.
"""

from contextlib import asynccontextmanager
from typing import Any

import detector
from fastapi import FastAPI, Request, UploadFile


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.detector = detector.load()
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/predict")
def predict(request: Request, image: UploadFile) -> dict[str, Any]:
    return request.app.state.detector.detect(image.file.read())
