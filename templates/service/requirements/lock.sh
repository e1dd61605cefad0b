#!/bin/sh
# Locks what a generated service installs: every file by its hash, for every platform, with no index named.
# The result is reviewed and committed; scaffold copies it, so that a scaffold needs no network.
set -eu
cd "$(dirname "$0")"
for name in litert tensorflow test; do
  case $name in test) input=requirements-test.in ;; *) input=requirements.in ;; esac
  uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --upgrade \
    --no-emit-index-url --no-emit-find-links --no-header --output-file "$name.lock" "$name.in"
  {
    echo "# Locked from $input: every file by its hash, so that a changed one is refused."
    sed "s/-r $name\.in/-r $input/" "$name.lock"
  } > "$name.txt"
  rm "$name.lock"
done
