#!/bin/sh
# Walk the object detector through its lifecycle, in a working copy that git ignores.
set -eu
demo=$1
example=$(dirname "$0")/object_detector
mkdir -p "$demo"
# only what is newer is copied: what the stages made and what was edited here stays
cp -Ru "$example/." "$demo/"
cd "$demo"
code=0
maxctl run --allow-unavailable || code=$?
cat <<TEXT

The project is in $demo. Next:
  . .venv/bin/activate; cd $demo
  maxctl serve --port 5000          starts the service; its page is http://localhost:5000
  curl -F image=@golden/cases/coffee/input.png 'http://localhost:5000/model/predict?threshold=0.5'
  xdg-open reports/regress-http.html   shows expected and actual boxes on each picture
  maxctl status                     tells which steps still hold
TEXT
exit $code
