# SPDX-License-Identifier: BSD-2-Clause
"""train.py --speech-commands DIR --common-voice DIR"""
import argparse

p = argparse.ArgumentParser()
p.add_argument("--speech-commands", required=True)
p.add_argument("--common-voice", required=True)
p.add_argument("--epochs", type=int, default=80)
p.parse_args()
