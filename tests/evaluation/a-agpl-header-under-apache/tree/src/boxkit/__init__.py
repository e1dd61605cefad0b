# Copyright 2023 boxkit contributors
# SPDX-License-Identifier: Apache-2.0
