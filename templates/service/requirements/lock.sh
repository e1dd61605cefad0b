#!/bin/sh
# Locks what a generated service installs: every file by its hash, for every platform, with no index named.
# The result is reviewed and committed; scaffold copies it, so that a scaffold needs no network.
# Names given as arguments are locked anew, and no other; without any, all are.
set -eu
cd "$(dirname "$0")"
compile() {
  uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --upgrade \
    --no-emit-index-url --no-emit-find-links --no-header "$@"
}
for name in ${*:-litert onnxruntime openvino tensorflow audio text test}; do
  input=requirements.in
  case $name in
    test) input=requirements-test.in; compile --output-file "$name.lock" "$name.in" ;;
    # appended to an engine's lock, so without what stands there
    audio | text) compile --no-emit-package numpy --constraint litert.txt --output-file "$name.lock" "$name.in" ;;
    *) compile --output-file "$name.lock" "$name.in" ;;
  esac
  {
    echo "# Locked from $input: every file by its hash, so that a changed one is refused."
    sed "s/-r $name\.in/-r $input/" "$name.lock"
  } > "$name.txt"
  rm "$name.lock"
done
