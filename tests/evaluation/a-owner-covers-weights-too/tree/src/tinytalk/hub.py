import pathlib
import urllib.request

import torch

from .model import TinyTalk

BASE = "https://github.com/tinytalk-asr/tinytalk/releases/download/v0.6.0/"
CHECKPOINTS = {
    "tinytalk-nano": ("tinytalk-nano.pt", dict(width=96, blocks=6)),
    "tinytalk-base": ("tinytalk-base.pt", dict(width=176, blocks=10)),
}


def load(name, cache="~/.cache/tinytalk"):
    file, shape = CHECKPOINTS[name]
    path = pathlib.Path(cache).expanduser() / file
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        urllib.request.urlretrieve(BASE + file, path)
    model = TinyTalk(**shape)
    model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return model.eval()
