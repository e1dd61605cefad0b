"""The pattern of the Model Asset eXchange's images, with the code path of MAX-Object-Detector.

A frozen graph that is imported once, a new Session for each request, a scan of the graph's operations for the outputs,
pixels through `getdata()`, and `app.run`: Flask's development server with a thread for each connection.
"""

import io
import os

import detector
from flask_restx import fields
from maxfw.core import MAX_API, MAXApp, PredictAPI
from maxfw.model import MAXModelWrapper
from werkzeug.datastructures import FileStorage


class ModelWrapper(MAXModelWrapper):
    def __init__(self):
        import tensorflow as tf

        self.tf = tf
        self.graph = tf.Graph()
        with self.graph.as_default():
            definition = tf.compat.v1.GraphDef()
            with tf.io.gfile.GFile(os.environ["FROZEN_GRAPH"], "rb") as file:
                definition.ParseFromString(file.read())
            tf.import_graph_def(definition, name="")
        self.labels = detector.names()

    def _pre_process(self, x):
        import numpy as np
        from PIL import Image

        image = Image.open(io.BytesIO(x)).convert("RGB")
        width, height = image.size
        return np.array(image.getdata()).reshape((height, width, 3)).astype(np.uint8)

    def _predict(self, x):
        import numpy as np

        with self.graph.as_default(), self.tf.compat.v1.Session() as session:
            operations = self.tf.compat.v1.get_default_graph().get_operations()
            names = {output.name for operation in operations for output in operation.outputs}
            wanted = {
                key: self.graph.get_tensor_by_name(f"{key}:0")
                for key in ("boxes", "scores")
                if f"{key}:0" in names
            }
            picture = self.graph.get_tensor_by_name("image_tensor:0")
            return session.run(wanted, feed_dict={picture: np.expand_dims(x, 0)})

    def _post_process(self, x):
        return detector.detections(x["boxes"][0], x["scores"][0], self.labels)["predictions"]


class Nothing(MAXModelWrapper):
    def _predict(self, x):
        return detector.FIXED["predictions"]


prediction = MAX_API.model(
    "LabelPrediction",
    {
        "label_id": fields.String(required=False),
        "label": fields.String(required=True),
        "probability": fields.Float(required=True),
        "detection_box": fields.List(fields.Float(required=True)),
    },
)
response = MAX_API.model(
    "ModelPredictResponse",
    {"status": fields.String(required=True), "predictions": fields.List(fields.Nested(prediction))},
)
parser = MAX_API.parser()
parser.add_argument("image", type=FileStorage, location="files", required=True)


class ModelPredictAPI(PredictAPI):
    model_wrapper = Nothing() if os.environ.get("MODEL") == "noop" else ModelWrapper()

    @MAX_API.doc("predict")
    @MAX_API.expect(parser)
    @MAX_API.marshal_with(response)
    def post(self):
        data = parser.parse_args()["image"].read()
        return {"status": "ok", "predictions": self.model_wrapper.predict(data)}


if __name__ == "__main__":
    app = MAXApp("MAX Object Detector", "", "1")
    app.add_api(ModelPredictAPI, "/predict")
    app.run("127.0.0.1", int(os.environ["PORT"]))
