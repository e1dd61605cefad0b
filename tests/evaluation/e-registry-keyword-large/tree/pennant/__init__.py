from .factory import create_model
from .registry import list_models

__all__ = ["create_model", "list_models"]
