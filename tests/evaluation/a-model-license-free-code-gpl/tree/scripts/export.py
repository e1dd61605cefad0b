"""Quantizes a Keras model and writes a .tflite file."""
import sys

import tensorflow as tf

converter = tf.lite.TFLiteConverter.from_saved_model(sys.argv[1])
converter.optimizations = [tf.lite.Optimize.DEFAULT]
with open(sys.argv[2], "wb") as f:
    f.write(converter.convert())
