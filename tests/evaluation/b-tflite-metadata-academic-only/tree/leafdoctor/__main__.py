import sys

import numpy as np
from PIL import Image
from tflite_runtime.interpreter import Interpreter

CLASSES = ("angular leaf spot", "bean rust", "healthy")


def main(path):
    interpreter = Interpreter("leafdoctor/leaf.tflite")
    interpreter.allocate_tensors()
    image = np.asarray(Image.open(path).convert("RGB").resize((224, 224)), dtype=np.uint8)[None]
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    print(CLASSES[int(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).argmax())])


if __name__ == "__main__":
    main(sys.argv[1])
