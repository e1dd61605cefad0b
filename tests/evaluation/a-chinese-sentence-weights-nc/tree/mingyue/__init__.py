from .pipeline import recognize

__all__ = ["recognize"]
