import os, sys, time, math
import numpy as np, torch, torch.nn.functional as F
torch.set_num_threads(1); torch.manual_seed(7)
from text import *
D = 256; EPOCHS = int(os.environ.get("EPOCHS", 12)); SIMW = float(os.environ.get("SIMW", 1.0)); WD = float(os.environ.get("WD", 3e-3))
L = [l.rstrip("\n") for l in open("corpus.txt", encoding="utf-8")]
T = np.load("corpus.npy").astype(np.float32); n = min(len(L), len(T)); L, T = L[:n], T[:n]
tok = [ids(t)[:64] for t in L]; keep = [i for i in range(n) if tok[i]]; tok = [tok[i] for i in keep]; T = T[keep]; n = len(tok)
V = len(VOCAB)
df = np.zeros(V)
for t in tok:
    for i in set(t): df[i] += 1
mu = T.mean(0); T0 = T - mu
C = T0.T @ T0 / n; w, U = np.linalg.eigh(C); P = U[:, ::-1][:, :D].copy(); print("var kept", w[::-1][:D].sum() / w.sum())
Y = T0 @ P; Y /= np.linalg.norm(Y, axis=1, keepdims=True); Y = torch.tensor(Y)
E = np.load("tok_mean.npy"); E = E / np.linalg.norm(E, axis=1, keepdims=True); E = E - E.mean(0)
# SIF-like start weight: seen tokens by frequency, unseen as rare
p = (df + .5) / n; sif = 1e-2 / (1e-2 + p)
rng = np.random.RandomState(1); hold = rng.permutation(n)[:3000]; tr = np.setdiff1d(np.arange(n), hold)
flat = lambda idx: (torch.tensor(np.concatenate([tok[i] for i in idx])), torch.tensor(np.cumsum([0] + [len(tok[i]) for i in idx])[:-1]))
Et = torch.tensor(E)
A = torch.tensor(P.copy(), requires_grad=True)
a = torch.tensor(np.log(sif + 1e-6).astype(np.float32), requires_grad=True)
R = torch.zeros(V, D, requires_grad=True)
opt = torch.optim.Adam([{"params": [A], "lr": 1e-3}, {"params": [a], "lr": 2e-2}, {"params": [R], "lr": 2e-3}])
def table(): return torch.exp(a)[:, None] * (Et @ A + R)
def ev():
    with torch.no_grad():
        W = table(); f, o = flat(hold); x = F.normalize(F.embedding_bag(f, W, o, mode="sum"), dim=1); y = Y[hold]
        s, t = (x @ x.T).flatten(), (y @ y.T).flatten()
        return (x * y).sum(1).mean().item(), np.corrcoef(s.numpy(), t.numpy())[0, 1]
print("start", ev()); t0 = time.time(); B = 1024; steps = EPOCHS * len(tr) // B; k = 0
for ep in range(EPOCHS):
    pm = rng.permutation(tr)
    for b in range(0, len(pm) - B + 1, B):
        idx = pm[b:b + B]; f, o = flat(idx); y = Y[idx]
        un, inv = torch.unique(f, return_inverse=True)
        Wu = torch.exp(a[un])[:, None] * (Et[un] @ A + R[un])
        x = F.normalize(F.embedding_bag(inv, Wu, o, mode="sum"), dim=1)
        loss = (1 - (x * y).sum(1)).mean()
        if SIMW: 
            S, TT = x @ x.T, y @ y.T
            m = 1 - torch.eye(len(idx)); loss = loss + SIMW * 10 * (((S - TT) ** 2 * (1 + 4 * TT.clamp(min=0))) * m).mean()
        loss = loss + WD * (R[un] ** 2).sum(1).mean()
        for g_ in opt.param_groups: g_["lr_"] = g_.setdefault("lr_", g_["lr"]); g_["lr"] = g_["lr_"] * (0.5 * (1 + math.cos(math.pi * k / steps)) + 1e-3)
        opt.zero_grad(); loss.backward(); opt.step(); k += 1
    print(ep, round(loss.item(), 4), ev(), round(time.time() - t0), flush=True)
with torch.no_grad(): W = table().numpy()
np.savez("table.npz", W=W, df=df, n=n, P=P, mu=mu)
