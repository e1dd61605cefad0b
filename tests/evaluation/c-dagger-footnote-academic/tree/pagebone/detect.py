import pathlib, urllib.request

BASE = "https://github.com/pagebone/pagebone/releases/download/v1.4/"
CACHE = pathlib.Path.home() / ".cache" / "pagebone"


def fetch(size):
    target = CACHE / f"pagebone_{size}.onnx"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve(BASE + target.name, target)
    return target


def detect(page, size):
    import onnxruntime
    session = onnxruntime.InferenceSession(str(fetch(size)))
    return [{"box": list(map(float, b))} for b in session.run(None, {"page": page})[0]]
