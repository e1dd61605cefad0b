import sys

from .read import Reader

reader = Reader()
for path in sys.argv[1:]:
    for kind, text, score in reader(path):
        print(f"{kind:8}{text:24}{score:.2f}")
