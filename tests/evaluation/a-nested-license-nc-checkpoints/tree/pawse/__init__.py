from .pose import Pose

__all__ = ["Pose"]
