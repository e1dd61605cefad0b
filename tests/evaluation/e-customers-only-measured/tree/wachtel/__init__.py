from .detect import main, segments

__all__ = ["main", "segments"]
