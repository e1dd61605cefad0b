# SPDX-License-Identifier: MIT OR GPL-3.0-or-later
from ._core import mel, mfcc

__all__ = ["mel", "mfcc"]
