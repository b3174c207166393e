"""The texts of told/: groups of lines, a blank line between groups; all lines of a group tell one problem."""
import glob, os, random

HERE = os.path.dirname(os.path.abspath(__file__))

def files():
    """For each file its groups, in their order: neighbours are alike in their words."""
    out = []
    for name in sorted(glob.glob(HERE + "/told/*.txt")):
        groups = open(name, encoding="utf-8").read().strip().split("\n\n")
        out.append([[l.strip() for l in g.split("\n") if l.strip()] for g in groups])
    return out

def lines(): return [l for f in files() for g in f for l in g]

def longer(seed=8):
    """Longer texts: two or three tellings of one problem in a row."""
    rng = random.Random(seed); out = []
    end = lambda l: l if l[-1] in ".!?" else l + "."
    for group in (g for f in files() for g in f if len(g) >= 4):
        out += [" ".join(map(end, rng.sample(group, rng.choice([2, 2, 3])))) for _ in range(2)]
    return out

if __name__ == "__main__":
    import sys
    print("\n".join(longer() if sys.argv[1:] == ["longer"] else lines()))
