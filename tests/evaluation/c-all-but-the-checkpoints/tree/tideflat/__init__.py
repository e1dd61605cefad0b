from .net import DepthNet

__all__ = ["DepthNet"]
