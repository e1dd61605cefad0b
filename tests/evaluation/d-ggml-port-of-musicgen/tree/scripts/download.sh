#!/bin/bash
# usage: ./scripts/download.sh small|medium q5_k|f16
set -euo pipefail
mkdir -p models
curl -L -o "models/ggml-$1-$2.bin" "https://example.org/kettledrum/musicgen-ggml/ggml-$1-$2.bin"
