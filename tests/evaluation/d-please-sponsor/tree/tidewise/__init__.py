"""Zero-shot forecasts on a laptop."""

from ._model import forecast

__all__ = ["forecast"]
__version__ = "1.4.0"
