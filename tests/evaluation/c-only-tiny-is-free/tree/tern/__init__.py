"""tern: zero-shot forecasting.

Copyright (c) 2024, Hanna Lund. Permission under the ISC license, see LICENSE.
"""
from .core import Tern

__all__ = ["Tern"]
