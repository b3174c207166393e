#!/bin/sh
# Opens every page of the demo's console in a real browser, at 1280 and 390 pixels, light and dark,
# and keeps a picture of each. Fails on a script error, a violation of the content policy, or a page
# that is wider than its window.
#   scripts/console-screens.sh [FOLDER]     (default: target/screens)
# MEDIC names a binary that is built already, as an absolute path.
# Needs chromium and python3: apt-get install chromium python3
set -eu
cd "$(dirname "$0")/.."
out=$(mkdir -p "${1:-target/screens}" && cd "${1:-target/screens}" && pwd)
for tool in chromium python3; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install $tool" >&2; exit 1; }
done
if [ -z "${MEDIC:-}" ]; then
  cargo build --release
  MEDIC=$PWD/target/release/medic
fi
medic=$MEDIC
script=$PWD/scripts/console-screens.py
work=$(mktemp -d)
cd "$work"
"$medic" demo >story.txt 2>&1 &
demo=$!
trap 'kill $demo 2>/dev/null; wait $demo 2>/dev/null || true; rm -rf "$work"' EXIT
tries=0
until grep -q '/login?token=' story.txt; do
  tries=$((tries + 1))
  [ $tries -lt 60 ] || { cat story.txt >&2; echo "the demo printed no link" >&2; exit 1; }
  sleep 1
done
python3 "$script" "$(grep -o 'http[^ ]*/login?token=[^ ]*' story.txt | head -1)" "$out"
