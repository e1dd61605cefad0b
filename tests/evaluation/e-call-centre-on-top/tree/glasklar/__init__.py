from .recogniser import Recogniser


def load(path):
    return Recogniser(path)
