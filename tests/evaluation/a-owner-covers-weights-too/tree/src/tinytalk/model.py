import torch
from torch import nn


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, 4, batch_first=True)
        self.ff = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, width))

    def forward(self, x, mask=None):
        y = self.norm(x)
        x = x + self.attn(y, y, y, attn_mask=mask, need_weights=False)[0]
        return x + self.ff(x)


class TinyTalk(nn.Module):
    def __init__(self, width=176, blocks=10, vocab=512):
        super().__init__()
        self.front = nn.Conv1d(80, width, 5, stride=2)
        self.blocks = nn.ModuleList(Block(width) for _ in range(blocks))
        self.out = nn.Linear(width, vocab)

    def forward(self, mel):
        x = self.front(mel).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.out(x)
