from .orders import min_degree, min_fill

__all__ = ["min_degree", "min_fill"]
