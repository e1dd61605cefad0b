# Copyright 2025 The pebble-asr authors
# SPDX-License-Identifier: Apache-2.0
import torch
from torch import nn


class Encoder(nn.Module):
    """Sixteen conformer-like blocks; a CTC loss after every fourth."""

    def __init__(self, width=512, depth=16, vocab=1024):
        super().__init__()
        self.stem = nn.Conv1d(80, width, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(width, 8, batch_first=True) for _ in range(depth))
        self.ctc = nn.Linear(width, vocab)

    def forward(self, mel):
        x = self.stem(mel).transpose(1, 2)
        taps = []
        for i, block in enumerate(self.blocks, 1):
            x = block(x)
            if i % 4 == 0:
                taps.append(self.ctc(x))
        return torch.stack(taps)
