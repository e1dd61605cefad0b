from .lm import Loopcraft

__all__ = ["Loopcraft"]
