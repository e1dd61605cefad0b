#!/bin/sh
torchrun --nproc_per_node 8 -m kestrel.train --epochs 3 --lr 2e-5 --data conversations.jsonl
