"""encode.py MODEL TEXTS OUT: the model's vector of each line."""
import os, sys
import numpy as np, torch
from sentence_transformers import SentenceTransformer
torch.set_num_threads(int(os.environ.get("THREADS", 2)))
model = SentenceTransformer(sys.argv[1]); model.max_seq_length = 96
lines = open(sys.argv[2], encoding="utf-8").read().splitlines()
np.save(sys.argv[3], model.encode(lines, batch_size=64, normalize_embeddings=True, show_progress_bar=False).astype(np.float16))
