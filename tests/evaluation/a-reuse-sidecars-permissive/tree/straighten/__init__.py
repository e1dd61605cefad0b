# SPDX-FileCopyrightText: 2023 Ines Carvalho
# SPDX-License-Identifier: Apache-2.0
from .hough import angle

__all__ = ["angle"]
