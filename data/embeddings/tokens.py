"""tokens.py MODEL OUT: the model's vector of each piece of its vocabulary alone."""
import os, sys
import numpy as np, torch
from sentence_transformers import SentenceTransformer
from text import VOCAB
torch.set_num_threads(int(os.environ.get("THREADS", 2)))
model = SentenceTransformer(sys.argv[1]); tokenizer = model.tokenizer
transformer = model[0].auto_model.eval(); out = []
with torch.no_grad():
    for some in torch.arange(len(VOCAB)).split(512):
        x = torch.stack([torch.full_like(some, tokenizer.cls_token_id), some, torch.full_like(some, tokenizer.sep_token_id)], 1)
        out.append(transformer(input_ids=x, attention_mask=torch.ones_like(x)).last_hidden_state.mean(1).numpy())
np.save(sys.argv[2], np.concatenate(out).astype(np.float32))
