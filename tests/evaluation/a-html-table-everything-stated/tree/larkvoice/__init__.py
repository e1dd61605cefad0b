"""larkvoice: English text to speech with one ONNX file."""

from .synth import Synth

__all__ = ["Synth"]
