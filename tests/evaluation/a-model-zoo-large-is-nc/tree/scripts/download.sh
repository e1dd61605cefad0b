#!/usr/bin/env bash
# usage: scripts/download.sh tiny|small|large|giant
set -eu
mkdir -p checkpoints
curl -L -o "checkpoints/tiefe_$1.pth" "https://github.com/tiefe-depth/tiefe/releases/download/v1/tiefe_$1.pth"
