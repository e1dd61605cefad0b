from ._net import fix

__all__ = ["fix"]
