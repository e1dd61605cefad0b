#!/usr/bin/env bash
torchrun --nproc_per_node="${1:-8}" -m smoothslow.train --data data/k400 --classes 400 --fps 2
