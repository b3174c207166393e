"""Teaches the sentence model what one problem is: texts of a group of told/ draw together, those of the groups
next to it (the same words, another problem) apart, and no text moves far from where the model had it."""
import math, os, sys, time
import numpy as np, torch, torch.nn.functional as F
from sentence_transformers import SentenceTransformer
from text import MODEL
from told import files
torch.set_num_threads(int(os.environ.get("THREADS", 2))); torch.manual_seed(3)
STEPS, RATE, HEAT, STAY = 300, 4e-5, 0.07, 1.0
RUN, GROUPS, TEXTS = 16, 4, 3  # a step takes 16 places, there 4 groups in a row, of each 3 texts
model = SentenceTransformer(MODEL); model.max_seq_length = 48
long_enough = [[[t for t in g if len(t.split()) >= 4] for g in f] for f in files()]
long_enough = [[g for g in f if len(g) >= 4] for f in long_enough]
texts = sorted({t for f in long_enough for g in f for t in g})
before = dict(zip(texts, model.encode(texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False)))
rng = np.random.RandomState(5); begun = time.time()
steps = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
for step in range(STEPS):
    model.train(); batch = []; which = []
    for place in range(RUN):
        f = long_enough[rng.randint(len(long_enough))]; at = rng.randint(len(f) - GROUPS + 1)
        for k, g in enumerate(f[at:at + GROUPS]):
            batch += [g[i] for i in rng.permutation(len(g))[:TEXTS]]; which += [place * 100 + k] * TEXTS
    z = F.normalize(model(model.tokenize(batch))["sentence_embedding"], dim=1); y = torch.tensor(which)
    near = (z @ z.T / HEAT).masked_fill(torch.eye(len(y), dtype=torch.bool), -1e9)
    same = (y[:, None] == y[None]) & ~torch.eye(len(y), dtype=torch.bool)
    apart = -((near - torch.logsumexp(near, 1, keepdim=True)) * same).sum(1).div(same.sum(1)).mean()
    moved = (1 - (z * torch.tensor(np.stack([before[t] for t in batch]))).sum(1)).mean()
    for group in steps.param_groups: group["lr"] = RATE * min(1, (step + 1) / 20) * 0.5 * (1 + math.cos(math.pi * step / STEPS))
    steps.zero_grad(); (apart + STAY * moved).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0); steps.step()
    if step % 50 == 49: print(step + 1, round(apart.item(), 3), round(moved.item(), 3), round(time.time() - begun), flush=True)
model.save(sys.argv[1])
