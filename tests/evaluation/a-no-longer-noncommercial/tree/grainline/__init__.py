from .forecaster import Forecaster

__all__ = ["Forecaster"]
