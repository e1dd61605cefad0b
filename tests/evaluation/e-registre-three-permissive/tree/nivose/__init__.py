import json
import pathlib

from safetensors.numpy import load_file

RACINE = pathlib.Path(__file__).parent.parent / "modeles"


class Nivose:
    def __init__(self, nom):
        registre = json.loads((RACINE / "registre.json").read_text(encoding="utf-8"))
        fiche = next(m for m in registre["modeles"] if m["nom"] == nom)
        self.poids = load_file(RACINE / fiche["fichier"])

    def hauteur(self, image):
        return None
