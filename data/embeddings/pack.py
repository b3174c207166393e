"""table.npz -> meaning.bin (see README.md for the layout)"""
import struct, sys
import numpy as np
from text import VOCAB, ids
from told import lines
z = np.load("table.npz"); W = z["W"]; n = float(z["n"])
keep = [i for i, t in enumerate(VOCAB) if not (t.startswith("[") and t.endswith("]")) and len(t.encode()) < 256 and np.linalg.norm(W[i]) > 0]

def small(x):
    """In whole numbers from -127 to 127, and what one of them is worth; one value in a thousand is cut off."""
    unit = np.percentile(np.abs(x), 99.9) / 127
    return np.clip(np.rint(x / unit), -127, 127).astype(np.int8), unit

def meaning(p):
    stress = 2 / (1 + np.exp(-(z["listens"][p] @ z["sounds"][p].mean(0))))
    v = (W[p] * stress[:, None]).sum(0)
    return v / (np.linalg.norm(v) + 1e-9)

# what support texts have in common
sample = np.random.RandomState(4).permutation(lines())[:8000]
mean = np.mean([meaning(p) for p in map(ids, sample) if p], axis=0)
W = W[keep] / np.median(np.linalg.norm(W[keep], axis=1))
scale = np.abs(W).max(1) / 127; rows = np.clip(np.rint(W / scale[:, None]), -127, 127).astype(np.int8)
code = np.clip(np.rint(-np.log((z["held_by"][keep] + 0.05) / n) * 20), 0, 255).astype(np.uint8)
(listens, a), (sounds, b) = small(z["listens"][keep]), small(z["sounds"][keep])
with open(sys.argv[1], "wb") as f:
    f.write(b"medic-meaning-2\n" + struct.pack("<III", len(keep), W.shape[1], listens.shape[1]))
    f.write(mean.astype("<f4").tobytes() + scale.astype("<f4").tobytes() + code.tobytes() + rows.tobytes())
    f.write(struct.pack("<ff", a, b) + listens.tobytes() + sounds.tobytes())
    for i in keep:
        piece = VOCAB[i].encode(); f.write(bytes([len(piece)]) + piece)
print(len(keep), W.shape[1], np.linalg.norm(mean))
