"""Record what the KServe client (kserve 0.21.0) sends to the service of each task, byte for byte.

With kserve, onnx, pillow, soundfile and tokenizers installed, from the repository's root:

    PYTHONPATH=. python tests/serving/recorded/record_from_kserve.py > tests/serving/recorded/kserve.json

Nothing of maxctl is asked: a few lines answer as the protocol says, and keep what came.
"""

import asyncio
import base64
import json
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.errors import InferenceError

from tests.serving import every_task

ANSWER = json.dumps({"live": True, "ready": True, "model_name": "m", "outputs": []}).encode()
DTYPES = {"BYTES": object, "FP32": np.float32, "UINT8": np.uint8}
came = []


async def keep(reader, writer):
    head = await reader.readuntil(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body = await reader.readexactly(int(length[0].partition(b":")[2])) if length else b""
    came.append(base64.b64encode(head + body).decode())
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER))
    writer.close()


async def main():
    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    recorded = {}
    for name in every_task.EXAMPLES:
        model = f"small-{name}"
        await client.is_server_live(address)
        await client.is_server_ready(address)
        await client.is_model_ready(address, model)
        for datatype, shape, data in every_task.tensors(name):
            for binary in (False, True):
                tensor = InferInput(every_task.field_of(name), shape, datatype)
                try:
                    tensor.set_data_from_numpy(np.array(data, DTYPES[datatype]).reshape(shape), binary_data=binary)
                except InferenceError:  # it writes no files of pictures and sounds into JSON
                    continue
                parameters = {"binary_data_output": True} if binary else None
                request = InferRequest(model, [tensor], request_id="r1", parameters=parameters)
                await client.infer(address, request, model_name=model)
        recorded[name] = came[:]
        came.clear()
    json.dump(recorded, sys.stdout, indent=0)


asyncio.run(main())
