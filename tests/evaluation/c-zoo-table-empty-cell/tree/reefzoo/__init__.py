# Copyright 2024 reefzoo contributors
# SPDX-License-Identifier: BSD-2-Clause
import torch

ZOO = "https://github.com/reefzoo/reefzoo/releases/download/zoo/"
MODELS = {"crab-r18": "crab_r18.pt", "crab-r50": "crab_r50.pt", "squid-vit": "squid_vit.pt"}


def load(name):
    return torch.hub.load_state_dict_from_url(ZOO + MODELS[name])
