#!/bin/sh
# Walk the object detector through its whole lifecycle, in a working copy that git ignores: from the shortlist to an
# image in a registry on this machine, which is then deleted here, pulled by its digest, and asked the golden suite.
set -eu
demo=$1
example=$(dirname "$0")/object_detector
registry=${DEMO_REGISTRY:-localhost:5001}
mkdir -p "$demo"
# only what is newer is copied: what the stages made and what was edited here stays
cp -Ru "$example/." "$demo/"
cd "$demo"

# Two reviewers, with keys made for this demo alone: in real life these are two people's own keys.
keys=.maxctl/demo-keys
mkdir -p "$keys"
for who in engineer lawyer; do
    [ -f "$keys/$who" ] || ssh-keygen -q -t ed25519 -N '' -C "$who of the demo" -f "$keys/$who"
done
if ! grep -q '^review:' model.yaml; then
    # a repository of this copy's own: a tag that was published never gets another image; and the base of this machine,
    # since only one that the spec names can be approved
    cat >>model.yaml <<YAML
  base_image: ${MAXCTL_BASE_IMAGE:-python:3.11-slim}
  image: $registry/demo-$(printf %010d "$(cksum <"$keys/engineer.pub" | cut -d' ' -f1)")/max-object-detector

review:
  reviewers:
    - id: engineer
      name: Engineer of the demo <engineer@example.org>
      roles: [engineering]
      author: true
      key: $(cut -d' ' -f1,2 "$keys/engineer.pub")
    - id: lawyer
      name: Lawyer of the demo <lawyer@example.org>
      roles: [legal]
      key: $(cut -d' ' -f1,2 "$keys/lawyer.pub")
  required:
    engineering: {approvals: 1}
YAML
fi

code=0
maxctl run --until document --allow-unavailable || code=$?
published=
if [ $code -eq 0 ] && told=$(maxctl build 2>&1); then
    published=yes
    echo
    echo "Approving with the two keys that were made for this demo (.maxctl/demo-keys)."
    maxctl approve engineering --as engineer --key "$keys/engineer" --yes
    maxctl approve legal --as lawyer --key "$keys/lawyer" --comment "a demo, no legal advice" --yes
    maxctl run
    image=$(sed -n 's/.*"reference": "\(.*\)".*/\1/p' deploy/image.json)
    id=$(sed -n 's/.*"image": "\(.*\)".*/\1/p' deploy/image.json)
    echo
    echo "Deleting the image here, pulling it by its digest, and asking it the golden suite."
    docker rmi -f "$id" >/dev/null
    maxctl regress --image "$image"
elif [ $code -eq 0 ]; then
    printf '\n%s\n\nThe image, and what follows it, was left out; `make engine` starts an engine and makes a base.\n' "$told"
fi
cat <<TEXT

The project is in $demo. Next:
  . .venv/bin/activate; cd $demo
  maxctl serve --port 5000          starts the service; its page is http://localhost:5000
  curl -F image=@golden/cases/coffee/input.png 'http://localhost:5000/model/predict?threshold=0.5'
  xdg-open reports/regress-http.html   shows expected and actual boxes on each picture
  maxctl status                     tells which steps still hold
TEXT
[ -z "$published" ] || echo "  xdg-open site/index.html          is the catalogue with the published model"
exit $code
