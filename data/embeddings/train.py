"""Fits the table: the stressed sum of a text's pieces comes close to the vector of the whole text, and texts lie to each
other as they do for the models. A text's vector is that of the model as it was beside that of the taught one."""
import json, math, os, time
import numpy as np, torch, torch.nn.functional as F
from text import VOCAB, ids
torch.set_num_threads(int(os.environ.get("THREADS", 2))); torch.manual_seed(7)
D, ECHO, EPOCHS, BATCH, LIKENESS, STAY = 256, 16, 5, 1024, 1.0, 0.015
# what is told counts three times: it is what people write
sources = [("plain", 1), ("stories", 1), ("told", 3), ("longer", 1)]
texts, vectors = [], []
for name, times in sources:
    lines = open(name + ".txt", encoding="utf-8").read().splitlines()
    both = np.concatenate([np.load(f"{name}.{model}.npy").astype(np.float32) for model in ("plain", "taught")], axis=1)
    texts += lines * times; vectors += [both] * times
T = np.concatenate(vectors); assert len(T) == len(texts)
pieces = [ids(t)[:96] for t in texts]; keep = [i for i, p in enumerate(pieces) if p]
pieces = [pieces[i] for i in keep]; T = T[keep]; n = len(pieces); V = len(VOCAB)
held_by = np.zeros(V)
for p in pieces:
    for i in set(p): held_by[i] += 1
centre = T.mean(0); T = T - centre
P = np.linalg.eigh(T.T @ T / n)[1][:, ::-1][:, :D].copy()
Y = T @ P; Y = torch.tensor(Y / np.linalg.norm(Y, axis=1, keepdims=True))
alone = [np.load(f"pieces.{model}.npy") for model in ("plain", "taught")]
E = np.concatenate([x / np.linalg.norm(x, axis=1, keepdims=True) for x in alone], axis=1)
E /= np.linalg.norm(E, axis=1, keepdims=True); E = torch.tensor(E - E.mean(0))
share = (held_by + 0.5) / n
rng = np.random.RandomState(1)
apart = rng.permutation(n)[:3000]; learn = np.setdiff1d(np.arange(n), apart)
# a piece's vector: what the model says of it alone, turned by one map for all, and what the texts add to that
turn = torch.tensor(P.copy(), requires_grad=True)
weight = torch.tensor(np.log(1e-2 / (1e-2 + share) + 1e-6).astype(np.float32), requires_grad=True)
own = torch.zeros(V, D, requires_grad=True)
listens = (torch.randn(V, ECHO) * 0.1).requires_grad_(); sounds = (torch.randn(V, ECHO) * 0.1).requires_grad_()
steps = torch.optim.Adam([{"params": [turn], "lr": 1e-3}, {"params": [weight], "lr": 2e-2}, {"params": [own], "lr": 2e-3},
                          {"params": [listens, sounds], "lr": 5e-3}])
rates = [g["lr"] for g in steps.param_groups]

def pooled(some):
    """The vectors of these texts, as src/observe/detect/dense.rs adds them up, and the pieces that they hold."""
    flat = torch.tensor(np.concatenate(some).astype(np.int64)); of = torch.tensor(np.repeat(np.arange(len(some)), [len(p) for p in some]))
    starts = torch.tensor(np.cumsum([0] + [len(p) for p in some])[:-1])
    held, at = torch.unique(flat, return_inverse=True)
    W = torch.exp(weight[held])[:, None] * (E[held] @ turn + own[held])
    around = F.embedding_bag(at, sounds[held], starts, mode="mean")
    stress = 2 * torch.sigmoid((listens[flat] * around[of]).sum(1))
    return F.normalize(torch.zeros(len(some), D).index_add(0, of, W[at] * stress[:, None]), dim=1), held

def closeness():
    with torch.no_grad(): return (pooled([pieces[i] for i in apart])[0] * Y[apart]).sum(1).mean().item()

begun = time.time(); total = EPOCHS * (len(learn) // BATCH); k = 0
for epoch in range(EPOCHS):
    order = rng.permutation(learn)
    for b in range(0, len(order) - BATCH + 1, BATCH):
        some = order[b:b + BATCH]; y = Y[some]; x, held = pooled([pieces[i] for i in some])
        ours, theirs = x @ x.T, y @ y.T
        off = (1 - torch.eye(BATCH)) * (1 + 4 * theirs.clamp(min=0))  # what is alike counts most
        loss = (1 - (x * y).sum(1)).mean() + LIKENESS * 10 * ((ours - theirs) ** 2 * off).mean() + STAY * (own[held] ** 2).sum(1).mean()
        for group, rate in zip(steps.param_groups, rates): group["lr"] = rate * (0.5 * (1 + math.cos(math.pi * k / total)) + 1e-3)
        steps.zero_grad(); loss.backward(); steps.step(); k += 1
    print(epoch, round(loss.item(), 4), round(closeness(), 4), round(time.time() - begun), flush=True)
with torch.no_grad(): W = (torch.exp(weight)[:, None] * (E @ turn + own)).numpy()
np.savez("table.npz", W=W, held_by=held_by, n=n, listens=listens.detach().numpy(), sounds=sounds.detach().numpy())
