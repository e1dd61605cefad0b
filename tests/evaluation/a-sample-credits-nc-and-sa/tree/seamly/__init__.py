from .carve import carve

__all__ = ["carve"]
