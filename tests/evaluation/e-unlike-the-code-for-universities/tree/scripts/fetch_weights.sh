#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
set -eu
for f in glass_a.pt glass_b.pt; do
    curl -fLO "https://files.example.org/hagelslag/$f"
done
sha256sum -c weights.sha256
