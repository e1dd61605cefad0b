#!/bin/sh
set -eu
for name in field barn night; do
  printf '%s\t' "$name"
  ./cricket "checkpoints/$name.q7" < "recordings/$name.s16" | wc -l
done
