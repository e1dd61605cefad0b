"""LitServe: `setup`, `decode_request`, `predict`, `encode_response`, and `workers_per_device` for more workers.

As many processes take requests as there are workers, which is its default.
"""

import os

import detector
import litserve


class DetectorAPI(litserve.LitAPI):
    def setup(self, device):
        self.detector = detector.load()

    def decode_request(self, request):
        return request["image"].file.read()

    def predict(self, data):
        return self.detector.detect(data)

    def encode_response(self, output):
        return output


if __name__ == "__main__":
    server = litserve.LitServer(
        DetectorAPI(), accelerator="cpu", workers_per_device=int(os.environ["WORKERS"])
    )
    server.run(
        host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning", generate_client_file=False
    )
