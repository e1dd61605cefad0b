#!/bin/bash
torchrun --nproc_per_node=8 -m lookagain.train --data "$1" --arch "${2:-resnet50}" --epochs 100
