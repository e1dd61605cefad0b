"""Starlette and uvicorn that parse the form and answer the same each time: the bar for a web layer."""

from detector import FIXED
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def predict(request):
    async with request.form() as form:
        await form["image"].read()
    return JSONResponse(FIXED)


app = Starlette(routes=[Route("/predict", predict, methods=["POST"])])
