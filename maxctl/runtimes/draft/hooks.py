"""The text of hooks that work as they are: what no step does between a model's outputs and its task."""

from __future__ import annotations

# names come from the model's file: `!r` keeps whatever they hold inside a text

OF_ROWS = '''"""Parts the model's one output: a box and the score of each class for every candidate."""


def answer(outputs, value, parameters):
    rows = outputs[{output!r}][0]{turn}
    return {{"boxes": rows[None, :, :4], "scores": rows[None, :, 4:]}}
'''
OF_OBJECTS = '''"""Parts the model's one output: box, score of anything and of each class for every candidate."""


def answer(outputs, value, parameters):
    rows = outputs[{output!r}][0]{turn}
    return {{"boxes": rows[None, :, :4], "scores": rows[None, :, 5:] * rows[None, :, 4:5]}}
'''
OF_FINISHED = '''"""Parts the model's one output: corners, score and class of every box."""


def answer(outputs, value, parameters):
    rows = outputs[{output!r}]
    return {{"boxes": rows[:, :, :4], "scores": rows[:, :, 4], "classes": rows[:, :, 5]}}
'''
OF_LAYERS = '''"""Joins the layers of anchors, the finest first, and takes the boxes out of their rows."""

import numpy as np


def answer(outputs, value, parameters):
    boxes = np.concatenate([{boxes}], axis=1)
    return {{"boxes": boxes[:, :, :4], "scores": np.concatenate([{scores}], axis=1)}}
'''
OF_PARTS = '''"""Takes the boxes out of rows that also hold {points} points each."""


def answer(outputs, value, parameters):
    return {{"boxes": outputs[{boxes!r}][:, :, :4], "scores": outputs[{scores!r}]}}
'''
OF_POINTS = '''"""Parts the model's one row of coordinates into points; what comes after x and y of each is left out."""


def answer(outputs, value, parameters):
    points = outputs[{output!r}].reshape(1, -1, {numbers})
    return {{"points": points[:, :, :2]}}
'''
OF_ANYTHING = '''"""Answers with the outputs as they are: make of them what callers want; the schema tells them."""


def answer(outputs, value, parameters):
    return {name: array.tolist() for name, array in outputs.items()}
'''
