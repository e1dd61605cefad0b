import json
from pathlib import Path

from setuptools import setup

meta = json.loads((Path(__file__).parent / "en_letters_sm" / "meta.json").read_text())

setup(
    name=f"{meta['lang']}_{meta['name']}",
    version=meta["version"],
    description=meta["description"],
    author=meta["author"],
    license=meta["license"],
    packages=["en_letters_sm"],
    package_data={"en_letters_sm": ["meta.json", "config.cfg", "*/model"]},
    install_requires=["spacy>=3.8.0,<3.9.0"],
)
