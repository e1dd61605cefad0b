import re

LETTERS = "_ abcdefghijklmnopqrstuvwxyz'.,!?;:-"
INDEX = {c: i for i, c in enumerate(LETTERS)}


def to_ids(text):
    text = re.sub(r"\s+", " ", text.lower()).strip()
    return [INDEX[c] for c in text if c in INDEX]
