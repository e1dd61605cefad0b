from setuptools import setup

setup(name="pawse", version="0.1.0", packages=["pawse"], license="MIT", install_requires=["torch", "safetensors"])
