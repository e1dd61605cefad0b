import pathlib
import zipfile

HERE = pathlib.Path(__file__).resolve().parent.parent
ARCHIVE = HERE / "pretrained" / "ocelot-v3.zip"


class Parser:
    def __init__(self, home=pathlib.Path.home() / ".ocelot"):
        if not (home / "ocelot-v3" / "weights.bin").exists():
            with zipfile.ZipFile(ARCHIVE) as z:
                z.extractall(home)
        self.labels = (home / "ocelot-v3" / "labels.txt").read_text().split()

    def __call__(self, image):
        yield from ()
