import sys

from omegaconf import OmegaConf


def main():
    cfg = OmegaConf.merge(OmegaConf.load(sys.argv[1]), OmegaConf.from_dotlist(sys.argv[2:]))
    print(OmegaConf.to_yaml(cfg, resolve=True))
