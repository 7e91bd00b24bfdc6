# ADEN's training step in PyTorch, from the paper's description (AAC section 4, appendix F): attention blocks in which
# entities attend to centers, the residual head, squared error at the prescribed pairs, AdamW; one thread, eager.
# A number on stdin runs that many steps; the answer is the median CPU milliseconds of one. "about" asks for versions.
import sys
import time

import torch
from torch import nn

SETS, ROWS, CLUSTERS, DIMENSIONS, LAYERS = (int(argument) for argument in sys.argv[1:6])
HIDDEN, FEED_FORWARD, HEADS = 64, 128, 8


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(HIDDEN, HEADS, batch_first=True)
        self.norm1 = nn.LayerNorm(HIDDEN)
        self.feed = nn.Sequential(nn.Linear(HIDDEN, FEED_FORWARD), nn.GELU(), nn.Linear(FEED_FORWARD, HIDDEN))
        self.norm2 = nn.LayerNorm(HIDDEN)

    def forward(self, entities, centers):
        attended, _ = self.attention(entities, centers, centers, need_weights=False)
        entities = self.norm1(attended + entities)
        return self.norm2(self.feed(entities) + entities)


class Aden(nn.Module):
    """The average distance of each entity to the center prescribed to it."""

    def __init__(self):
        super().__init__()
        self.points = nn.Linear(DIMENSIONS, HIDDEN)
        self.centers = nn.Linear(DIMENSIONS, HIDDEN)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.head = nn.Sequential(
            nn.Linear(2 * HIDDEN, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, HIDDEN // 2), nn.GELU(), nn.Linear(HIDDEN // 2, 1)
        )
        self.theta = nn.Parameter(torch.ones(1))

    def forward(self, points, centers, prescribed):
        entities, keys = self.points(points), self.centers(centers)
        for block in self.blocks:
            entities = block(entities, keys)
        sets = torch.arange(points.shape[0])[:, None]
        deviation = self.head(torch.cat([entities, keys[sets, prescribed]], -1)).squeeze(-1)
        squared = (points - centers[sets, prescribed]).square().sum(-1)
        return torch.relu(self.theta * deviation + squared)


def blas():
    """The library that multiplies matrices: reference BLAS makes PyTorch five times slower."""
    with open("/proc/self/maps") as maps:
        loaded = {line.split()[-1].rsplit("/", 1)[-1] for line in maps if "blas" in line or "mkl_" in line}
    return ", ".join(sorted(loaded)) or torch.__config__.parallel_info().splitlines()[0]


def main():
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network = Aden()
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3, betas=(0.9, 0.99), weight_decay=1e-5, foreach=True)
    points = torch.randn(SETS, ROWS, DIMENSIONS)
    centers = torch.randn(SETS, CLUSTERS, DIMENSIONS)
    prescribed = torch.randint(CLUSTERS, (SETS, ROWS))
    cost = torch.rand(SETS, ROWS)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = (network(points, centers, prescribed) - cost).square().mean()
        loss.backward()
        optimizer.step()

    for line in sys.stdin:
        if line.strip() == "about":
            print(f"{torch.__version__}, {blas()}", flush=True)
            continue
        times = []
        for _ in range(int(line)):
            start = time.process_time()
            step()
            times.append(time.process_time() - start)
        print(1000 * sorted(times)[len(times) // 2], flush=True)


main()
