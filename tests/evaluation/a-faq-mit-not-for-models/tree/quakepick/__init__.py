from .picker import Picker

__all__ = ["Picker"]
