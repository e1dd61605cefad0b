from flask import Flask, jsonify, request

from core.model import ModelWrapper

app = Flask(__name__)
model = ModelWrapper()


@app.post("/model/predict")
def predict():
    return jsonify(status="ok", predictions=model.predict(request.files["image"].read()))


if __name__ == "__main__":
    app.run(host="0.0.0.0")
