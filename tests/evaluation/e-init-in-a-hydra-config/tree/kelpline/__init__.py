from .model import Kelpline

__all__ = ["Kelpline"]
