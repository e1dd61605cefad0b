import argparse

import yaml

parser = argparse.ArgumentParser()
parser.add_argument("--config", required=True)
config = yaml.safe_load(open(parser.parse_args().config))
print("training on", config["train"]["root"])
