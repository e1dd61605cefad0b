from .infer import tag

__all__ = ["tag"]
