import io

import numpy as np
from keras.applications.resnet50 import ResNet50, decode_predictions, preprocess_input
from PIL import Image


class ModelWrapper:
    MODEL_META_DATA = {
        "id": "scene-tagger",
        "name": "Scene Tagger",
        "type": "Image Classification",
        "license": "Apache v2",
    }

    def __init__(self, path="assets/resnet50.h5"):
        self.model = ResNet50(weights=path)

    def predict(self, data):
        image = Image.open(io.BytesIO(data)).convert("RGB").resize((224, 224))
        x = preprocess_input(np.asarray(image, dtype="float32")[None])
        return [(label, float(p)) for _, label, p in decode_predictions(self.model.predict(x), top=5)[0]]
