from .model import TinyAnchor
