# Copyright 2025 The pebble-asr authors
# SPDX-License-Identifier: Apache-2.0
from urllib.request import urlretrieve

URL = "https://github.com/pebble-asr/pebble/releases/download/v0.4/pebble-118m.safetensors"


def fetch(target):
    urlretrieve(URL, target)
    return target
