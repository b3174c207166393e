"""table.npz -> meaning.bin (see data/embeddings/README.md for the layout)"""
import struct, sys
import numpy as np
from text import VOCAB, ids
z = np.load(sys.argv[1]); W = z["W"]; df = z["df"]; n = float(z["n"])
keep = [i for i, t in enumerate(VOCAB) if not (t.startswith("[") and t.endswith("]")) and len(t.encode()) < 256 and np.linalg.norm(W[i]) > 0]
W = W[keep]; D = W.shape[1]
# mean direction of ordinary support texts
mean = np.zeros(D, np.float32); m = 0
full = z["W"]
for line in list(open("corpus.txt", encoding="utf-8"))[:8000]:
    t = ids(line)
    if not t: continue
    v = full[t].sum(0); v /= np.linalg.norm(v) + 1e-9; mean += v; m += 1
mean /= m
W = W / np.median(np.linalg.norm(W, axis=1))
scale = np.abs(W).max(1) / 127; Q = np.clip(np.rint(W / scale[:, None]), -127, 127).astype(np.int8)
share = (df[keep] + .05) / n
code = np.clip(np.rint(-np.log(share) * 20), 0, 255).astype(np.uint8)
with open(sys.argv[2], "wb") as f:
    f.write(b"medic-meaning-1\n"); f.write(struct.pack("<II", len(keep), D))
    f.write(mean.astype("<f4").tobytes()); f.write(scale.astype("<f4").tobytes()); f.write(code.tobytes()); f.write(Q.tobytes())
    for i in keep:
        b = VOCAB[i].encode(); f.write(bytes([len(b)]) + b)
print(len(keep), D, np.linalg.norm(mean))
