# SPDX-License-Identifier: BSD-3-Clause
__version__ = "2024.7"
