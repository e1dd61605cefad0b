from .hub import load
from .model import TinyTalk

__all__ = ["load", "TinyTalk"]
__version__ = "0.6.2"
