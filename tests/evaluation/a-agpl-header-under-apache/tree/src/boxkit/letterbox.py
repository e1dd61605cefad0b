# Copyright 2023 boxkit contributors
# SPDX-License-Identifier: Apache-2.0


def fit(width: int, height: int, size: int) -> tuple[float, int, int]:
    """The scale, and the borders at the left and at the top."""
    scale = min(size / width, size / height)
    return scale, round((size - width * scale) / 2), round((size - height * scale) / 2)
