from setuptools import setup

setup(
    name="herbarium-tree",
    version="2.1.0",
    packages=["herbarium"],
    license="BSD-3-Clause",
    classifiers=["License :: OSI Approved :: BSD License"],
)
