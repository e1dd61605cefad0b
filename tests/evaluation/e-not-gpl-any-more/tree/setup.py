from setuptools import setup

setup(
    name="gloaming",
    version="2.3",
    license="MIT",
    packages=["gloaming"],
    data_files=[("params", ["params/gloaming.npz"])],
    classifiers=[
        "Intended Audience :: Science/Research",
        "License :: OSI Approved :: MIT License",
        "Programming Language :: Python :: 3",
    ],
    entry_points={"console_scripts": ["gloaming = gloaming:main"]},
)
