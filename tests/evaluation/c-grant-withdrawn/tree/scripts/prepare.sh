#!/bin/sh
# Copyright (c) 2022-2025 Flora Lab
# SPDX-License-Identifier: BSD-3-Clause
set -eu
mkdir -p data/inat2021 data/sheets
tar -C data/inat2021 -xf "$1" --wildcards '*Plantae*'
